//! Status, headers, and when the head comes.

use std::{io::Write as _, thread::sleep, time::Duration};

use flate2::{Compression, write::GzEncoder};
use tidings_testkit::server::Exchange;

use crate::support::{Case, GOOD, HEADERS, check_all, in_one_piece, respond, with};

/// Answers with one header that is not as it should be.
macro_rules! header {
    ($name:literal, $value:literal) => {
        |exchange| respond(exchange, &with($name, $value), GOOD)
    };
}

const CASES: &[Case] = &[
    ("404", &[], &["status"], |exchange| exchange.respond(404, &[], "nothing \x1B[2Jhere")),
    ("401", &[], &["status"], |exchange| exchange.respond(401, &[("www-authenticate", "Bearer")], "")),
    ("503", &[], &["status"], |exchange| exchange.respond(503, &[("retry-after", "5")], "later")),
    ("204", &[], &["status-204"], |mut exchange| exchange.head(204, &[])),
    ("no type", &[], &["content-type-missing"], header!("content-type", "")),
    ("near miss", &[], &["content-type-near-miss"], header!("content-type", "text/event-steam")),
    ("JSON", &[], &["content-type"], |exchange| {
        exchange.respond(200, &[("content-type", "application/json")], "{\"a\":1}");
    }),
    ("plain", &[], &["content-type"], header!("content-type", "text/plain")),
    ("two types", &[], &["content-type-twice"], |exchange| {
        respond(exchange, &[&HEADERS[..], &[("content-type", "text/plain")]].concat(), GOOD);
    }),
    ("with charset", &[], &[], header!("content-type", "text/event-stream;charset=utf-8")),
    ("charset", &[], &["charset"], header!("content-type", "text/event-stream; charset=iso-8859-1")),
    ("no cache-control", &[], &["cache-control-missing"], header!("cache-control", "")),
    ("cacheable", &[], &["cacheable"], header!("cache-control", "max-age=3600, no-transform")),
    ("transformable", &[], &["transformable"], header!("cache-control", "no-cache")),
    ("age", &[], &["from-cache"], header!("age", "17")),
    ("cache", &[], &["from-cache"], header!("x-cache", "HIT from edge")),
    ("buffering asked for", &[], &["x-accel-buffering"], header!("x-accel-buffering", "yes")),
    ("no x-accel-buffering", &[], &["x-accel-buffering-missing"], header!("x-accel-buffering", "")),
    ("length", &[], &["content-length"], |exchange| {
        let length = if exchange.request.header("last-event-id").is_some() { "0" } else { "28" };
        respond(exchange, &with("content-length", length), GOOD);
    }),
    ("connection that ends", &[], &["http1", "not-framed", "ends"], |exchange| respond(exchange, &HEADERS, GOOD)),
    ("compressed", &["--time", "3"], &["compressed"], compressed),
    ("compressor that is not flushed", &["--time", "3"], &["compression-holds-back"], held_by_a_compressor),
    ("coding that was not asked for", &[], &["coding-unknown"], header!("content-encoding", "br")),
    ("not what it says", &[], &["coding-unknown"], header!("content-encoding", "gzip")),
    ("late head", &[], &["head-late"], |mut exchange| {
        if exchange.request.header("last-event-id").is_some() {
            return respond(exchange, &HEADERS, GOOD);
        }
        sleep(Duration::from_millis(1500));
        exchange.send(in_one_piece(GOOD));
    }),
    ("no head", &["--time", "1"], &["no-head"], Exchange::until_closed),
    ("head that is withheld", &["--time", "3"], &["head-withheld"], |exchange| match &*exchange.request.method {
        "HEAD" => exchange.respond(405, &[], ""),
        _ => exchange.until_closed(),
    }),
];

/// A compressor that is flushed after each event.
fn compressed(mut exchange: Exchange) {
    exchange.head(200, &with("content-encoding", "gzip"));
    if exchange.request.header("last-event-id").is_some() {
        return;
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(GOOD.as_bytes()).and_then(|()| encoder.flush()).expect("it is memory");
    exchange.send(encoder.get_ref());
    exchange.until_closed();
}

/// A compressor that waits for more. Asked for no compression, the server sends at once.
fn held_by_a_compressor(mut exchange: Exchange) {
    if exchange.request.header("accept-encoding").is_some_and(|codings| codings.contains("gzip")) {
        exchange.head(200, &with("content-encoding", "gzip"));
    } else {
        exchange.head(200, &HEADERS);
        exchange.send(GOOD);
    }
    exchange.until_closed();
}

#[test]
fn each_defect_of_the_head_is_named() {
    check_all(CASES);
}
