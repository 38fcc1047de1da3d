//! The events of one response.

use std::{
    error::Error,
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use futures_core::{Stream, stream::FusedStream};
use pin_project_lite::pin_project;
use tidings_codec::{BytesDecoder, DecodeError, DecoderOptions, OwnedEvent, OwnedItem};

pin_project! {
    /// The events of one response: a stream of them, made of the stream of the body's chunks.
    ///
    /// Each event comes with the byte that completes it, however the body is cut into chunks. The stream ends with the body, or
    /// after its first error; an event that is not complete then is dropped, as the standard demands (HTML 9.2.6).
    ///
    /// Dropping it drops the body, which closes the connection with most HTTP libraries.
    #[derive(Debug)]
    #[must_use = "streams do nothing unless they are polled"]
    pub struct Events<S> {
        // `None` once it has ended.
        #[pin]
        chunks: Option<S>,
        decoder: BytesDecoder,
    }
}

impl<S, B, E> Events<S>
where
    S: Stream<Item = Result<B, E>>,
    B: Into<Bytes>,
{
    /// The events in these chunks.
    pub fn new(chunks: S) -> Self {
        Self::with_options(chunks, DecoderOptions::new())
    }

    /// The events in these chunks, with a limit for the size of an event, or with the last event ID of an earlier connection.
    pub fn with_options(chunks: S, options: DecoderOptions) -> Self {
        Self { chunks: Some(chunks), decoder: BytesDecoder::with_options(options) }
    }

    /// The data of each event as JSON, up to an event whose data is `sentinel`: `[DONE]` with most LLM APIs.
    #[cfg(feature = "json")]
    pub fn json<T: serde::de::DeserializeOwned>(self, sentinel: Option<&'static str>) -> crate::Json<S, T> {
        crate::Json::new(self, sentinel)
    }
}

impl<S> Events<S> {
    /// The last event ID so far, for the next connection; empty if there is none.
    pub fn last_event_id(&self) -> &str {
        self.decoder.last_event_id()
    }

    /// The reconnection time that the server has set, if it has.
    pub fn reconnection_time(&self) -> Option<Duration> {
        self.decoder.reconnection_time()
    }
}

impl<S, B, E> Stream for Events<S>
where
    S: Stream<Item = Result<B, E>>,
    B: Into<Bytes>,
{
    type Item = Result<OwnedEvent, EventsError<E>>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut this = self.project();
        loop {
            let Some(chunks) = this.chunks.as_mut().as_pin_mut() else { return Poll::Ready(None) };
            match this.decoder.next() {
                Some(Ok(OwnedItem::Event(event))) => return Poll::Ready(Some(Ok(event))),
                Some(Ok(_)) => {}
                Some(Err(error)) => {
                    this.chunks.set(None);
                    return Poll::Ready(Some(Err(EventsError::Decode(error))));
                }
                None => match ready!(chunks.poll_next(cx)) {
                    Some(Ok(chunk)) => this.decoder.push(chunk.into()),
                    Some(Err(error)) => {
                        this.chunks.set(None);
                        return Poll::Ready(Some(Err(EventsError::Body(error))));
                    }
                    None => {
                        this.chunks.set(None);
                        return Poll::Ready(None);
                    }
                },
            }
        }
    }
}

impl<S, B, E> FusedStream for Events<S>
where
    S: Stream<Item = Result<B, E>>,
    B: Into<Bytes>,
{
    fn is_terminated(&self) -> bool {
        self.chunks.is_none()
    }
}

/// Why there are no more events.
#[derive(Debug)]
#[non_exhaustive]
pub enum EventsError<E> {
    /// The body cannot be read further.
    Body(E),
    /// An event is larger than [`DecoderOptions::max_event_bytes`].
    Decode(DecodeError),
}

impl<E> fmt::Display for EventsError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Body(_) => f.write_str("the body of the response cannot be read further"),
            Self::Decode(error) => error.fmt(f),
        }
    }
}

impl<E: Error + 'static> Error for EventsError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Body(error) => Some(error),
            Self::Decode(_) => None,
        }
    }
}
