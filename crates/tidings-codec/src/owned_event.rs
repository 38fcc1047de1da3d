//! An event that belongs to whoever holds it.

use alloc::string::String;
use core::{fmt, hash};

use bytes::Bytes;

use crate::{Event, parser::DEFAULT_EVENT_TYPE, raw::OwnedText};

/// An event that was dispatched, independent of the decoder and the chunk.
///
/// It is two words in size, so that it moves cheaply, and is made with one allocation, which holds its text. Only data of
/// more than [`SHARED_FROM`](Self::SHARED_FROM) bytes that is one line of one chunk shares the chunk's bytes instead, and keeps
/// the whole chunk alive until the event is dropped or [detached](Self::detach).
#[derive(Clone)]
// The default event type is not written.
pub struct OwnedEvent(OwnedText);

impl OwnedEvent {
    /// The length of data beyond which it is shared with its chunk, in bytes: shorter data is copied, which costs less than
    /// to count references to it, and does not keep a chunk alive for a few bytes of it.
    pub const SHARED_FROM: usize = 4096;

    /// Keeps an event whose data lies in `chunk`. The empty event type is the default one.
    #[inline(always)]
    pub(crate) fn from_chunk(chunk: &Bytes, data: &str, event_type: &str, last_event_id: &str) -> Self {
        Self(if data.len() > Self::SHARED_FROM {
            OwnedText::share(chunk, data, event_type, last_event_id)
        } else {
            OwnedText::copy(data, event_type, last_event_id)
        })
    }

    /// Keeps an event. The empty event type is the default one.
    pub(crate) fn new(text: OwnedText) -> Self {
        Self(text)
    }

    /// The event as one that is borrowed.
    #[inline]
    pub fn as_event(&self) -> Event<'_> {
        let [data, event_type, last_event_id] = self.0.parts();
        let event_type = if event_type.is_empty() { DEFAULT_EVENT_TYPE } else { event_type };
        Event { event_type, data, last_event_id }
    }

    /// The event type: `message` if the stream gave none.
    #[inline]
    pub fn event_type(&self) -> &str {
        self.as_event().event_type
    }

    /// The data, its lines joined with LF. It may be empty.
    #[inline]
    pub fn data(&self) -> &str {
        self.0.data()
    }

    /// The last event ID of the stream when the event was dispatched: that of the event if it had one, else that of the event
    /// before it. Empty if there is none.
    #[inline]
    pub fn last_event_id(&self) -> &str {
        self.as_event().last_event_id
    }

    /// The data as a string.
    ///
    /// # Copies
    ///
    /// Nothing, unless the data is shared with its chunk.
    pub fn into_data(self) -> String {
        self.0.into_data()
    }

    /// The data as shared bytes, which are UTF-8. Copies nothing.
    pub fn into_data_bytes(self) -> Bytes {
        self.0.into_data_bytes()
    }

    /// The event with text of its own, so that it keeps no chunk alive. Copies data that is shared.
    #[must_use]
    pub fn detach(self) -> Self {
        if !self.0.is_shared() {
            return self;
        }
        let [data, event_type, last_event_id] = self.0.parts();
        Self(OwnedText::copy(data, event_type, last_event_id))
    }
}

/// Equal if type, data and last event ID are.
impl PartialEq for OwnedEvent {
    fn eq(&self, other: &Self) -> bool {
        self.as_event() == other.as_event()
    }
}

impl Eq for OwnedEvent {}

impl hash::Hash for OwnedEvent {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.as_event().hash(state);
    }
}

impl fmt::Debug for OwnedEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.as_event(), f)
    }
}
