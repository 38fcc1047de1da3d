//! Events whose data is JSON.

use std::{
    error::Error,
    fmt,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use futures_core::Stream;
use pin_project_lite::pin_project;
use serde::de::DeserializeOwned;
use tidings_codec::OwnedEvent;

use crate::{Events, EventsError};

pin_project! {
    /// The data of events as values of a type, from [`Events::json`].
    ///
    /// It ends with the events, after the sentinel, and after an error of theirs; not after data that is not such a value.
    #[derive(Debug)]
    #[must_use = "streams do nothing unless they are polled"]
    pub struct Json<S, T> {
        #[pin]
        events: Events<S>,
        sentinel: Option<&'static str>,
        done: bool,
        value: PhantomData<fn() -> T>,
    }
}

impl<S, T> Json<S, T> {
    pub(crate) fn new(events: Events<S>, sentinel: Option<&'static str>) -> Self {
        Self { events, sentinel, done: false, value: PhantomData }
    }

    /// Whether the sentinel came. If it did not, the end of the stream is not the end of what was to be said.
    pub fn is_done(&self) -> bool {
        self.done
    }
}

impl<S, B, E, T> Stream for Json<S, T>
where
    S: Stream<Item = Result<B, E>>,
    B: Into<Bytes>,
    T: DeserializeOwned,
{
    type Item = Result<T, JsonError<E>>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.project();
        if *this.done {
            return Poll::Ready(None);
        }
        let event = match ready!(this.events.poll_next(cx)) {
            None => return Poll::Ready(None),
            Some(Err(error)) => return Poll::Ready(Some(Err(JsonError::Events(error)))),
            Some(Ok(event)) => event,
        };
        if Some(event.data()) == *this.sentinel {
            *this.done = true;
            return Poll::Ready(None);
        }
        Poll::Ready(Some(event.json().map_err(|error| JsonError::Data { error, event })))
    }
}

/// Why there is no value.
#[derive(Debug)]
#[non_exhaustive]
pub enum JsonError<E> {
    /// There are no more events.
    Events(EventsError<E>),
    /// The data of an event is not such a value: an error of the API, say.
    Data {
        /// Why not.
        error: serde_json::Error,
        /// The event.
        event: OwnedEvent,
    },
}

impl<E> fmt::Display for JsonError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Events(error) => error.fmt(f),
            Self::Data { event, .. } => {
                write!(f, "the data of an event of type {:?} is not what it should be", event.event_type())
            }
        }
    }
}

impl<E: Error + 'static> Error for JsonError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Events(error) => error.source(),
            Self::Data { error, .. } => Some(error),
        }
    }
}
