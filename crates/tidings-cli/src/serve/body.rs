//! What responses are made of.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Frame, SizeHint};
use hyper::{Response, StatusCode, header};
use tidings_http::EventBody;
use tidings_hub::Subscription;

use super::app::Open;

/// The body of a response: some text, or events without end.
pub(super) enum Body {
    Text(Full<Bytes>),
    Events {
        /// What goes with it, and before it.
        _open: Option<Box<Open>>,
        events: Pin<Box<EventBody<Subscription>>>,
    },
}

impl Default for Body {
    fn default() -> Self {
        Self::Text(Full::default())
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.get_mut() {
            Self::Text(text) => Pin::new(text).poll_frame(cx),
            Self::Events { events, .. } => events.as_mut().poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Text(text) => text.is_end_stream(),
            Self::Events { events, .. } => events.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Text(text) => text.size_hint(),
            Self::Events { events, .. } => hyper::body::Body::size_hint(&**events),
        }
    }
}

/// A response with a body of this type.
pub(super) fn content(content_type: &'static str, body: impl Into<Bytes>) -> Response<Body> {
    let mut response = Response::new(Body::Text(Full::new(body.into())));
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(content_type));
    response
}

/// A response of one line of text.
pub(super) fn text(status: StatusCode, line: impl Into<String>) -> Response<Body> {
    let mut line = line.into();
    line.push('\n');
    let mut response = content("text/plain; charset=utf-8", line);
    *response.status_mut() = status;
    response
}

/// A response that sends events, with what is known of it as long as it is open.
pub(super) fn events(events: EventBody<Subscription>, open: Option<Box<Open>>) -> Response<Body> {
    events.into_response().map(|events| Body::Events { events: Box::pin(events), _open: open })
}
