//! The server under test.

use std::ops::{Deref, DerefMut};

use http::{Method, StatusCode, Version};

use crate::{client, port, program::Program, wait};

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

impl Deref for Server {
    type Target = Program;

    fn deref(&self) -> &Program {
        &self.0
    }
}

impl DerefMut for Server {
    fn deref_mut(&mut self) -> &mut Program {
        &mut self.0
    }
}
