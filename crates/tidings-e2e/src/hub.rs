//! The hub under test.

use std::ops::{Deref, DerefMut};

use http::{HeaderName, Method, StatusCode, Version, header};

use crate::{
    client::{self, Response},
    port, process,
    program::Program,
    wait,
};

/// Where the hub is on its server.
pub const PATH: &str = "/.well-known/mercure";

/// The program `tidings serve`, running.
#[derive(Debug)]
pub struct Hub(Program);

impl Hub {
    /// Starts the program with more arguments, on any port, and waits until it listens.
    ///
    /// `program` is `env!("CARGO_BIN_EXE_tidings")`, which Cargo sets for tests of its package only.
    pub async fn start(program: &'static str, arguments: &[&str]) -> Self {
        let port = port::free();
        let begin = ["serve".to_owned(), "--listen".to_owned(), format!("127.0.0.1:{port}")];
        let arguments = begin.into_iter().chain(arguments.iter().map(|&more| more.to_owned())).collect();
        Self(Program::start(program, arguments, port).await)
    }

    /// The same, after a line of the shell, which may set limits for it.
    pub async fn start_after(line: &str, program: &str, arguments: &[&str]) -> Self {
        let port = port::free();
        let listen = format!("127.0.0.1:{port}");
        let script = format!("{line}; exec \"$0\" \"$@\"");
        let begin = ["-c", &script, program, "serve", "--listen", &listen];
        let arguments = begin.iter().chain(arguments).map(|&argument| argument.to_owned()).collect();
        Self(Program::start(process::installed("sh"), arguments, port).await)
    }

    /// Subscribes with this query.
    pub async fn subscribe(&self, query: &str) -> Response {
        self.subscribe_with(query, &[]).await
    }

    /// Subscribes with this query, and with headers.
    pub async fn subscribe_with(&self, query: &str, headers: &[(HeaderName, &[u8])]) -> Response {
        let response = client::get(&self.url(&format!("{PATH}?{query}")), Version::HTTP_11, headers).await;
        assert_eq!(response.status, StatusCode::OK, "{query}");
        response
    }

    /// Publishes a form, and returns the ID.
    pub async fn publish(&self, form: &[(&str, &str)]) -> String {
        let response = self.post(&[], form).await;
        assert_eq!(response.status, StatusCode::OK, "{form:?}");
        response.text().await
    }

    /// Posts a form with headers, and returns whatever comes of it.
    pub async fn post(&self, headers: &[(HeaderName, &[u8])], form: &[(&str, &str)]) -> Response {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let content_type = (header::CONTENT_TYPE, &b"application/x-www-form-urlencoded"[..]);
        let headers: Vec<_> = headers.iter().cloned().chain([content_type]).collect();
        client::request_with(Method::POST, &self.url(PATH), Version::HTTP_11, &headers, form).await
    }

    /// One of its metrics.
    pub async fn metric(&self, name: &str) -> u64 {
        let metrics = client::get(&self.url("/metrics"), Version::HTTP_11, &[]).await.text().await;
        let value = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        value.and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("no {name} in {metrics}"))
    }

    /// Waits until so many event streams are open.
    pub async fn has_open_streams(&self, count: u64) {
        let what = format!("the hub to have {count} open event streams");
        wait::until(what, async || (self.metric("tidings_open_streams").await == count).then_some(())).await;
    }
}

impl Deref for Hub {
    type Target = Program;

    fn deref(&self) -> &Program {
        &self.0
    }
}

impl DerefMut for Hub {
    fn deref_mut(&mut self) -> &mut Program {
        &mut self.0
    }
}
