//! An event that belongs to whoever holds it.

use alloc::{boxed::Box, string::String};
use core::{fmt, hash};

use bytes::Bytes;

use crate::{
    Event, EventId, EventType, Frame,
    parser::DEFAULT_EVENT_TYPE,
    raw::{SharedText, Short, concat},
};

/// An event that was dispatched, independent of the decoder and the chunk.
///
/// It is small, so that it moves cheaply, and is made with one allocation, which holds its text. Only data of
/// more than [`SHARED_FROM`](Self::SHARED_FROM) bytes that is one line of one chunk shares the chunk's bytes instead, and keeps
/// the whole chunk alive until the event is dropped or [detached](Self::detach).
#[derive(Clone)]
pub struct OwnedEvent(Repr);

#[derive(Clone)]
enum Repr {
    /// Data, event type and last event ID, one after the other. The default type is not written.
    Own {
        text: String,
        /// Where the event type starts.
        event_type: usize,
        /// Where the last event ID starts.
        last_event_id: usize,
    },
    Shared(Box<Shared>),
}

#[derive(Clone)]
struct Shared {
    data: SharedText,
    event_type: Short,
    last_event_id: Short,
}

impl OwnedEvent {
    /// The length of data beyond which it is shared with its chunk, in bytes: shorter data is copied, which costs less than
    /// to count references to it, and does not keep a chunk alive for a few bytes of it.
    pub const SHARED_FROM: usize = 4096;

    /// Keeps an event whose data lies in `chunk`. The empty event type is the default one.
    #[inline(always)]
    pub(crate) fn from_chunk(chunk: &Bytes, data: &str, event_type: &str, last_event_id: &str) -> Self {
        if data.len() > Self::SHARED_FROM {
            let data = SharedText::slice_of(chunk, data);
            let (event_type, last_event_id) = (event_type.into(), last_event_id.into());
            return Self(Repr::Shared(Box::new(Shared { data, event_type, last_event_id })));
        }
        Self(Repr::Own {
            text: concat([data, event_type, last_event_id]).into(),
            event_type: data.len(),
            last_event_id: data.len() + event_type.len(),
        })
    }

    /// Keeps an event whose data is handed over. The empty event type is the default one.
    #[inline(always)]
    pub(crate) fn from_data(mut text: String, event_type: &str, last_event_id: &str) -> Self {
        let event_type_at = text.len();
        text.push_str(event_type);
        let last_event_id_at = text.len();
        text.push_str(last_event_id);
        Self(Repr::Own { text, event_type: event_type_at, last_event_id: last_event_id_at })
    }

    /// The event as one that is borrowed.
    #[inline]
    pub fn as_event(&self) -> Event<'_> {
        match &self.0 {
            Repr::Own { text, event_type, last_event_id } => {
                let (data, names) = text.split_at(*event_type);
                let (event_type, last_event_id) = names.split_at(last_event_id - event_type);
                Event { event_type: or_default(event_type), data, last_event_id }
            }
            Repr::Shared(shared) => Event {
                event_type: or_default(&shared.event_type),
                data: shared.data.as_str(),
                last_event_id: &shared.last_event_id,
            },
        }
    }

    /// The event type: `message` if the stream gave none.
    #[inline]
    pub fn event_type(&self) -> &str {
        self.as_event().event_type
    }

    /// The data, its lines joined with LF. It may be empty.
    #[inline]
    pub fn data(&self) -> &str {
        self.as_event().data
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
        match self.0 {
            Repr::Own { mut text, event_type, .. } => {
                text.truncate(event_type);
                text
            }
            Repr::Shared(shared) => shared.data.as_str().into(),
        }
    }

    /// The data as shared bytes, which are UTF-8. Copies nothing.
    pub fn into_data_bytes(self) -> Bytes {
        match self.0 {
            Repr::Own { text, event_type, .. } => {
                let mut bytes = Bytes::from(text);
                bytes.truncate(event_type);
                bytes
            }
            Repr::Shared(shared) => shared.data.into_bytes(),
        }
    }

    /// The event with text of its own, so that it keeps no chunk alive. Copies data that is shared.
    #[must_use]
    pub fn detach(self) -> Self {
        match &self.0 {
            Repr::Own { .. } => self,
            Repr::Shared(_) => {
                let event = self.as_event();
                Self::from_data(event.data.into(), event.event_type, event.last_event_id)
            }
        }
    }
}

fn or_default(event_type: &str) -> &str {
    if event_type.is_empty() { DEFAULT_EVENT_TYPE } else { event_type }
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

/// The event as it was dispatched: with its type, its data, and its last event ID as ID, unless that is empty.
impl From<OwnedEvent> for Frame<'_> {
    fn from(event: OwnedEvent) -> Self {
        let Event { event_type, last_event_id, .. } = event.as_event();
        let mut frame = Frame::new();
        if event_type != DEFAULT_EVENT_TYPE {
            frame = frame.event_type(EventType::decoded(event_type.into()));
        }
        if !last_event_id.is_empty() {
            frame = frame.id(EventId::decoded(last_event_id.into()));
        }
        frame.data_bytes(event.into_data_bytes())
    }
}
