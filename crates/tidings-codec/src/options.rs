//! What a decoder can be told.

use alloc::{borrow::ToOwned as _, string::String};

use crate::EventId;

/// Options of [`Decoder`](crate::Decoder) and `BytesDecoder`.
///
/// # Examples
///
/// ```
/// use tidings_codec::{Decoder, DecoderOptions};
///
/// let decoder = Decoder::with_options(DecoderOptions::new().max_event_bytes(64 * 1024).comments(true));
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct DecoderOptions {
    pub(crate) max_event_bytes: usize,
    pub(crate) comments: bool,
    pub(crate) last_event_id: String,
}

impl DecoderOptions {
    /// The default of [`max_event_bytes`](Self::max_event_bytes): 16 MiB.
    pub const DEFAULT_MAX_EVENT_BYTES: usize = 16 * 1024 * 1024;

    /// The default options.
    pub fn new() -> Self {
        Self { max_event_bytes: Self::DEFAULT_MAX_EVENT_BYTES, comments: false, last_event_id: String::new() }
    }

    /// How many bytes of one event the decoder may have to hold: the values of its fields as they arrive, with one byte for
    /// each line of data, and of a comment if comments are asked for. What is ignored is not held and not counted. Beyond it,
    /// decoding stops with [`DecodeError::EventTooLarge`](crate::DecodeError::EventTooLarge).
    ///
    /// In bytes; the default is 16 MiB. Set it to what one event of a peer you do not trust may cost you: the decoder's memory is
    /// at most about twice as much, for text that is not UTF-8 up to six times (each such byte becomes a U+FFFD of three).
    pub const fn max_event_bytes(mut self, bytes: usize) -> Self {
        self.max_event_bytes = bytes;
        self
    }

    /// Whether comments are items. By default they are not, and cost next to nothing.
    ///
    /// Set it to see keep-alives, or to hand a stream on as it is.
    pub const fn comments(mut self, comments: bool) -> Self {
        self.comments = comments;
        self
    }

    /// The last event ID to begin with: that of an earlier connection. Empty by default, which is none.
    pub fn last_event_id(mut self, id: EventId<'_>) -> Self {
        id.as_str().clone_into(&mut self.last_event_id);
        self
    }
}

impl Default for DecoderOptions {
    fn default() -> Self {
        Self::new()
    }
}
