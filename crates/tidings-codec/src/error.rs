//! What can go wrong while decoding: one thing.

use core::fmt;

/// An event is larger than the decoder may buffer.
///
/// It is the only error of decoding: every sequence of bytes is a valid event stream, and what has no meaning is ignored.
/// The decoder then refuses input until it is [reset](crate::Decoder::reset). Where the error stands in the sequence of
/// items, and its position, do not depend on how the stream was cut into chunks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DecodeError {
    /// The values of one event exceed `max_event_bytes`.
    EventTooLarge {
        /// The offset in the event stream of the first byte that found no room, in bytes, counted from the stream's start.
        position: u64,
        /// The limit that was exceeded, in bytes.
        max_event_bytes: usize,
    },
}

impl DecodeError {
    /// The offset in the event stream at which decoding stopped, in bytes.
    pub fn position(&self) -> u64 {
        match self {
            Self::EventTooLarge { position, .. } => *position,
        }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EventTooLarge { position, max_event_bytes } => {
                write!(f, "event exceeds the limit of {max_event_bytes} bytes at byte {position} of the event stream")
            }
        }
    }
}

impl core::error::Error for DecodeError {}
