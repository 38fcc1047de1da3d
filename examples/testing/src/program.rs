//! The program that is tested.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, ExitStatus, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use crate::Response;

/// A running example, which is killed when this is dropped.
#[derive(Debug)]
pub struct Program {
    child: Child,
    address: String,
}

impl Program {
    /// Starts a program on a free port, with these variables in its environment.
    ///
    /// # Panics
    ///
    /// If it does not say where it listens, as everything here does when it fails.
    pub fn start(path: &str, variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new(path);
        command.arg("127.0.0.1:0").envs(variables.iter().copied()).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("cargo has built it");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("it is a pipe")).read_line(&mut line).expect("it is text");
        let address = line.trim_end().strip_prefix("http://").expect("it says where it listens").to_owned();
        Self { child, address }
    }

    /// Where it listens.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Gets this path, with these headers.
    pub fn get(&self, path: &str, headers: &[(&str, &str)]) -> Response {
        Response::of(&self.address, "GET", path, headers, "")
    }

    /// Posts this body, with these headers.
    pub fn post(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Response {
        Response::of(&self.address, "POST", path, headers, body)
    }

    /// Asks it to end, as service managers do.
    pub fn terminate(&self) {
        let process = self.child.id().to_string();
        let status = Command::new("kill").args(["-TERM", &process]).status().expect("there is a command for it");
        assert!(status.success(), "it is our child");
    }

    /// Waits until it has ended by itself.
    pub fn ends(&mut self, within: Duration) -> ExitStatus {
        let start = Instant::now();
        while start.elapsed() < within {
            if let Some(status) = self.child.try_wait().expect("it is our child") {
                return status;
            }
            sleep(Duration::from_millis(10));
        }
        panic!("it has not ended within {within:?}")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
