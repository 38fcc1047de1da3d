//! The head of a response.

use std::fmt;

use reqwest::{Response, StatusCode, Url, Version, header::HeaderMap};

/// The head of a response: that of an open connection, or of one that was refused.
#[derive(Clone)]
#[non_exhaustive]
pub struct Head {
    /// The status.
    pub status: StatusCode,
    /// The version of HTTP.
    pub version: Version,
    /// The headers.
    pub headers: HeaderMap,
    /// Where it came from, after redirects.
    pub url: Url,
}

impl Head {
    pub(super) fn of(response: &mut Response) -> Box<Self> {
        Box::new(Self {
            status: response.status(),
            version: response.version(),
            headers: std::mem::take(response.headers_mut()),
            url: response.url().clone(),
        })
    }
}

/// Without the URL and the values of the headers, in which there may be secrets.
impl fmt::Debug for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.keys().collect();
        f.debug_struct("Head")
            .field("status", &self.status)
            .field("version", &self.version)
            .field("headers", &names)
            .finish_non_exhaustive()
    }
}
