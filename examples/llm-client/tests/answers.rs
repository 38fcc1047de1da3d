//! Starts the program, and reads what it prints.

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    process::{Command, Output},
    thread,
};

fn run(arguments: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_example-llm-client")).args(arguments).env("KEY", "secret").output();
    output.expect("cargo has built it")
}

fn printed(output: &Output) -> &str {
    str::from_utf8(&output.stdout).expect("it is text")
}

#[test]
fn both_answers() {
    let output = run(&[]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(printed(&output), "The sky is blue – by day.\nThe sky is blue – by day.\n");
}

#[test]
fn an_error_in_the_middle() {
    let output = run(&["overloaded"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(printed(&output), "The sky is");
    assert!(String::from_utf8_lossy(&output.stderr).contains("overloaded_error: Overloaded"), "{output:?}");
}

/// The answer of a server that gives this response, and the request that it got.
fn ask(service: &str, response: &'static str) -> (Output, String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let url = format!("http://{}/", listener.local_addr().expect("it is bound"));
    let server = thread::spawn(move || {
        let (mut client, _) = listener.accept().expect("it connects");
        let mut request = String::new();
        while !request.contains("sky blue?") {
            let mut piece = [0; 1024];
            let length = client.read(&mut piece).expect("it asks");
            request += str::from_utf8(&piece[..length]).expect("it is text");
        }
        client.write_all(response.as_bytes()).expect("it listens");
        request
    });
    let output = run(&[service, &url]);
    (output, server.join().expect("it answers"))
}

#[test]
fn an_answer_that_breaks_off_is_an_error() {
    for service in ["openai", "anthropic"] {
        let (output, request) = ask(service, "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n");
        assert!(request.contains("secret") && request.contains(r#""stream":true"#), "{request}");
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("broke off"), "{output:?}");
    }
}

#[test]
fn a_service_that_refuses_is_an_error() {
    let (output, _) = ask("openai", "HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("401"), "{output:?}");
}
