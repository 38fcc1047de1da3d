//! Reads, comes back where it was, and stops when it is told to.

use std::process::Command;

use tidings_testkit::Server;

#[test]
fn follows_a_stream_over_connections() {
    let server = Server::start(|number, mut exchange| match number {
        0 => {
            exchange.head(200, &[("content-type", "text/event-stream"), ("content-length", "1000")]);
            exchange.send("retry: 100\nid: 1\ndata: a\n\nid: 2\ndata: b\n\nid: 3\ndata: cut");
        }
        1 => drop(exchange),
        2 => exchange.respond_with_events("id: 3\ndata: c\n\n"),
        _ => exchange.respond(204, &[], ""),
    });
    let output = Command::new(env!("CARGO_BIN_EXE_example-client-hyper")).arg(server.url("/feed?x")).output();
    let output = output.expect("the program was built");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "a\nb\nc\n");

    let requests = server.requests();
    let ids: Vec<_> = requests.iter().map(|request| request.header("last-event-id")).collect();
    assert_eq!(ids, [None, Some("2"), Some("2"), Some("3")]);
    for request in &requests {
        assert_eq!((request.target.as_str(), request.header("accept")), ("/feed?x", Some("text/event-stream")));
    }
}

#[test]
fn an_error_is_said() {
    let server = Server::start(|_, exchange| exchange.respond(404, &[], ""));
    let output = Command::new(env!("CARGO_BIN_EXE_example-client-hyper")).arg(server.url("/")).output();
    let output = output.expect("the program was built");
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("404"), "{output:?}");
}
