//! No response at all.

use std::{
    io::{Read as _, Write as _},
    net::{Ipv4Addr, TcpListener},
    thread,
};

use crate::{
    common::run,
    support::{codes, report},
};

/// Checks a URL, and asserts that this is the only finding and has these words. What is looked for comes long before the time is over.
fn assert_error(url: &str, code: &str, words: &[&str]) {
    assert_error_in(url, "60", code, words);
}

/// The same within so many seconds.
fn assert_error_in(url: &str, time: &str, code: &str, words: &[&str]) {
    let run = run(&["check", url, "--time", time, "--allow", "busy", "--json"], b"");
    let report = report(&run);
    assert_eq!(Vec::from_iter(codes(&report, &["error", "warning", "hint"])), [code], "{report:#}");
    assert_eq!((run.status, &*run.stderr), (Some(1), ""), "{run:?}");
    let what = report["findings"][0]["what"].as_str().expect("it is text");
    for word in words {
        assert!(what.contains(word), "no {word:?} in {what:?}");
    }
}

/// A listener that gets one connection after the other, and does this to it.
fn listen(serve: impl Fn(std::net::TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("there is a port");
    let address = listener.local_addr().expect("it is bound");
    thread::spawn(move || listener.incoming().map_while(Result::ok).for_each(serve));
    address.to_string()
}

#[test]
fn nobody_listens() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("there is a port");
    let address = listener.local_addr().expect("it is bound");
    drop(listener);
    assert_error(&format!("http://{address}/"), "no-connection", &["refused"]);
}

/// The name is too long to be asked for anywhere.
#[test]
fn no_such_host() {
    assert_error(&format!("http://{}.example/", "x".repeat(64)), "dns", &[]);
}

#[test]
fn no_tls() {
    let address = listen(|mut stream| {
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        // Until it is gone; else it might be told of a reset.
        let _ = stream.read_to_end(&mut Vec::new());
    });
    assert_error(&format!("https://{address}/"), "tls", &[]);
}

#[test]
fn garbage() {
    let address = listen(|mut stream| {
        // What comes before the request would not be taken for an answer.
        let _ = stream.read(&mut [0; 1024]);
        let _ = stream.write_all(b"220 mail.example ESMTP\r\n\r\n");
    });
    assert_error(&format!("http://{address}/"), "bad-response", &["HTTP"]);
}

#[test]
fn an_endless_head() {
    let address = listen(|mut stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        while stream.write_all(&b"x: y\r\n".repeat(1000)).is_ok() {}
    });
    assert_error(&format!("http://{address}/"), "bad-response", &[]);
}

#[test]
fn a_server_that_says_nothing() {
    let address = listen(|mut stream| drop(stream.read_to_end(&mut Vec::new())));
    assert_error_in(&format!("http://{address}/"), "2", "no-head", &["2.0 s"]);
}

#[test]
fn arguments_that_are_wrong() {
    for arguments in [
        &["check"][..],
        &["check", "ftp://example.com"],
        &["check", "http://127.0.0.1:1/", "-H", "no colon"],
        &["check", "http://127.0.0.1:1/", "--origin", "example.com"],
        &["check", "http://127.0.0.1:1/", "--time", "0"],
        &["check", "http://127.0.0.1:1/", "--allow", "nothing"],
    ] {
        let run = run(arguments, b"");
        assert_eq!((run.status, &*run.stdout), (Some(2), ""), "{arguments:?}: {run:?}");
    }
    run(&["check", "http://127.0.0.1:1/", "--data", "@/no/such/file"], b"").assert_failure("", &["/no/such/file"]);
}
