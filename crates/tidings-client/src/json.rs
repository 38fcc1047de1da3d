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
use serde_json::Value;
use tidings_codec::OwnedEvent;

use crate::{Events, EventsError};

pin_project! {
    /// The data of events as values of a type, from [`Events::json`].
    ///
    /// It ends with the events, after the sentinel, and after an error of theirs; not after data that is not such a value, nor
    /// after an error of the API: those are events as others are, and the server ends the stream after them if it wants to.
    #[derive(Debug)]
    #[must_use = "streams do nothing unless they are polled"]
    pub struct Json<S, T> {
        #[pin]
        events: Events<S>,
        sentinel: Option<&'static str>,
        is_error: fn(&OwnedEvent) -> bool,
        done: bool,
        value: PhantomData<fn() -> T>,
    }
}

impl<S, T> Json<S, T> {
    pub(crate) fn new(events: Events<S>, sentinel: Option<&'static str>) -> Self {
        Self { events, sentinel, is_error: is_api_error, done: false, value: PhantomData }
    }

    /// What takes an event for an error of the API, which then comes as [`JsonError::Api`]. By default [`is_api_error`].
    ///
    /// # Examples
    ///
    /// ```
    /// use futures_util::{StreamExt as _, stream};
    /// use tidings_client::{Events, JsonError};
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let body = stream::iter(["event: oops\ndata: {\"code\":7}\n\n"].map(Ok::<_, std::io::Error>));
    /// let mut values = Events::new(body).json::<u32>(None).errors(|event| event.event_type() == "oops");
    /// let Some(Err(JsonError::Api(event))) = values.next().await else { panic!("it is an error") };
    /// assert_eq!(event.data(), "{\"code\":7}");
    /// # });
    /// ```
    #[must_use = "streams do nothing unless they are polled"]
    pub fn errors(mut self, is_error: fn(&OwnedEvent) -> bool) -> Self {
        self.is_error = is_error;
        self
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
        if (this.is_error)(&event) {
            return Poll::Ready(Some(Err(JsonError::Api(event))));
        }
        Poll::Ready(Some(event.json().map_err(|error| JsonError::Data { error, event })))
    }
}

/// Whether an event is an error of the API, as the large ones send it: its type is `error`, or its data is a JSON object with a
/// member `error` that is neither null nor false.
pub fn is_api_error(event: &OwnedEvent) -> bool {
    if event.event_type() == "error" {
        return true;
    }
    let data = event.data();
    // To parse all data twice would cost more than all else here.
    if !data.trim_start().starts_with('{') || !data.contains("\"error\"") {
        return false;
    }
    let object: serde_json::Result<Value> = event.json();
    let error = object.as_ref().ok().and_then(|object| object.get("error"));
    error.is_some_and(|error| !matches!(error, Value::Null | Value::Bool(false)))
}

/// Why there is no value.
#[derive(Debug)]
#[non_exhaustive]
pub enum JsonError<E> {
    /// There are no more events.
    Events(EventsError<E>),
    /// The API says that something went wrong. Its data is what it says.
    Api(OwnedEvent),
    /// The data of an event is not such a value.
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
            Self::Api(_) => f.write_str("the API reports an error"),
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
            Self::Api(_) => None,
            Self::Data { error, .. } => Some(error),
        }
    }
}
