//! Server-Sent Events for warp.
//!
//! [`EventStream`] is a reply, [`last_event_id`] a filter; everything else is that of `tidings-http`, re-exported here.
//!
//! ```
//! use tidings_warp::{EventStream, Frame, LastEventId, channel, last_event_id};
//! use warp::Filter as _;
//!
//! let feed = warp::path("feed").and(last_event_id()).map(|last: LastEventId| {
//!     let (events, source) = channel(16);
//!     tokio::spawn(async move {
//!         let _ = events.send(Frame::event(last.as_str().unwrap_or("from the start"))).await;
//!     });
//!     EventStream::new(source)
//! });
//! # let _ = feed;
//! ```
//!
//! # Features
//!
//! - `json`: data of events from any serde type.
//! - `socket`: socket options that notice clients which vanished or stopped reading.

#![forbid(unsafe_code)]

use std::convert::Infallible;

use futures_core::Stream;
use sync_wrapper::SyncStream;
use warp::{
    Filter,
    filters::header::headers_cloned,
    http::{HeaderMap, HeaderValue},
    reply::{self, Reply, Response},
};

pub use tidings_http::*;

/// A reply that sends events: [`EventBody`] with status 200 and the [headers](RESPONSE_HEADERS) of an event stream.
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
    /// A reply that sends the events of `source`, with the default [`Options`].
    pub fn new(source: S) -> Self {
        Self(EventBody::new(source))
    }
}

impl<S> Reply for EventStream<S>
where
    S: Stream + Send + 'static,
    S::Item: IntoFrames,
{
    fn into_response(self) -> Response {
        let (head, body) = self.0.into_response().into_parts();
        let mut response = reply::stream(SyncStream::new(body)).into_response();
        *response.headers_mut() = head.headers;
        response
    }
}

/// Extracts the [last event ID](LastEventId) of a request. It is there for every request, and never rejects one.
pub fn last_event_id() -> impl Filter<Extract = (LastEventId,), Error = Infallible> + Copy {
    let query = warp::query::raw().or(warp::any().map(String::new)).unify();
    headers_cloned().and(query).map(|headers: HeaderMap, query: String| {
        LastEventId::new(headers.get(LastEventId::HEADER).map(HeaderValue::as_bytes), Some(&query))
    })
}

/// The examples of the README are tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
