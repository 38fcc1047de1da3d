//! One attempt: from the URL to the head of the response that answers it.

use std::{error, pin::Pin, sync::Arc};

use bytes::Bytes;
use reqwest::{
    Client, Method, Url,
    header::{HeaderMap, HeaderName, HeaderValue},
};

use super::{Body, Error, ErrorKind, Head, redirect::Hop};

/// What makes it impossible to give fresh headers.
pub type HeadersError = Box<dyn error::Error + Send + Sync>;

type FreshHeaders = Pin<Box<dyn Future<Output = Result<HeaderMap, HeadersError>> + Send>>;
pub(super) type Hook = Box<dyn Fn(Attempt) -> FreshHeaders + Send + Sync>;

/// What is known when an attempt begins: for [`fresh_headers`](super::EventSourceBuilder::fresh_headers).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempt {
    /// How many attempts have failed in a row: 0 at the first, and after a connection that was good.
    pub failures: u32,
    /// The status that the last attempt was answered with, if it was: 401 says that the token is no longer good.
    pub status: Option<u16>,
}

/// What every attempt has in common.
pub(super) struct Request {
    pub(super) client: Client,
    pub(super) url: Url,
    pub(super) method: Method,
    pub(super) headers: HeaderMap,
    pub(super) body: Option<Bytes>,
    pub(super) hook: Option<Hook>,
}

/// The answer to an attempt, after all redirects.
pub(super) struct Answer {
    pub(super) head: Box<Head>,
    pub(super) body: Body,
}

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

impl Request {
    pub(super) async fn send(self: Arc<Self>, attempt: Attempt, id: Option<HeaderValue>) -> Result<Answer, Error> {
        let mut hop = Hop {
            url: self.url.clone(),
            method: self.method.clone(),
            headers: self.headers.clone(),
            body: self.body.clone(),
            redirects: 0,
        };
        let mut fresh = Vec::new();
        if let Some(hook) = &self.hook {
            let headers = hook(attempt).await.map_err(|error| Error::with(ErrorKind::Headers, error))?;
            fresh = headers.keys().cloned().collect();
            replace(&mut hop.headers, headers);
        }
        // Whatever the user has set: only the machine knows.
        hop.headers.remove(LAST_EVENT_ID);
        if let Some(id) = id {
            hop.headers.insert(LAST_EVENT_ID, id);
        }
        loop {
            let mut response = self.once(&hop).await?;
            let head = Head::of(&mut response);
            if !hop.follow(&head, &fresh)? {
                return Ok(Answer { head, body: Body::of(response) });
            }
        }
    }

    async fn once(&self, hop: &Hop) -> Result<reqwest::Response, Error> {
        let request = self.client.request(hop.method.clone(), hop.url.clone()).headers(hop.headers.clone());
        let request = match &hop.body {
            Some(body) => request.body(body.clone()),
            None => request,
        };
        request.send().await.map_err(Error::transport)
    }
}

/// Puts headers in the place of others of the same name.
pub(super) fn replace(headers: &mut HeaderMap, by: HeaderMap) {
    let mut last = None;
    for (name, value) in by {
        // The name comes with the first of its values.
        if let Some(name) = name {
            headers.insert(name.clone(), value);
            last = Some(name);
        } else if let Some(name) = &last {
            headers.append(name, value);
        }
    }
}
