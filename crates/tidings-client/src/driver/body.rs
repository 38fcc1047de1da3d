//! The body of a response.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use futures_core::Stream;
use http_body::Body as _;
use reqwest::Response;

use super::{Error, ErrorKind};

/// A body, chunk by chunk as it arrives.
///
/// `Response::bytes_stream` is the same, but has no name, and to put it in a box costs what this costs.
pub(super) struct Body(reqwest::Body);

impl Body {
    pub(super) fn of(response: Response) -> Self {
        Self(response.into())
    }

    /// The next chunk, or `None` at the end.
    #[inline]
    pub(super) fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<reqwest::Result<Bytes>>> {
        loop {
            return Poll::Ready(match ready!(Pin::new(&mut self.0).poll_frame(cx)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(chunk) => Some(Ok(chunk)),
                    Err(_trailers) => continue,
                },
                Some(Err(error)) => Some(Err(error.without_url())),
                None => None,
            });
        }
    }

    /// The next chunk, or `None` at the end.
    pub(super) async fn chunk(&mut self) -> Option<reqwest::Result<Bytes>> {
        std::future::poll_fn(|cx| self.poll_chunk(cx)).await
    }
}

/// The chunks of a response, from [`events`](super::events()).
#[must_use = "streams do nothing unless they are polled"]
pub struct ResponseBody(pub(super) Body);

impl Stream for ResponseBody {
    type Item = Result<Bytes, Error>;

    #[inline]
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_chunk(cx).map_err(|error| Error::with(ErrorKind::Transport, error))
    }
}

impl fmt::Debug for ResponseBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseBody").finish_non_exhaustive()
    }
}
