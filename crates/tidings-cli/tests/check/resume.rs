//! Coming back with a last event ID.

use tidings_testkit::server::Exchange;

use crate::support::{Case, HEADERS, check_all, respond};

const EVENTS: [&str; 5] =
    ["id: 1\ndata: a\n\n", "id: 2\ndata: b\n\n", "id: 3\ndata: c\n\n", "id: 4\ndata: d\n\n", "id: 5\ndata: e\n\n"];

/// Sends all events, and to a client that comes back, those with these numbers.
fn again(mut exchange: Exchange, numbers: &[usize]) {
    match exchange.request.header("last-event-id") {
        None => respond(exchange, &HEADERS, format!("retry: 3000\n\n{}", EVENTS.concat())),
        Some(id) => {
            assert_eq!(id, "2", "three are to come");
            exchange.head(200, &HEADERS);
            let events: String = numbers.iter().map(|number| EVENTS[number - 1]).collect();
            exchange.send(events);
        }
    }
}

const CASES: &[Case] = &[
    ("exact", &[], &[], |exchange| again(exchange, &[3, 4, 5])),
    ("refused", &[], &["resume-refused"], |exchange| match exchange.request.header("last-event-id") {
        None => again(exchange, &[]),
        Some(_) => exchange.respond(400, &[], "no such event"),
    }),
    ("not answered", &["--time", "3"], &["resume-refused"], |exchange| {
        match exchange.request.header("last-event-id") {
            None => again(exchange, &[]),
            Some(_) => exchange.until_closed(),
        }
    }),
    ("repeats", &[], &["resume-repeats"], |exchange| again(exchange, &[1, 2, 3, 4, 5])),
    ("hole", &[], &["resume-holes"], |exchange| again(exchange, &[4, 5])),
    ("order", &[], &["resume-order"], |exchange| again(exchange, &[4, 3, 5])),
    ("ignored", &[], &["resume-ignored"], |exchange| again(exchange, &[])),
    ("gap", &[], &[], |mut exchange| {
        if exchange.request.header("last-event-id").is_none() {
            return again(exchange, &[]);
        }
        exchange.head(200, &HEADERS);
        exchange.send("id: 5\nevent: gap\ndata: {}\n\n");
    }),
];

#[test]
fn each_way_not_to_go_on_is_named() {
    check_all(CASES);
}
