//! Server-Sent Events for axum.
//!
//! [`EventStream`] is a response, [`LastEventId`] an extractor; everything else is that of `tidings-http`, re-exported here.
//!
//! ```
//! use axum::{Router, routing::get};
//! use futures_util::stream;
//! use tidings_axum::{EventStream, Frame, LastEventId, channel};
//!
//! async fn feed(last: LastEventId) -> EventStream<tidings_axum::Receiver> {
//!     let (events, source) = channel(16);
//!     tokio::spawn(async move {
//!         let _ = events.send(Frame::event(last.as_str().unwrap_or("from the start"))).await;
//!     });
//!     EventStream::new(source)
//! }
//!
//! let app: Router = Router::new().route("/feed", get(feed));
//! ```
//!
//! It stands on `axum-core`, the part of axum that changes least. A body is an [`http_body::Body`](EventBody), so other servers
//! on tower and hyper need no adapter: [`EventBody::into_response`] is what they send.
//!
//! # Features
//!
//! - `json`: data of events from any serde type.
//! - `socket`: [`Listener`], whose connections notice clients that vanished or stopped reading, and deliver events for less.

#![forbid(unsafe_code)]

#[cfg(feature = "socket")]
mod listener;

use std::{convert::Infallible, ops::Deref};

use axum_core::{
    body::Body,
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use futures_core::Stream;
use http::request::Parts;

#[cfg(feature = "socket")]
pub use listener::Listener;
pub use tidings_http::*;

/// A response that sends events: [`EventBody`] with status 200 and the [headers](RESPONSE_HEADERS) of an event stream.
///
/// With options: `EventStream(options.body(source))`.
#[derive(Debug)]
#[must_use]
pub struct EventStream<S>(pub EventBody<S>);

impl<S> EventStream<S>
where
    S: Stream,
    S::Item: IntoFrames,
{
    /// A response that sends the events of `source`, with the default [`Options`].
    pub fn new(source: S) -> Self {
        Self(EventBody::new(source))
    }
}

impl<S> IntoResponse for EventStream<S>
where
    S: Stream + Send + 'static,
    S::Item: IntoFrames,
{
    fn into_response(self) -> Response {
        self.0.into_response().map(Body::new)
    }
}

/// Extracts the [last event ID](tidings_http::LastEventId) of a request. It is there for every request, and never an error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct LastEventId(pub tidings_http::LastEventId);

impl Deref for LastEventId {
    type Target = tidings_http::LastEventId;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<S: Sync> FromRequestParts<S> for LastEventId {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(tidings_http::LastEventId::from_request(&parts.headers, &parts.uri)))
    }
}

/// The examples of the README are tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
