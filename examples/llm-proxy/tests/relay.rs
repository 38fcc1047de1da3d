//! The proxy between a plain client and an upstream that the tests hold in their hands.

#![allow(clippy::unwrap_used)]

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::atomic::{AtomicUsize, Ordering},
    thread::{self, sleep},
    time::Duration,
};

use example_testing::{Program, Response};

const PATIENCE: Duration = Duration::from_secs(10);
const QUESTION: &str = r#"{"model":"m","stream":true,"messages":[{"role":"user","content":"Why?"}]}"#;
const JSON: [(&str, &str); 1] = [("content-type", "application/json")];

/// The proxy, and what it relays.
struct Setup {
    upstream: TcpListener,
    program: Program,
}

/// One request as the upstream has got it, and the answer it is giving.
struct Answer {
    connection: TcpStream,
    head: String,
    body: String,
}

impl Setup {
    fn new() -> Self {
        let upstream = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/v1/chat/completions", upstream.local_addr().unwrap());
        let variables = [("CHAT_URL", &url[..]), ("CHAT_KEY", "secret")];
        Self { upstream, program: Program::start(env!("CARGO_BIN_EXE_example-llm-proxy"), &variables) }
    }

    fn accept(&self) -> Answer {
        Answer::to(self.upstream.accept().unwrap().0)
    }

    /// Asks, while the upstream says what to `respond`.
    fn ask(&self, respond: &str) -> (Response, Answer) {
        thread::scope(|scope| {
            let answer = scope.spawn(|| {
                let mut answer = self.accept();
                answer.connection.write_all(respond.replace('\n', "\r\n").as_bytes()).unwrap();
                answer
            });
            (self.program.post("/chat", &JSON, QUESTION), answer.join().unwrap())
        })
    }

    fn ask_for_events(&self) -> (Response, Answer) {
        self.ask("HTTP/1.1 200 OK\ncontent-type: text/event-stream; charset=utf-8\ntransfer-encoding: chunked\n\n")
    }

    /// Waits until nobody is let in any more.
    fn closes(&self) {
        while TcpStream::connect(self.program.address()).is_ok() {
            sleep(Duration::from_millis(10));
        }
    }
}

impl Answer {
    /// Reads a request.
    fn to(connection: TcpStream) -> Self {
        connection.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut reader = BufReader::new(connection.try_clone().unwrap());
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(reader.read_line(&mut head).unwrap() > 0, "{head}");
        }
        let head = head.to_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap().parse().unwrap();
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        Self { connection, head, body: String::from_utf8(body).unwrap() }
    }

    fn send(&mut self, text: &str) {
        write!(self.connection, "{:x}\r\n{text}\r\n", text.len()).unwrap();
    }

    fn end(&mut self) {
        self.connection.write_all(b"0\r\n\r\n").unwrap();
    }

    /// Waits until the proxy has closed the connection.
    fn is_closed(&mut self) {
        assert!(!matches!(self.connection.read(&mut [0; 16]), Ok(1..)), "the proxy asks for more");
    }
}

#[test]
fn events_come_one_by_one() {
    let setup = Setup::new();
    let (mut response, mut answer) = setup.ask_for_events();
    assert!(answer.head.starts_with("post /v1/chat/completions "), "{}", answer.head);
    assert!(answer.head.contains("\r\nauthorization: bearer secret\r\n"), "{}", answer.head);
    assert_eq!(answer.body, QUESTION);
    assert_eq!(response.header("content-type"), "text/event-stream");
    for number in 0..10 {
        answer.send(&format!("data: {number}\n\n: not for us\n\n"));
        assert_eq!(response.event().unwrap().data(), number.to_string());
    }
    answer.send("data: in two ");
    answer.send("pieces\n\ndata: [DONE]\n\n");
    assert_eq!(response.event().unwrap().data(), "in two pieces");
    assert_eq!(response.event().unwrap().data(), "[DONE]");
    answer.end();
    assert!(response.event().is_none());
}

#[test]
fn the_upstream_is_let_go_of_with_the_client() {
    let setup = Setup::new();
    let (mut response, mut answer) = setup.ask_for_events();
    answer.send("data: 1\n\n");
    assert!(response.event().is_some());
    drop(response);
    answer.is_closed();

    // And before it has said anything.
    let mut client = TcpStream::connect(setup.program.address()).unwrap();
    let head = format!("content-type: application/json\r\ncontent-length: {}", QUESTION.len());
    write!(client, "POST /chat HTTP/1.1\r\nhost: localhost\r\n{head}\r\n\r\n{QUESTION}").unwrap();
    let mut answer = setup.accept();
    drop(client);
    answer.is_closed();
}

#[test]
fn errors_before_the_answer_are_passed_on() {
    let setup = Setup::new();
    let (response, _) = setup.ask(
        "HTTP/1.1 429 Too Many Requests\ncontent-type: application/json\nretry-after: 7\ncontent-length: 12\n\n{\"error\": 1}",
    );
    assert_eq!(response.status, 429);
    assert_eq!(response.header("content-type"), "application/json");
    assert_eq!(response.header("retry-after"), "7");
    assert_eq!(response.text(), r#"{"error": 1}"#);

    assert_eq!(setup.program.post("/chat", &[("content-type", "text/plain")], QUESTION).status, 415);

    let Setup { upstream, program } = setup;
    drop(upstream);
    assert_eq!(program.post("/chat", &JSON, QUESTION).status, 502);
}

#[test]
fn an_answer_that_breaks_off_says_so() {
    let setup = Setup::new();
    for cut in [true, false] {
        let (mut response, mut answer) = setup.ask_for_events();
        answer.send("data: 1\n\ndata: 2");
        if !cut {
            answer.end();
        }
        drop(answer);
        assert_eq!(response.event().unwrap().data(), "1");
        let error = response.event().unwrap();
        assert_eq!(error.event_type(), "message");
        assert!(error.data().starts_with(r#"{"error":{"message":"#), "{}", error.data());
        assert!(response.event().is_none());
    }
}

#[test]
fn a_slow_client_holds_the_upstream_back() {
    const EVENTS: usize = 4096;
    let filling = "x".repeat(16 * 1024);
    let setup = Setup::new();
    let (mut response, mut answer) = setup.ask_for_events();
    let sent = AtomicUsize::new(0);
    thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0..EVENTS {
                answer.send(&format!("data: {number} {filling}\n\n"));
                sent.fetch_add(1, Ordering::Relaxed);
            }
            answer.end();
        });
        // What the kernel takes for three connections is some megabytes of the 64.
        let mut before = usize::MAX;
        while before != sent.load(Ordering::Relaxed) {
            before = sent.load(Ordering::Relaxed);
            sleep(Duration::from_millis(500));
        }
        assert!(before < EVENTS / 2, "{before} were sent");
        for number in 0..EVENTS {
            let event = response.event().unwrap();
            assert_eq!(event.data().split(' ').next(), Some(&number.to_string()[..]));
        }
        assert!(response.event().is_none());
    });
}

#[test]
fn answers_may_end_before_the_server_does() {
    let mut setup = Setup::new();
    let (mut response, mut answer) = setup.ask_for_events();
    setup.program.terminate();
    setup.closes();
    for number in 0..3 {
        answer.send(&format!("data: {number}\n\n"));
        assert_eq!(response.event().unwrap().data(), number.to_string());
    }
    answer.end();
    assert!(response.event().is_none());
    assert!(setup.program.ends(Duration::from_secs(10)).success());
}

#[test]
fn a_second_signal_ends_it_now() {
    let mut setup = Setup::new();
    let (mut response, mut answer) = setup.ask_for_events();
    setup.program.terminate();
    setup.closes();
    sleep(Duration::from_millis(100));
    setup.program.terminate();
    assert!(response.event().is_none());
    answer.is_closed();
    assert!(setup.program.ends(Duration::from_secs(10)).success());
}
