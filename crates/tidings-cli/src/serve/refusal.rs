//! Why a request is not done.

use std::{fmt, net::SocketAddr};

use hyper::{
    Response, StatusCode,
    header::{self, HeaderName, HeaderValue},
};

use super::{
    app::App,
    body::{Body, text},
};

/// How much of what a client has written is logged, in characters.
const MOST_LOGGED: usize = 200;

/// Why a request is not done, for whoever sent it.
pub(super) struct Refusal {
    status: StatusCode,
    reason: String,
    /// Whether the reason repeats what the client has sent, in which there may be secrets.
    repeats: bool,
    header: Option<(HeaderName, HeaderValue)>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, reason: impl Into<String>) -> Self {
        Self { status, reason: reason.into(), repeats: false, header: None }
    }

    /// The request is not as it should be.
    pub(super) fn bad(reason: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, reason)
    }

    /// Likewise, and the reason repeats something of it.
    pub(super) fn bad_with(reason: String) -> Self {
        Self { repeats: true, ..Self::bad(reason) }
    }

    /// It asks for more than is done.
    pub(super) fn too_large(reason: String) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, reason)
    }

    /// It asks for what is not there.
    pub(super) fn not_found(reason: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, reason)
    }

    /// It asks with another method than these.
    pub(super) fn not_allowed(allowed: &'static str) -> Self {
        let header = Some((header::ALLOW, HeaderValue::from_static(allowed)));
        Self { header, ..Self::new(StatusCode::METHOD_NOT_ALLOWED, format!("this takes {allowed} only")) }
    }

    /// It lacks a key.
    pub(super) fn unauthorized(reason: &str) -> Self {
        let header = Some((header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")));
        Self { header, ..Self::new(StatusCode::UNAUTHORIZED, reason) }
    }

    /// What the client is told.
    pub(super) fn into_response(self) -> Response<Body> {
        let mut response = text(self.status, self.reason);
        response.headers_mut().extend(self.header);
        response
    }

    /// The same as bytes, for a request that was never understood.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        let Self { status, reason, .. } = self;
        format!(
            "HTTP/1.1 {status}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{reason}\n",
            reason.len() + 1
        )
        .into_bytes()
    }

    /// Writes a line to the log: a warning now and then, and for who wants to know them all, the others at a lower level.
    pub(super) fn log(&self, app: &App, peer: Option<SocketAddr>, request: impl fmt::Display) {
        let from = peer.map(|peer| format!(" from {peer}")).unwrap_or_default();
        let reason = if self.repeats { "not as it should be" } else { &self.reason };
        let line = format!("refused{from}: {} {request}: {reason}", self.status.as_u16());
        let line: String = line.chars().take(MOST_LOGGED).flat_map(char::escape_debug).collect();
        match app.refusals.tell() {
            Some(0) => tracing::warn!("{line}"),
            Some(others) => tracing::warn!("{line} (and {others} others before)"),
            None => tracing::debug!("{line}"),
        }
    }
}
