//! A program that listens on a port.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::time;

use crate::{folder::Folder, process::Process};

/// A running program that listens on a port, and can be killed and started again there.
#[derive(Debug)]
pub struct Program {
    path: PathBuf,
    arguments: Vec<String>,
    port: u16,
    process: Process,
}

impl Program {
    /// Starts it, and waits until it listens on the port, which the arguments have to name.
    ///
    /// `path` is what Cargo sets for tests only, `env!("CARGO_BIN_EXE_…")`, or a program that is
    /// [installed](crate::process::installed).
    pub async fn start(path: impl Into<PathBuf>, arguments: Vec<String>, port: u16) -> Self {
        let path = path.into();
        let process = run(&path, &arguments, port).await;
        Self { path, arguments, port, process }
    }

    /// Kills it, and starts it again after a time.
    pub async fn kill_and_restart(&mut self, down: Duration) {
        self.process.kill();
        time::sleep(down).await;
        self.process = run(&self.path, &self.arguments, self.port).await;
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
}

async fn run(path: &Path, arguments: &[String], port: u16) -> Process {
    let mut process = Process::start(path, arguments, Folder::new("program"));
    process.listens_on(port).await;
    process
}
