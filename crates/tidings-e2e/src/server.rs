//! The server under test.

use std::{path::Path, time::Duration};

use http::{Method, StatusCode, Version};
use tokio::time;

use crate::{client, folder::Folder, port, process::Process, wait};

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
pub struct Server {
    arguments: Vec<String>,
    program: &'static str,
    port: u16,
    process: Process,
}

impl Server {
    /// Starts the program with an adapter and more arguments, on any port, and waits until it listens.
    ///
    /// `program` is `env!("CARGO_BIN_EXE_e2e-server")`, which Cargo sets for tests only.
    pub async fn start(program: &'static str, adapter: Adapter, arguments: &[&str]) -> Self {
        let port = port::free();
        let begin = [adapter.name().to_owned(), port.to_string()];
        let arguments: Vec<String> = begin.into_iter().chain(arguments.iter().map(|&more| more.to_owned())).collect();
        let process = run(program, &arguments, port).await;
        Self { arguments, program, port, process }
    }

    /// Kills it, and starts it again on the same port after a time.
    pub async fn kill_and_restart(&mut self, down: Duration) {
        self.process.kill();
        time::sleep(down).await;
        self.process = run(self.program, &self.arguments, self.port).await;
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The URL of this path on it.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The process.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
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

async fn run(program: &'static str, arguments: &[String], port: u16) -> Process {
    let mut process = Process::start(Path::new(program), arguments, Folder::new("server"));
    process.listens_on(port).await;
    process
}
