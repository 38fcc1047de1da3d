//! Server-Sent Events for actix-web.
//!
//! [`EventStream`] is a responder, [`LastEventId`] an extractor; everything else is that of `tidings-http`, re-exported here.
//!
//! ```
//! use actix_web::{get, rt};
//! use tidings_actix::{EventStream, Frame, LastEventId, Receiver, channel};
//!
//! #[get("/feed")]
//! async fn feed(last: LastEventId) -> EventStream<Receiver> {
//!     let (events, source) = channel(16);
//!     rt::spawn(async move {
//!         let _ = events.send(Frame::event(last.as_str().unwrap_or("from the start"))).await;
//!     });
//!     EventStream::new(source)
//! }
//! ```
//!
//! # Features
//!
//! - `json`: data of events from any serde type.
//! - `socket`: socket options that notice clients which vanished or stopped reading.

#![forbid(unsafe_code)]

use std::{
    convert::Infallible,
    future::{Ready, ready},
    ops::Deref,
    pin::Pin,
    task::{Context, Poll},
};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse, Responder,
    body::{BodySize, MessageBody},
    dev::Payload,
    http::header::HeaderValue,
};
use bytes::Bytes;
use futures_core::Stream;
use pin_project_lite::pin_project;

pub use tidings_http::*;

/// A response that sends events: [`EventBody`] with status 200 and the [headers](RESPONSE_HEADERS) of an event stream; and with
/// `content-encoding: identity`, which tells actix-web's `Compress` to keep no compressor for it.
///
/// With options: `EventStream(options.body(source))`. A handler that also answers with something else returns
/// `HttpResponse`, which can be made of this.
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

impl<S> Responder for EventStream<S>
where
    S: Stream + 'static,
    S::Item: IntoFrames,
{
    type Body = Body<S>;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse<Body<S>> {
        self.into()
    }
}

impl<S> From<EventStream<S>> for HttpResponse<Body<S>>
where
    S: Stream,
    S::Item: IntoFrames,
{
    fn from(events: EventStream<S>) -> Self {
        let mut response = HttpResponse::Ok();
        for header in RESPONSE_HEADERS {
            response.insert_header(header);
        }
        response.insert_header(("content-encoding", "identity"));
        response.message_body(Body { events: events.0 }).expect("the headers are constants that are valid")
    }
}

impl<S> From<EventStream<S>> for HttpResponse
where
    S: Stream + 'static,
    S::Item: IntoFrames,
{
    fn from(events: EventStream<S>) -> Self {
        HttpResponse::<Body<S>>::from(events).map_into_boxed_body()
    }
}

pin_project! {
    /// The body of an [`EventStream`].
    #[derive(Debug)]
    pub struct Body<S> {
        #[pin]
        events: EventBody<S>,
    }
}

impl<S> MessageBody for Body<S>
where
    S: Stream,
    S::Item: IntoFrames,
{
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        self.project().events.poll_next(cx)
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

impl FromRequest for LastEventId {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let header = request.headers().get(tidings_http::LastEventId::HEADER).map(HeaderValue::as_bytes);
        ready(Ok(Self(tidings_http::LastEventId::new(header, request.uri().query()))))
    }
}

/// The examples of the README are tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
