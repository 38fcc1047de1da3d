//! The server under test.

use std::time::Duration;

use http::{Method, StatusCode, Version};

use crate::{client, port, process::Process, program::Program, wait};

/// The frameworks that there is an adapter for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adapter {
    /// `tidings-axum`.
    Axum,
    /// `tidings-actix`.
    Actix,
    /// `tidings-warp`.
    Warp,
}

impl Adapter {
    fn name(self) -> &'static str {
        match self {
            Self::Axum => "axum",
            Self::Actix => "actix",
            Self::Warp => "warp",
        }
    }
}

/// The program `e2e-server`, which documents its routes, running with one adapter.
#[derive(Debug)]
pub struct Server(Program);

impl Server {
    /// Starts the program with an adapter and more arguments, on any port, and waits until it listens.
    ///
    /// `program` is `env!("CARGO_BIN_EXE_e2e-server")`, which Cargo sets for tests only.
    pub async fn start(program: &'static str, adapter: Adapter, arguments: &[&str]) -> Self {
        let port = port::free();
        let begin = [adapter.name().to_owned(), port.to_string()];
        let arguments = begin.into_iter().chain(arguments.iter().map(|&more| more.to_owned())).collect();
        Self(Program::start(program, arguments, port).await)
    }

    /// Kills it, and starts it again on the same port after a time.
    pub async fn kill_and_restart(&mut self, down: Duration) {
        self.0.kill_and_restart(down).await;
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.0.port()
    }

    /// The URL of this path on it.
    pub fn url(&self, path: &str) -> String {
        self.0.url(path)
    }

    /// The process.
    pub fn process(&mut self) -> &mut Process {
        self.0.process()
    }

    /// Sends the next event of `/step`.
    pub async fn next(&self) {
        let response = client::request(Method::POST, &self.url("/next"), Version::HTTP_11, &[]).await;
        assert_eq!(response.status, StatusCode::OK);
    }

    /// How many event streams are open on it.
    pub async fn open_streams(&self) -> usize {
        let response = client::get(&self.url("/open"), Version::HTTP_11, &[]).await;
        response.text().await.parse().expect("it is a number")
    }

    /// Waits until so many event streams are open.
    pub async fn has_open_streams(&self, count: usize) {
        let what = format!("the server to have {count} open event streams");
        wait::until(what, async || (self.open_streams().await == count).then_some(())).await;
    }
}
