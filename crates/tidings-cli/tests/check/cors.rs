//! CORS.

use tidings_testkit::server::Exchange;

use crate::support::{Case, GOOD, HEADERS, check_all, respond};

const ORIGIN: &[&str] = &["--origin", "https://example.com"];
const ALLOW: (&str, &str) = ("access-control-allow-origin", "https://example.com");
const ALL: (&str, &str) = ("access-control-allow-origin", "*");
const CREDENTIALS: (&str, &str) = ("access-control-allow-credentials", "true");

/// Answers with these headers, to a preflight request too.
fn answer(exchange: Exchange, headers: &[(&str, &str)]) {
    if exchange.request.method != "OPTIONS" {
        assert_eq!(exchange.request.header("origin"), Some(ORIGIN[1]));
        return respond(exchange, &[&HEADERS[..], headers].concat(), GOOD);
    }
    assert_eq!(exchange.request.header("access-control-request-method"), Some("GET"));
    assert_eq!(exchange.request.header("access-control-request-headers"), Some("authorization,last-event-id"));
    assert_eq!(exchange.request.header("authorization"), None, "browsers do not send it");
    let headers = [headers, &[("access-control-allow-headers", "Authorization, Last-Event-ID")]].concat();
    exchange.respond(200, &headers, "");
}

/// Allows the GET, and answers a preflight request in its own way.
fn preflight(exchange: Exchange, status: u16, headers: &[(&str, &str)]) {
    if exchange.request.method == "OPTIONS" {
        exchange.respond(status, headers, "");
    } else {
        answer(exchange, &[ALLOW]);
    }
}

const ARGUMENTS: &[&str] = &["--origin", "https://example.com", "-H", "Authorization: Bearer x"];

const CASES: &[Case] = &[
    ("allowed", ARGUMENTS, &[], |exchange| answer(exchange, &[ALLOW])),
    ("not allowed", ARGUMENTS, &["cors-not-allowed", "cors-preflight"], |exchange| answer(exchange, &[])),
    ("with cookies", ARGUMENTS, &["cors-credentials-star"], |exchange| answer(exchange, &[ALL, CREDENTIALS])),
    ("twice", ARGUMENTS, &["cors-twice", "cors-preflight"], |exchange| answer(exchange, &[ALLOW, ALL])),
    ("preflight that is refused", ARGUMENTS, &["cors-preflight"], |exchange| preflight(exchange, 401, &[ALLOW])),
    ("preflight without headers", ARGUMENTS, &["cors-preflight-headers"], |exchange| {
        preflight(exchange, 204, &[ALLOW]);
    }),
    ("all headers but Authorization", ARGUMENTS, &["cors-preflight-headers"], |exchange| {
        preflight(exchange, 200, &[ALLOW, ("access-control-allow-headers", "*")]);
    }),
];

#[test]
fn each_defect_of_cors_is_named() {
    check_all(CASES);
}
