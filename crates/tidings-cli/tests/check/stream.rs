//! What the stream is made of.

use crate::support::{Case, HEADERS, check_all, respond};

/// Answers with this behind a good beginning.
macro_rules! stream {
    ($body:expr) => {
        |exchange| {
            let body = $body;
            respond(exchange, &HEADERS, [&b"retry: 3000\n\nid: 1\ndata: a\n\n"[..], body.as_ref()].concat());
        }
    };
}

const CASES: &[Case] = &[
    ("good", &[], &[], stream!("")),
    ("BOM", &[], &["bom"], |exchange| respond(exchange, &HEADERS, "\u{FEFF}retry: 3000\nid: 1\ndata: a\n\n")),
    ("BOM inside", &[], &["bom-inside"], stream!("\u{FEFF}id: 2\nid: 2\ndata: a\n\n")),
    ("no UTF-8", &[], &["invalid-utf8"], stream!(b"id: 2\ndata: caf\xE9\n\n")),
    ("UTF-8 that ends too early", &[], &["invalid-utf8", "unfinished-event"], stream!(b"data: caf\xC3")),
    ("CRLF too", &[], &["mixed-line-ends"], stream!("id: 2\r\ndata: a\r\n\r\n")),
    ("CR in data", &[], &["mixed-line-ends", "unknown-field"], stream!("id: 2\ndata: hello\rworld\n\n")),
    ("only CR", &[], &["bare-cr"], |exchange| {
        let body =
            if exchange.request.header("last-event-id").is_some() { "" } else { "retry: 3000\rid: 1\rdata: a\r\r" };
        respond(exchange, &HEADERS, body);
    }),
    ("PHP", &[], &["markup"], stream!("<br />\n<b>Warning</b>: Undefined variable\n\n")),
    ("JSON lines", &[], &["json-without-data"], stream!("{\"a\":1}\n{\"a\":2}\n")),
    ("misspelt", &[], &["misspelt-field"], stream!("id: 2\ndata: a\ndatas: b\n\n")),
    ("in capitals", &[], &["misspelt-field"], stream!("id: 2\ndata: a\nData: b\n\n")),
    ("unknown", &[], &["unknown-field"], stream!("id: 2\ndata: a\nname: \x1B[2J\n\n")),
    ("unknown, with controls", &[], &["unknown-field"], stream!("id: 2\ndata: a\n\x1B]0;title\x07\u{9B}2J: b\n\n")),
    ("JSON that is split", &[], &["split-data"], stream!("id: 2\ndata: {\n  \"a\": 1\n}\n\n")),
    ("JSON that is split by an empty line", &[], &["split-data"], stream!("id: 2\ndata: {\"a\":\"x\n\ny\"}\n\n")),
    ("events that are joined", &[], &["joined-events"], stream!("id: 2\ndata: {\"a\":1}\ndata: {\"a\":2}\n\n")),
    ("unfinished", &[], &["unfinished-event", "ends"], stream!("id: 2\ndata: b\n")),
    ("without its line end", &[], &["unfinished-event"], stream!("id: 2\ndata: b")),
    ("never finished", &["--time", "4"], &["unfinished-event"], |mut exchange| {
        exchange.head(200, &HEADERS);
        exchange.send("retry: 3000\n\ndata: a\n");
        exchange.until_closed();
    }),
    ("without data", &[], &["event-without-data"], stream!("id: 2\nevent: ping\n\n")),
    ("long line", &[], &["long-line"], stream!(format!("id: 2\ndata: {}\n\n", "x".repeat(70_000)))),
    (
        "large event",
        &[],
        &["large-event"],
        stream!(format!("id: 2\n{}\n", format!("data: {}\n", "x".repeat(60_000)).repeat(20))),
    ),
    ("NUL", &[], &["id-nul", "ids-partial"], stream!("id: a\0b\ndata: b\n\n")),
    ("retry with unit", &[], &["retry-invalid"], |exchange| {
        respond(exchange, &HEADERS, "retry: 3s\nid: 1\ndata: a\n\n");
    }),
    ("retry in seconds", &[], &["retry-extreme"], stream!("retry: 3\n\n")),
    ("no retry", &[], &["retry-missing"], |exchange| respond(exchange, &HEADERS, "id: 1\ndata: a\n\n")),
    ("no IDs", &[], &["ids-missing"], |exchange| respond(exchange, &HEADERS, "retry: 3000\n\ndata: a\n\n")),
    ("no IDs, in answer to a POST", &["--data", "{}"], &[], |exchange| {
        assert_eq!(exchange.request.header("content-type"), Some("application/json"));
        assert_eq!((&*exchange.request.method, &*exchange.request.body), ("POST", &b"{}"[..]));
        respond(exchange, &HEADERS, "data: a\n\ndata: [DONE]\n\n");
    }),
    ("some IDs", &[], &["ids-partial"], stream!("data: b\n\n")),
    ("the same ID", &[], &["id-repeated"], |exchange| {
        let again = exchange.request.header("last-event-id").is_some();
        respond(exchange, &HEADERS, if again { "" } else { "retry: 3000\nid: 1\ndata: a\n\nid: 1\ndata: b\n\n" });
    }),
    ("what is allowed", &["--allow", "bom", "--allow", "retry-missing"], &[], |exchange| {
        respond(exchange, &HEADERS, "\u{FEFF}id: 1\ndata: a\n\n");
    }),
    (
        "a megabyte without an end",
        &[],
        &["long-line", "unfinished-event"],
        stream!(format!("data: {}", "x".repeat(1 << 20))),
    ),
];

#[test]
fn each_defect_of_the_stream_is_named() {
    check_all(CASES);
}
