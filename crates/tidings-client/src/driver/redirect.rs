//! Redirects (Fetch, HTTP-redirect fetch): where to, with what method, and without whose secrets.

use bytes::Bytes;
use reqwest::{
    Method, StatusCode, Url,
    header::{self, HeaderMap, HeaderName},
};

use super::{Error, ErrorKind, Head};

/// After so many redirects it is taken for a loop (Fetch).
const MAX_REDIRECTS: u32 = 20;

/// Headers that describe a body, and go with it.
const OF_BODY: [HeaderName; 4] =
    [header::CONTENT_ENCODING, header::CONTENT_LANGUAGE, header::CONTENT_LOCATION, header::CONTENT_TYPE];
/// Headers that are secret whoever set them.
const SECRET: [HeaderName; 3] = [header::AUTHORIZATION, header::COOKIE, header::PROXY_AUTHORIZATION];

/// One request of an attempt: the first, or one that a redirect has made of it.
#[derive(Clone, Debug)]
pub(super) struct Hop {
    pub(super) url: Url,
    pub(super) method: Method,
    pub(super) headers: HeaderMap,
    pub(super) body: Option<Bytes>,
    pub(super) redirects: u32,
}

impl Hop {
    /// Goes where the response sends it. Returns whether it sends anywhere; if not, it is the answer. `secret` are the headers that
    /// must not leave the origin, beside those that never may.
    pub(super) fn follow(&mut self, head: &Head, secret: &[HeaderName]) -> Result<bool, Error> {
        let status = head.status.as_u16();
        if !matches!(status, 301 | 302 | 303 | 307 | 308) {
            return Ok(false);
        }
        let Some(location) = head.headers.get(header::LOCATION) else { return Ok(false) };
        let location = str::from_utf8(location.as_bytes()).map_err(|error| Error::with(ErrorKind::Redirect, error))?;
        let url = head.url.join(location).map_err(|error| Error::with(ErrorKind::Redirect, error))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Error::new(ErrorKind::Redirect));
        }
        self.redirects += 1;
        if self.redirects > MAX_REDIRECTS {
            return Err(Error::new(ErrorKind::RedirectLoop));
        }
        self.change_method(head.status);
        if url.origin() != head.url.origin() {
            self.drop_secrets(secret);
        }
        self.url = url;
        Ok(true)
    }

    fn change_method(&mut self, status: StatusCode) {
        let to_get = match status.as_u16() {
            301 | 302 => self.method == Method::POST,
            303 => !matches!(self.method, Method::GET | Method::HEAD),
            _ => false,
        };
        if to_get {
            self.method = Method::GET;
            self.body = None;
            for name in &OF_BODY {
                self.headers.remove(name);
            }
        }
    }

    fn drop_secrets(&mut self, secret: &[HeaderName]) {
        let marked = self.headers.iter().filter(|(_, value)| value.is_sensitive()).map(|(name, _)| name);
        let names: Vec<HeaderName> = marked.chain(&SECRET).chain(secret).cloned().collect();
        for name in &names {
            self.headers.remove(name);
        }
    }
}
