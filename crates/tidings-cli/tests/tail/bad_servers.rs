//! Servers that do what they should not.

use tidings_testkit::Server;

use crate::support::{Tail, after_last, printed, serving, tail};

/// The first connection does what the test says, the second one has the rest of two events.
fn first(fault: impl Fn(tidings_testkit::server::Exchange) + Send + Sync + 'static) -> Server {
    Server::start(move |number, exchange| {
        if number == 0 {
            fault(exchange);
        } else {
            let events = after_last(&exchange, 2);
            exchange.respond_with_events(&events);
        }
    })
}

const BEGIN: &str = "retry: 0\n\nid: 1\ndata: 1\n\n";
const BOTH: &str = "message #1 1\nmessage #2 2\n";

#[test]
fn one_that_dies_in_the_middle_of_an_event() {
    let server = first(|mut exchange| {
        exchange.head(200, &[("content-type", "text/event-stream"), ("content-length", "1000")]);
        exchange.send(format!("{BEGIN}id: 2\ndata: not who"));
    });
    let run = tail(&server, &["--count", "2"]);
    assert_eq!((run.status, &*run.stdout), (Some(0), BOTH), "{run:?}");
    assert!(run.stderr.contains("the connection failed"), "{run:?}");
}

#[test]
fn one_that_half_closes() {
    let server = first(|mut exchange| {
        exchange.event_stream();
        exchange.send(format!("{BEGIN}id: 2\ndata: not who"));
        exchange.half_close();
        exchange.until_closed();
    });
    let run = tail(&server, &["--count", "2"]);
    assert_eq!((run.status, &*run.stdout), (Some(0), BOTH), "{run:?}");
    assert!(run.stderr.contains("the event stream ended"), "{run:?}");
}

#[test]
fn one_that_stalls() {
    let server = first(|mut exchange| {
        exchange.event_stream();
        exchange.send(BEGIN);
        exchange.until_closed();
    });
    let run = tail(&server, &["--count", "2", "--idle-timeout", "0.3"]);
    assert_eq!((run.status, &*run.stdout), (Some(0), BOTH), "{run:?}");
    assert!(run.stderr.contains("nothing arrived in time"), "{run:?}");
}

#[test]
fn one_that_speaks_no_http() {
    let server = first(|mut exchange| {
        exchange.send(b"\x00\xFF\x1B[2J garbage \r\n\r\n");
    });
    let run = tail(&server, &["--count", "2"]);
    assert_eq!((run.status, &*run.stdout), (Some(0), BOTH), "{run:?}");
    assert!(run.stderr.contains("the connection failed") && !run.stderr.contains('\u{1b}'), "{run:?}");
}

/// What cannot be read is passed over, as the standard says.
#[test]
fn one_that_sends_garbage_between_its_events() {
    let server = Server::start(|_, mut exchange| {
        exchange.event_stream();
        exchange.send(
            b"\x00\xFF\xFE\x80: garbage\n\n\x1B]0;title\x07\nid: \x00\nretry: x\ndata\xC3: no\n\ndata: a\xFF\x1Bb\n\n",
        );
    });
    assert_eq!(printed(&server, &["--no-reconnect"]), "message a\u{FFFD}\\u{1b}b\n");
}

#[test]
fn one_that_sends_a_page() {
    let server = Server::start(|_, exchange| {
        exchange.respond(200, &[("content-type", "text/html")], "<h1>Log in</h1>");
    });
    tail(&server, &[]).assert_failure("", &["text/html", "not text/event-stream", "<h1>Log in</h1>"]);
}

#[test]
fn one_that_refuses_for_a_while() {
    let server = Server::start(|number, exchange| {
        if number == 0 {
            exchange.respond(503, &[("retry-after", "0")], "busy");
        } else {
            let events = after_last(&exchange, 2);
            exchange.respond_with_events(&events);
        }
    });
    let run = tail(&server, &["--count", "2"]);
    assert_eq!((run.status, &*run.stdout), (Some(0), BOTH), "{run:?}");
    assert_eq!(run.stderr.matches("the status is 503; again in ").count(), 1, "{run:?}");
}

#[test]
fn one_that_is_not_there_for_a_while() {
    // It is gone at once.
    let address = serving("").address();
    let mut tail = Tail::start_at(address, &["--count", "2"]);
    assert!(tail.said().contains("refused"));
    let server = Server::start_at(address, |_, exchange| {
        let events = after_last(&exchange, 2);
        exchange.respond_with_events(&events);
    });
    assert_eq!((tail.line(), tail.line()), ("message #1 1\n".to_owned(), "message #2 2\n".to_owned()));
    assert_eq!(tail.status(), Some(0));
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn an_event_without_end() {
    let server = Server::start(|_, mut exchange| {
        exchange.event_stream();
        exchange.send("data: 1\n\ndata: ");
        while exchange.send("x".repeat(64 * 1024)) {}
    });
    let run = tail(&server, &["--max-event-bytes", "1000000"]);
    assert_eq!((run.status, &*run.stdout), (Some(1), "message 1\n"), "{run:?}");
    assert_eq!(run.stderr.matches("1000000").count(), 1, "{run:?}");
    assert_eq!(server.requests().len(), 1);
}

/// Also what came along with the fault is printed.
#[test]
fn an_event_that_is_too_large_behind_one_that_is_not() {
    let server = serving("data: 1\n\ndata: this is too large\n\n");
    let run = tail(&server, &["--max-event-bytes", "10", "--no-reconnect"]);
    assert_eq!((run.status, &*run.stdout), (Some(1), "message 1\n"), "{run:?}");
}

/// It reads no further than it can print, and forgets what it has printed.
#[cfg(target_os = "linux")]
#[test]
fn a_flood() {
    const MANY: usize = 256 * 1024 * 1024;
    let server = Server::start(|_, mut exchange| {
        exchange.event_stream();
        let events = format!("data: {}\n\n", "x".repeat(1000)).repeat(1000);
        while exchange.send(&events) {}
    });
    let mut tail = Tail::start(&server, &["--json"]);
    let mut read = 0;
    while read < MANY {
        read += tail.line().len();
    }
    let peak = tail.peak_memory();
    assert!(peak < 64 * 1024 * 1024, "{peak} bytes");
}

/// What is not printed takes no memory either, be it one comment or many.
#[cfg(target_os = "linux")]
#[test]
fn a_gigabyte_of_comments() {
    const MANY: usize = 1 << 30;
    let server = Server::start(|_, mut exchange| {
        exchange.event_stream();
        for comments in ["x".repeat(1 << 20), ": x\n".repeat(1 << 18)] {
            exchange.send(":");
            assert!((0..MANY / 2 / comments.len()).all(|_| exchange.send(&comments)));
            exchange.send("\ndata: 1\n\n");
        }
        while exchange.send(":\n") {}
    });
    let mut tail = Tail::start(&server, &["--json"]);
    for _ in 0..2 {
        assert!(tail.line().contains(r#""data":"1""#));
    }
    let peak = tail.peak_memory();
    assert!(peak < 64 * 1024 * 1024, "{peak} bytes");
}
