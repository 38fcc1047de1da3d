//! When the bytes come. The pauses are those of the server: that is what is looked at.

use std::{thread::sleep, time::Duration};

use tidings_testkit::server::Exchange;

use crate::support::{Case, HEADERS, check_all, respond};

/// Sends the parts with pauses between. A client that comes back gets nothing.
fn drip(mut exchange: Exchange, pause: u64, parts: &[String]) {
    if exchange.request.header("last-event-id").is_some() {
        return respond(exchange, &HEADERS, "");
    }
    exchange.head(200, &HEADERS);
    exchange.send("retry: 3000\n\n");
    for part in parts {
        sleep(Duration::from_millis(pause));
        exchange.send(part);
    }
}

/// Sends the beginning of an event stream, and then nothing more.
fn fall_silent(mut exchange: Exchange) {
    exchange.head(200, &HEADERS);
    exchange.send("retry: 3000\n\n");
    exchange.until_closed();
}

/// An event that was sent at this millisecond of some day.
pub(crate) fn stamped(at: u64) -> String {
    format!("id: {at}\ndata: {{\"at\":{}}}\n\n", 1_795_266_350_000 + at)
}

/// Four parts of this size, which end in the middle of an event, and the rest of that.
fn parts(bytes: usize) -> Vec<String> {
    let event = format!("data: {}\n\n", "x".repeat(1000));
    let stream = event.repeat(4 * bytes / event.len() + 1).into_bytes();
    stream.chunks(bytes).map(|part| String::from_utf8_lossy(part).into_owned()).collect()
}

const CASES: &[Case] = &[
    // First, since it takes longest.
    ("very quiet", &["--time", "23"], &["keep-alive-missing"], fall_silent),
    ("quiet", &["--time", "4"], &["keep-alive-unseen"], fall_silent),
    ("silent", &["--time", "3"], &["silent"], |mut exchange| {
        exchange.head(200, &HEADERS);
        exchange.until_closed();
    }),
    ("keep-alives all the time", &["--time", "1"], &[], |mut exchange| {
        exchange.head(200, &HEADERS);
        exchange.send("retry: 3000\n\n");
        let sent = (0..4000).take_while(|_| {
            sleep(Duration::from_millis(5));
            exchange.send(":\n\n")
        });
        assert!(sent.count() < 4000, "it does not end");
    }),
    ("times in a heap", &[], &["buffered", "resume-ignored"], |exchange| {
        drip(exchange, 2000, &[[100, 700, 1500].map(stamped).concat()]);
    }),
    ("times one by one", &[], &["resume-ignored"], |exchange| {
        drip(exchange, 500, &[500, 1000, 1500].map(stamped));
    }),
    ("keep-alives in a heap", &[], &["buffered"], |exchange| drip(exchange, 1500, &[":\n\n:\n\n".to_owned()])),
    ("whole pages", &[], &["buffered", "ids-missing"], |exchange| drip(exchange, 700, &parts(8192))),
    ("broken events", &[], &["pauses-within-events", "ids-missing"], |exchange| {
        drip(exchange, 700, &parts(1500));
    }),
    ("heaps", &[], &["heaps", "ids-missing"], |exchange| {
        drip(exchange, 1500, &["data: a\n\n".repeat(5), "data: b\n\n".repeat(5)]);
    }),
    ("broken off", &[], &["cut-off", "content-length"], |mut exchange| {
        exchange.head(200, &[&HEADERS[..], &[("content-length", "1000")]].concat());
        exchange.send("retry: 3000\n\n");
    }),
    ("1 GB of comments", &[], &["too-much"], |mut exchange| {
        exchange.head(200, &HEADERS);
        exchange.send("retry: 3000\n\n");
        let megabyte = ": a comment of 32 bytes, no more\n".repeat(1 << 15);
        let sent = (0..1000).take_while(|_| exchange.send(&megabyte)).count();
        assert!(sent < 100, "it reads {sent} MB");
    }),
    ("an endless line", &[], &["too-much", "long-line"], |mut exchange| {
        exchange.head(200, &HEADERS);
        exchange.send("retry: 3000\n\n");
        let megabyte = "x".repeat(1 << 20);
        let sent = (0..1000).take_while(|_| exchange.send(&megabyte)).count();
        assert!(sent < 100, "it reads {sent} MB");
    }),
];

#[test]
fn each_defect_of_the_arrival_is_named() {
    check_all(CASES);
}
