//! What is printed.

use tidings_testkit::Server;

use crate::support::{DEADLINE, Tail, after_last, printed, serving, tail};

const STREAM: &str = "\
: hello\n\ndata: one\n\nevent: price\nid: 7\ndata: 21.5\ndata: 22\n\nevent: price\ndata: 23\n\nevent: x\u{1b}[2J\ndata: \u{9b}31m\r\n\
id: \u{7f}\n\ndata: unfinished\n";

#[test]
fn for_people() {
    let server = serving(STREAM);
    assert_eq!(
        printed(&server, &["--no-reconnect"]),
        "message one\nprice #7\n  21.5\n  22\nprice 23\nx\\u{1b}[2J #\\u{7f} \\u{9b}31m\n"
    );
    assert_eq!(printed(&server, &["--comments", "--count", "1"]), ": hello\nmessage one\n");
}

#[test]
fn as_json_lines() {
    let json = "{\"type\":\"message\",\"data\":\"one\",\"lastEventId\":\"\"}\n\
                {\"type\":\"price\",\"data\":\"21.5\\n22\",\"lastEventId\":\"7\"}\n";
    let server = serving(STREAM);
    assert_eq!(printed(&server, &["--json", "--count", "2"]), json);
    let with_comments = format!("{{\"comment\":\"hello\"}}\n{json}");
    assert_eq!(printed(&server, &["--json", "--comments", "--count", "2"]), with_comments);
}

/// It is the same as `decode` prints.
#[test]
fn json_lines_are_those_of_decode() {
    let decoded = crate::common::run(&["decode", "--comments"], STREAM.as_bytes());
    assert_eq!(printed(&serving(STREAM), &["--json", "--comments", "--no-reconnect"]), decoded.stdout);
}

#[test]
fn colors_only_where_they_are_wanted() {
    let server = serving(STREAM);
    assert!(printed(&server, &["--count", "1", "--color", "always"]).contains("\u{1b}["));
    assert!(!printed(&server, &["--count", "1", "--color", "never"]).contains('\u{1b}'));
}

#[test]
fn only_some_types() {
    let server = serving("event: a\ndata: 1\n\ndata: 2\n\nevent: b\ndata: 3\n\nevent: a\ndata: 4\n\ndata: 5\n\n");
    assert_eq!(printed(&server, &["--event", "a", "--event", "message", "--count", "3"]), "a 1\nmessage 2\na 4\n");
    assert_eq!(printed(&server, &["--event", "c", "--no-reconnect"]), "");
}

/// The server sends an event when the one before was printed.
#[test]
fn each_event_is_printed_before_the_next_comes() {
    let (next, due) = std::sync::mpsc::channel::<()>();
    let due = std::sync::Mutex::new(due);
    let server = Server::start(move |_, mut exchange| {
        exchange.event_stream();
        for number in 1..=5 {
            exchange.send(format!("data: {number}\n\n"));
            due.lock().expect("only one waits").recv_timeout(DEADLINE).expect("there is a next");
        }
    });
    for arguments in [&["--count", "5"][..], &["--json", "--count", "5"]] {
        let mut tail = Tail::start(&server, arguments);
        for number in 1..=5 {
            let line = tail.line();
            assert!(line.contains(&number.to_string()), "{line}");
            next.send(()).expect("the server waits");
        }
        assert_eq!(tail.status(), Some(0));
    }
}

/// The server sends three events for each request, and ends.
#[test]
fn it_reconnects_and_goes_on_behind_the_last_event() {
    let server = Server::start(|_, exchange| {
        let events = after_last(&exchange, 3);
        exchange.respond_with_events(&format!("retry: 0\n\n{events}"));
    });
    let run = tail(&server, &["--count", "7", "--last-event-id", "10", "--json", "--stats"]);
    assert_eq!(run.status, Some(0), "{run:?}");
    let ids: Vec<String> =
        run.stdout.lines().map(|line| line.split('"').nth_back(1).expect("JSON").to_owned()).collect();
    assert_eq!(ids, ["11", "12", "13", "14", "15", "16", "17"]);
    let said: Vec<&str> = run.stderr.lines().collect();
    assert_eq!(said.len(), 6, "{run:?}");
    for (line, words) in said.iter().zip(["open, HTTP/1.1", "the event stream ended; again in 0.1", "open"]) {
        assert!(line.starts_with("tidings: ") && line.contains(words), "{run:?}");
    }
    assert!(said[5].starts_with("tidings: 7 events, 14 bytes of data in "), "{run:?}");
    assert!(said[5].ends_with("; 2 reconnections"), "{run:?}");
}
