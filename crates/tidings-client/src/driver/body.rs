//! The body of a response.

use std::{
    fmt,
    pin::{Pin, pin},
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_core::Stream;
use reqwest::Response;

use super::{Error, ErrorKind};

/// A body, chunk by chunk as it arrives.
///
/// `Response::bytes_stream` is the same, but has no name. To put that in a box, or the body without the rest of the response, costs
/// a few nanoseconds with each chunk.
pub(super) struct Body(Response);

impl Body {
    /// The response's. What else there is in it goes: the headers, which a [`Head`](super::Head) has, share memory with all that
    /// was read along with them.
    pub(super) fn of(mut response: Response) -> Self {
        response.headers_mut().clear();
        response.extensions_mut().clear();
        Self(response)
    }

    /// The next chunk, or `None` at the end.
    #[inline]
    pub(super) fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<reqwest::Result<Bytes>>> {
        // It keeps no state of its own, so that to drop it before it is ready loses nothing.
        let chunk = pin!(self.0.chunk());
        chunk.poll(cx).map(|chunk| chunk.map_err(reqwest::Error::without_url).transpose())
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
