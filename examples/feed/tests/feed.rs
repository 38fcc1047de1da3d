//! The program with a server whose tokens are good for one connection.

use std::{
    process::{Command, Output},
    sync::atomic::{AtomicU32, Ordering},
};

use tidings_testkit::{Server, server::Exchange};

fn run(server: &Server) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_example-feed"));
    command.env("FEED_URL", server.url("/feed")).env("TOKEN_URL", server.url("/token"));
    command.output().expect("cargo has built it")
}

/// Two events behind the last one, up to six; then there are no more.
fn feed(exchange: Exchange) {
    let last: u32 = exchange.request.header("last-event-id").map_or(0, |id| id.parse().expect("it is ours"));
    if last == 6 {
        return exchange.respond(204, &[], "");
    }
    let events = |id| format!("id: {id}\nevent: tick\ndata: {}\n\n", id * 10);
    exchange.respond_with_events(&format!("retry: 0\n\n{}{}", events(last + 1), events(last + 2)));
}

#[test]
fn every_event_comes_although_each_connection_wants_a_new_token() {
    let (given, used) = (AtomicU32::new(0), AtomicU32::new(0));
    let server = Server::start(move |_, exchange| {
        if exchange.request.target == "/token" {
            let token = given.fetch_add(1, Ordering::SeqCst) + 1;
            return exchange.respond(200, &[], &format!("token-{token}\n"));
        }
        let good = format!("Bearer token-{}", used.load(Ordering::SeqCst) + 1);
        if exchange.request.header("authorization") == Some(&*good) {
            used.fetch_add(1, Ordering::SeqCst);
            feed(exchange);
        } else {
            exchange.respond(401, &[], "");
        }
    });
    let output = run(&server);
    assert!(output.status.success(), "{output:?}");
    let printed = "1 tick: 10\n2 tick: 20\n3 tick: 30\n4 tick: 40\n5 tick: 50\n6 tick: 60\n";
    assert_eq!(String::from_utf8_lossy(&output.stdout), printed);
    let targets: Vec<String> = server.requests().into_iter().map(|request| request.target).collect();
    // The first token, and then each time: the old one, a new one, and that.
    assert_eq!(targets[..2], ["/token", "/feed"]);
    for round in targets[2..].chunks(3) {
        assert_eq!(round, ["/feed", "/token", "/feed"]);
    }
}

#[test]
fn a_feed_that_takes_no_token_is_given_up() {
    let server = Server::start(|_, exchange| {
        let status = if exchange.request.target == "/token" { 200 } else { 403 };
        exchange.respond(status, &[], "x");
    });
    let output = run(&server);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("403"), "{output:?}");
}
