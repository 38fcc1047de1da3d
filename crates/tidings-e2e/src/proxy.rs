//! What is the same for both proxies.

use http::Version;

use crate::process::Process;

/// A running proxy, with a server behind it.
#[derive(Debug)]
pub struct Proxy {
    pub(crate) process: Process,
    pub(crate) http1: u16,
    pub(crate) http2: u16,
}

impl Proxy {
    /// The URL of this path on it, for clients that speak this version. HTTP/2 is spoken without TLS, and at once ("with prior
    /// knowledge").
    pub fn url(&self, version: Version, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port(version))
    }

    /// The port for clients that speak this version.
    pub fn port(&self, version: Version) -> u16 {
        if version == Version::HTTP_2 { self.http2 } else { self.http1 }
    }

    /// Waits until it listens.
    pub(crate) async fn ready(mut self) -> Self {
        self.process.listens_on(self.http1).await;
        self.process.listens_on(self.http2).await;
        self
    }
}
