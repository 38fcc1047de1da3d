//! How it ends, and with which exit status.

use std::net::TcpListener;

use tidings_testkit::{Server, server::Exchange};

use crate::{
    common,
    support::{Tail, serving, tail, with_enough_time},
};

/// Sends one event, and nothing more.
fn one_and_silence(_: usize, mut exchange: Exchange) {
    exchange.event_stream();
    exchange.send("data: 1\n\n");
    exchange.until_closed();
}

#[test]
fn enough_events() {
    let server = serving("data: 1\n\ndata: 2\n\ndata: 3\n\n");
    let run = tail(&server, &["--count", "2"]);
    assert_eq!((run.status, &*run.stdout), (Some(0), "message 1\nmessage 2\n"), "{run:?}");
}

#[test]
fn too_few_events() {
    let server = serving("data: 1\n\n");
    let run = tail(&server, &["--count", "2", "--no-reconnect"]);
    assert_eq!((run.status, &*run.stdout), (Some(3), "message 1\n"), "{run:?}");
    assert!(run.stderr.ends_with("tidings: only 1 of 2 events came\n"), "{run:?}");
    drop(server);

    let server = Server::start(one_and_silence);
    with_enough_time(|time| {
        let run = tail(&server, &["--count", "2", "--timeout", time]);
        assert_eq!(run.status, Some(3), "{run:?}");
        run.stdout == "message 1\n"
    });
}

#[test]
fn enough_time() {
    let server = Server::start(one_and_silence);
    with_enough_time(|time| {
        let run = tail(&server, &["--timeout", time]);
        assert_eq!(run.status, Some(0), "{run:?}");
        run.stdout == "message 1\n"
    });
}

/// Also while events come faster than they can be printed.
#[test]
fn enough_time_in_a_flood() {
    let server = Server::start(|_, mut exchange| {
        exchange.event_stream();
        let events = "data: x\n\n".repeat(10_000);
        while exchange.send(&events) {}
    });
    with_enough_time(|time| {
        let run = tail(&server, &["--timeout", time]);
        assert_eq!(run.status, Some(0), "{}", run.stderr);
        run.stdout.starts_with("message x\n") && run.stdout.ends_with("message x\n")
    });
}

#[test]
fn the_server_has_no_more() {
    let server = Server::start(|_, exchange| exchange.respond(204, &[], ""));
    assert_eq!(tail(&server, &[]).status, Some(0));
    assert_eq!(tail(&server, &["--count", "1"]).status, Some(3));
}

#[test]
fn the_server_refuses() {
    let server = Server::start(|_, exchange| exchange.respond(403, &[], "{\"error\":\"no such\u{1b}[2J key\"}\n"));
    let run = tail(&server, &[]);
    run.assert_failure("", &["the status is 403", "{\"error\":\"no such\u{FFFD}[2J key\"}"]);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn nobody_listens() {
    // The port is free again when this is over.
    let address = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port is free");
    let url = format!("http://secret:password@{address}/?key=secret");
    let run = common::run(&["tail", &url, "--no-reconnect"], b"");
    run.assert_failure("", &["the connection failed", "refused"]);
    assert!(!run.stderr.contains("secret"), "{run:?}");

    with_enough_time(|time| {
        let run = common::run(&["tail", &url, "--timeout", time], b"");
        assert_eq!(run.status, Some(0), "{run:?}");
        assert!(!run.stderr.contains("secret"), "{run:?}");
        run.stderr.contains("refused") && run.stderr.contains("; again in ")
    });
}

#[test]
fn the_reader_is_gone() {
    let server = Server::start(|_, mut exchange| {
        exchange.event_stream();
        while exchange.send("data: x\n\n") {}
    });
    let mut child = common::spawn(&["tail", &server.url("/")]);
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it is our child");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr).lines().count(), 1, "{output:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn the_disk_is_full() {
    let server = serving("data: 1\n\n");
    let full = std::fs::File::options().write(true).open("/dev/full").expect("Linux has it");
    let mut command = common::command(&["tail", &server.url("/")]);
    let output = command.stdout(full).output().expect("it starts");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot write"), "{output:?}");
}

#[cfg(unix)]
#[test]
fn a_person_has_enough() {
    let server = Server::start(one_and_silence);
    for signal in ["-INT", "-TERM"] {
        let mut tail = Tail::start(&server, &["--count", "2"]);
        tail.line();
        tail.signal(signal);
        assert_eq!(tail.status(), Some(0), "{signal}");
    }
}

/// The reader of the output reads no more, so that what there is cannot be written.
#[cfg(unix)]
#[test]
fn a_person_has_enough_although_nobody_reads() {
    let server = Server::start(|_, mut exchange| {
        exchange.event_stream();
        while exchange.send("data: x\n\n".repeat(1000)) {}
    });
    let mut tail = Tail::start(&server, &[]);
    tail.line();
    tail.signal("-INT");
    assert_eq!(tail.status(), Some(0));
}
