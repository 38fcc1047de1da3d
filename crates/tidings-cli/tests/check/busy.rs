//! A machine that is busy: the server does well, but the command cannot look. To stop its process is as good as that.

use std::{
    fs,
    process::Command,
    sync::{Arc, OnceLock},
    thread::sleep,
    time::Duration,
};

use serde_json::Value;
use tidings_testkit::{Server, server::Exchange};

use crate::{
    arrival::stamped,
    common::{finish, spawn},
    support::{GOOD, HEADERS, certainly, codes, in_one_piece, report, respond},
};

/// The process of the command.
struct Process(u32);

impl Process {
    /// Keeps it from looking while this is done.
    fn stopped(&self, work: impl FnOnce()) {
        self.signal("STOP");
        while !self.is_stopped() {
            sleep(Duration::from_millis(1));
        }
        work();
        self.signal("CONT");
    }

    fn is_stopped(&self) -> bool {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0)).expect("it runs");
        // The name, in parentheses, may have anything in it.
        stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('T'))
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("sh").args(["-c", &format!("kill -{name} {}", self.0)]).status();
        assert!(sent.is_ok_and(|status| status.success()));
    }
}

/// Checks a server that does nothing wrong: all that may be found is that this machine was busy, and that it is.
fn assert_busy(time: &'static str, body: &'static str, script: fn(Exchange, &Process)) {
    certainly(|| {
        let process = Arc::new(OnceLock::new());
        let known = Arc::clone(&process);
        let server = Server::start(move |_, exchange| match exchange.request.header("last-event-id") {
            None => script(exchange, &Process(*known.wait())),
            Some(_) => respond(exchange, &HEADERS, body),
        });
        let child = spawn(&["check", &server.url("/"), "--time", time, "--json"]);
        process.set(child.id()).expect("it is set once");
        let report: Value = report(&finish(child, b""));
        let serious = codes(&report, &["error", "warning"]);
        let busy = codes(&report, &["hint"]).contains("busy");
        if busy && serious.is_empty() { Ok(()) } else { Err(format!("{serious:?} in {report:#}")) }
    });
}

/// Sends the head, and the parts with a second between.
fn drip(mut exchange: Exchange, process: &Process, parts: &[String]) {
    exchange.head(200, &HEADERS);
    exchange.send("retry: 3000\n\n");
    process.stopped(|| {
        for part in parts {
            sleep(Duration::from_millis(1200));
            exchange.send(part);
        }
    });
}

#[test]
fn a_head_that_is_seen_late_is_not_late() {
    assert_busy("60", GOOD, |mut exchange, process| {
        process.stopped(|| {
            exchange.send(in_one_piece(GOOD));
            sleep(Duration::from_millis(1500));
        });
    });
}

#[test]
fn what_came_in_time_is_not_missing() {
    assert_busy("1", GOOD, |mut exchange, process| {
        process.stopped(|| {
            exchange.send(in_one_piece(GOOD));
            sleep(Duration::from_millis(1500));
        });
    });
}

/// The server lives on the same machine.
#[test]
fn lost_time_does_not_count() {
    assert_busy("2", GOOD, |mut exchange, process| {
        process.stopped(|| sleep(Duration::from_millis(2500)));
        sleep(Duration::from_millis(500));
        exchange.send(in_one_piece(GOOD));
    });
}

#[test]
fn events_that_are_seen_together_were_not_held_back() {
    const BODY: &str = "id: 1000\ndata: {\"at\":1795266351000}\n\nid: 2200\ndata: {\"at\":1795266352200}\n\n";
    assert_busy("60", BODY, |exchange, process| drip(exchange, process, &[1000, 2200].map(stamped)));
}

#[test]
fn keep_alives_that_are_seen_together_were_not_held_back() {
    assert_busy("60", GOOD, |exchange, process| drip(exchange, process, &[":\n\n", ":\n\n"].map(str::to_owned)));
}
