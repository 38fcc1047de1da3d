//! `tidings bench`, which makes the load and checks what every subscriber gets.

use std::process::{Command, Stdio};

use serde_json::Value;

use super::{kind::Hub, server::Server};
use crate::{Error, Options};

/// What it reports.
pub struct Report(Value);

impl Report {
    /// Runs it against a server.
    ///
    /// What must not happen to those who promise it is an error: an event lost, doubled or out of order, or a connection lost.
    pub fn of(hub: Hub, server: &Server, options: &Options, arguments: &[&str]) -> Result<Self, Error> {
        Self::of_while(hub, server, options, arguments, || Ok(())).map(|(report, ())| report)
    }

    /// The same, and something else is done while it runs.
    pub fn of_while<T>(
        hub: Hub,
        server: &Server,
        options: &Options,
        arguments: &[&str],
        meanwhile: impl FnOnce() -> Result<T, Error>,
    ) -> Result<(Self, T), Error> {
        let url = format!("{}?topic=bench", server.url);
        let generator = Command::new(options.tidings()?)
            .args(["bench", &url, "--json", "--pid", &server.pid().to_string()])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let done = meanwhile();
        let output = generator.wait_with_output()?;
        let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        if report.is_object() && (output.status.success() || !hub.is_exact()) {
            return Ok((Self(report), done?));
        }
        let complaint = String::from_utf8_lossy(&output.stderr);
        Err(format!("tidings bench {}: {} {}", arguments.join(" "), complaint.trim_end(), report["failures"]).into())
    }

    /// The number at a path such as `load/latency_ms/p50`.
    pub fn number(&self, path: &str) -> Result<f64, Error> {
        let value = self.0.pointer(&format!("/{path}"));
        value.and_then(Value::as_f64).ok_or_else(|| format!("the report has no {path}: {}", self.0).into())
    }
}
