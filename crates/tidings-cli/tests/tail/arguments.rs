//! What is asked of the server.

use std::fs;

use tidings_testkit::{Server, server::Request};

use crate::{
    common,
    support::{serving, tail, tail_with},
};

const ONE: &str = "data: 1\n\n";

/// The request that comes of these arguments.
fn request(arguments: &[&str], stdin: &str) -> Request {
    let server = serving(ONE);
    let run = tail_with(&server, &[arguments, &["--count", "1"]].concat(), stdin);
    assert_eq!(run.status, Some(0), "{run:?}");
    server.requests().remove(0)
}

#[test]
fn by_default_it_is_that_of_an_event_source() {
    let request = request(&[], "");
    assert_eq!((&*request.method, &*request.target), ("GET", "/feed"));
    assert_eq!(request.header("accept"), Some("text/event-stream"));
    assert_eq!(request.header("cache-control"), Some("no-cache"));
    assert_eq!(request.header("last-event-id"), None);
    assert!(request.header("user-agent").expect("it says what it is").starts_with("tidings/"));
}

#[test]
fn headers() {
    let request =
        request(&["-H", "X-Key:  7 ", "--header", "accept: */*", "-H", "x-key: 8", "--last-event-id", "9"], "");
    let keys: Vec<_> = request.headers.iter().filter(|(name, _)| name == "x-key").map(|(_, value)| &**value).collect();
    assert_eq!(keys, [b"7", b"8"]);
    assert_eq!(request.header("accept"), Some("*/*"));
    assert_eq!(request.header("last-event-id"), Some("9"));
}

#[test]
fn bodies() {
    let folder = tidings_folder();
    let file = folder.join("question.json");
    fs::write(&file, "{\"stream\":true}").expect("it can be written");
    let from_file = format!("@{}", file.display());
    for (arguments, stdin, method, content_type, body) in [
        (&["--data", "a=b"][..], "", "POST", "application/x-www-form-urlencoded", "a=b"),
        (&["--data", &from_file], "", "POST", "application/json", "{\"stream\":true}"),
        (&["--data", "-"], "[1]", "POST", "application/json", "[1]"),
        (&["--data", "", "--method", "PUT"], "", "PUT", "application/x-www-form-urlencoded", ""),
        (&["--data", "{}", "-H", "Content-Type: text/plain"], "", "POST", "text/plain", "{}"),
    ] {
        let request = request(arguments, stdin);
        assert_eq!(request.method, method, "{arguments:?}");
        assert_eq!(request.header("content-type"), Some(content_type), "{arguments:?}");
        assert_eq!(request.body, body.as_bytes(), "{arguments:?}");
    }
    assert_eq!(request(&["--method", "QUERY"], "").method, "QUERY");
    fs::remove_dir_all(folder).expect("it is ours");
}

fn tidings_folder() -> std::path::PathBuf {
    let folder = std::env::temp_dir().join(format!("tidings-tail-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("it can be made");
    folder
}

#[test]
fn a_file_that_is_not_there() {
    let server = serving(ONE);
    tail(&server, &["--data", "@/no/such/file"]).assert_failure("", &["/no/such/file", "cannot open"]);
    assert!(server.requests().is_empty());
}

/// A key goes to the server it was meant for, and not where that one sends the request.
#[test]
fn keys_do_not_follow_a_redirect_to_another_origin() {
    let other = serving(ONE);
    let location = other.url("/feed");
    let server = Server::start(move |_, exchange| exchange.respond(307, &[("location", &location)], ""));
    let run = tail(&server, &["-H", "X-Api-Key: secret", "-H", "Accept-Language: de", "--count", "1"]);
    assert_eq!(run.status, Some(0), "{run:?}");
    assert_eq!(server.requests()[0].header("x-api-key"), Some("secret"));
    assert_eq!(other.requests()[0].header("x-api-key"), None);
    assert_eq!(other.requests()[0].header("accept-language"), Some("de"));
}

#[test]
fn what_is_wrong_with_the_arguments() {
    let url = "http://127.0.0.1:1/";
    for arguments in [
        &[][..],
        &["ftp://127.0.0.1/"],
        &["http://"],
        &[url, "-H", "no colon"],
        &[url, "-H", "Last-Event-ID: 7"],
        &[url, "--method", "A B"],
        &[url, "--last-event-id", "a\nb"],
        &[url, "--count", "0"],
        &[url, "--timeout", "0"],
        &[url, "--timeout", "-1"],
        &[url, "--idle-timeout", "soon"],
        &[url, "--color", "red"],
    ] {
        let run = common::run(&[&["tail"], arguments].concat(), b"");
        assert_eq!(run.status, Some(2), "{arguments:?}: {run:?}");
        assert_eq!(run.stdout, "", "{arguments:?}");
    }
}
