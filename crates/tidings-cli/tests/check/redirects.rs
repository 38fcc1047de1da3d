//! Redirects.

use tidings_testkit::Server;

use crate::{
    common::run,
    support::{Case, GOOD, HEADERS, check_all, codes, report, respond},
};

const CASES: &[Case] = &[
    ("redirect", &[], &["redirect"], |exchange| match &*exchange.request.target {
        "/to" => respond(exchange, &HEADERS, GOOD),
        _ => exchange.respond(307, &[("location", "/to")], ""),
    }),
    ("loop", &[], &["redirect-loop"], |exchange| exchange.respond(302, &[("location", "/feed")], "")),
    ("nowhere", &[], &["redirect-broken"], |exchange| exchange.respond(302, &[], "")),
    ("no HTTP", &[], &["redirect-broken"], |exchange| exchange.respond(302, &[("location", "file:///x")], "")),
    ("POST that becomes GET", &["--data", "a=b"], &["redirect-method"], |exchange| match &*exchange.request.target {
        "/to" => {
            assert_eq!((&*exchange.request.method, exchange.request.body.len()), ("GET", 0));
            respond(exchange, &HEADERS, GOOD);
        }
        _ => exchange.respond(301, &[("location", "/to")], ""),
    }),
];

#[test]
fn each_defect_of_redirects_is_named() {
    check_all(CASES);
}

#[test]
fn headers_do_not_follow_to_another_origin() {
    let other = Server::start(|_, exchange| respond(exchange, &HEADERS, GOOD));
    let location = other.url("/to");
    let server = Server::start(move |_, exchange| exchange.respond(307, &[("location", &location)], ""));
    let run = run(&["check", &server.url("/"), "-H", "X-Key: secret", "--json"], b"");
    assert!(codes(&report(&run), &["warning"]).contains("redirect-origin"), "{run:?}");
    assert!(server.requests().iter().all(|request| request.header("x-key") == Some("secret")));
    assert!(other.requests().iter().all(|request| request.header("x-key").is_none()), "{:?}", other.requests());
    assert!(!run.stdout.contains("secret"), "{run:?}");
}
