//! One request, and the redirects that it meets.

use bytes::Bytes;
use reqwest::{
    Client, Method, Response, Url,
    header::{self, HeaderMap, HeaderValue},
};

use super::{
    super::{
        observation::{Fault, FaultKind, Redirect},
        observer::beginning,
    },
    Plan,
    clock::{Clock, Deadline},
    coding, fault,
};

/// After so many redirects browsers give up.
const REDIRECTS: u32 = 20;
/// The headers that matter here. Others may be secret.
const HEADERS: [&str; 22] = [
    "access-control-allow-credentials",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-origin",
    "age",
    "cache-control",
    "cf-cache-status",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "retry-after",
    "server",
    "transfer-encoding",
    "vary",
    "via",
    "www-authenticate",
    "x-accel-buffering",
    "x-cache",
    "x-cache-status",
    "x-powered-by",
    "x-proxy-cache",
];
/// How long the value of a header may be.
const VALUE: usize = 200;

/// A request that may be redirected.
pub(super) struct Ask<'a> {
    client: &'a Client,
    pub(super) url: Url,
    pub(super) method: Method,
    pub(super) headers: HeaderMap,
    pub(super) body: Option<Bytes>,
    /// Whether `headers` has some of the user's.
    given: bool,
    redirects: u32,
}

impl<'a> Ask<'a> {
    /// As `EventSource` would, with what the user has given.
    pub(super) fn new(plan: &'a Plan) -> Self {
        let mut headers = own();
        for name in plan.headers.keys() {
            headers.remove(name);
        }
        headers.extend(plan.headers.clone());
        if let Some((_, origin)) = &plan.origin {
            headers.insert(header::ORIGIN, origin.clone());
        }
        Self {
            client: &plan.client,
            url: plan.url.clone(),
            method: plan.method.clone(),
            headers,
            body: plan.body.clone(),
            given: !plan.headers.is_empty(),
            redirects: 0,
        }
    }

    pub(super) async fn send(&self) -> reqwest::Result<Response> {
        let request = self.client.request(self.method.clone(), self.url.clone()).headers(self.headers.clone());
        match &self.body {
            Some(body) => request.body(body.clone()).send().await,
            None => request.send().await,
        }
    }

    /// The response after all redirects; `None` if there is none in time.
    pub(super) async fn response(&mut self, clock: &mut Clock, deadline: Deadline) -> Option<Response> {
        loop {
            let response = clock.until(deadline, self.send()).await?.ok()?;
            if self.follow(&response).ok()?.is_none() {
                return Some(response);
            }
        }
    }

    /// Goes where a redirect leads (Fetch, HTTP-redirect fetch). Returns `None` if the response is none.
    pub(super) fn follow(&mut self, response: &Response) -> Result<Option<Redirect>, Fault> {
        let status = response.status().as_u16();
        if !matches!(status, 301 | 302 | 303 | 307 | 308) {
            return Ok(None);
        }
        let broken = |text: &str| fault(FaultKind::RedirectBroken, format!("status {status}: {text}"));
        let location = response.headers().get(header::LOCATION).ok_or_else(|| broken("no location"))?;
        let location = str::from_utf8(location.as_bytes()).map_err(|_| broken("the location is no text"))?;
        let url = self.url.join(location).map_err(|error| broken(&error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(broken(&format!("to the scheme {}", url.scheme())));
        }
        self.redirects += 1;
        if self.redirects > REDIRECTS {
            return Err(fault(FaultKind::RedirectLoop, format!("{REDIRECTS} redirects, the last to {}", shown(&url))));
        }
        let to_get = matches!(status, 301 | 302) && self.method == Method::POST
            || status == 303 && !matches!(self.method, Method::GET | Method::HEAD);
        let other_origin = url.origin() != self.url.origin();
        let redirect = Redirect {
            status,
            to: shown(&url),
            insecure: self.url.scheme() == "https" && url.scheme() == "http",
            method_lost: to_get,
            headers_lost: other_origin && self.given,
        };
        if to_get {
            self.method = Method::GET;
            self.body = None;
            self.headers.remove(header::CONTENT_TYPE);
        }
        if other_origin {
            self.drop_given();
        }
        self.url = url;
        Ok(Some(redirect))
    }

    /// Any header that the user has given may be secret.
    fn drop_given(&mut self) {
        let origin = self.headers.remove(header::ORIGIN);
        self.headers = own();
        self.headers.extend(origin.map(|origin| (header::ORIGIN, origin)));
        self.given = false;
    }
}

/// What `EventSource` sends by itself.
fn own() -> HeaderMap {
    HeaderMap::from_iter([
        (header::ACCEPT, HeaderValue::from_static("text/event-stream")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (header::ACCEPT_ENCODING, HeaderValue::from_static(coding::ACCEPT)),
    ])
}

/// The headers that matter, as text.
pub(super) fn headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let wanted = headers.iter().filter(|(name, _)| HEADERS.contains(&name.as_str()));
    wanted.map(|(name, value)| (name.to_string(), beginning(value.as_bytes(), VALUE))).collect()
}

/// A URL without what may be secret.
pub(super) fn shown(url: &Url) -> String {
    let query = if url.query().is_some() { "?…" } else { "" };
    format!("{}{}{query}", url.origin().ascii_serialization(), url.path())
}
