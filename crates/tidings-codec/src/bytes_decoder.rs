//! The owned surface.

use alloc::{collections::VecDeque, string::String};
use core::{fmt, time::Duration};

use bytes::Bytes;

use crate::{
    DecodeError, DecoderOptions, EventId, OwnedEvent,
    parser::{Outlook, Parser, Piece, Step},
    raw::BytesLines,
};

/// Decodes an event stream, chunk by chunk, into items that can be kept and sent elsewhere.
///
/// Hand it a chunk with [`push`](Self::push) and take the items from the decoder, which is an iterator. It ends when the
/// decoder needs the next chunk, and goes on when there is one.
///
/// [`Decoder`](crate::Decoder) is the same decoder without the cost of owning: for whoever is done with one item before the
/// next.
///
/// # Examples
///
/// ```
/// use tidings_codec::{BytesDecoder, OwnedItem};
///
/// let mut decoder = BytesDecoder::new();
/// let mut seen = Vec::new();
/// for chunk in ["id: 1\ndata: he", "llo\n\ndata: world\n\n"] {
///     decoder.push(chunk.into());
///     for item in &mut decoder {
///         if let OwnedItem::Event(event) = item? {
///             seen.push(event);
///         }
///     }
/// }
/// assert_eq!(seen[0].data(), "hello");
/// assert_eq!(seen[1].data(), "world");
/// assert_eq!(seen[1].last_event_id(), "1");
/// # Ok::<(), tidings_codec::DecodeError>(())
/// ```
///
/// # Copies
///
/// The text of each event, once, into one allocation of its own; see [`OwnedEvent`] for when large data is not copied.
#[derive(Clone)]
pub struct BytesDecoder {
    parser: Parser,
    lines: BytesLines,
    /// Chunks pushed before the ones before them were used up.
    waiting: VecDeque<Bytes>,
    /// The error was returned for what was pushed so far.
    refused: bool,
}

impl BytesDecoder {
    /// Creates a decoder for one event stream with the default options.
    pub fn new() -> Self {
        Self::with_options(DecoderOptions::new())
    }

    /// Creates a decoder for one event stream.
    pub fn with_options(options: DecoderOptions) -> Self {
        Self { parser: Parser::new(options), lines: BytesLines::new(), waiting: VecDeque::new(), refused: false }
    }

    /// Hands over the next chunk of the stream: its items are then taken from the decoder as from an iterator.
    ///
    /// A chunk may have any length; an empty one is no end of the stream (that is [`finish`](Self::finish)). Chunks that are
    /// pushed before the one before them is used up wait their turn.
    #[inline]
    pub fn push(&mut self, chunk: Bytes) {
        self.refused = false;
        if self.lines.is_used_up() {
            if self.parser.keep_short_chunk(&chunk) {
                self.lines.pass(chunk.len());
                return;
            }
            self.begin(chunk);
        } else {
            self.waiting.push_back(chunk);
        }
    }

    #[inline]
    fn begin(&mut self, chunk: Bytes) {
        let skip = self.parser.begin(&chunk);
        self.lines.set(chunk, skip);
    }

    /// The last event ID: what a client sends as `Last-Event-ID` when it reestablishes the connection. Empty if there is none.
    pub fn last_event_id(&self) -> &str {
        self.parser.last_event_id()
    }

    /// Sets the last event ID, as if the stream had set it.
    pub fn set_last_event_id(&mut self, id: EventId<'_>) {
        self.parser.set_last_event_id(id.as_str());
    }

    /// The reconnection time that the stream set last, or `None` if it has set none.
    pub fn reconnection_time(&self) -> Option<Duration> {
        self.parser.reconnection_time
    }

    /// The offset in the event stream of the first byte that is not used up yet, in bytes.
    pub fn position(&self) -> u64 {
        self.lines.position()
    }

    /// Ends the event stream, and with it whatever is unfinished: an event that no empty line has dispatched is dropped (HTML
    /// 9.2.6). Returns whether there was any, that is, whether the stream was cut.
    ///
    /// The decoder is then ready for the stream of the next connection, as after [`reset`](Self::reset).
    pub fn finish(&mut self) -> bool {
        self.waiting.clear();
        self.refused = false;
        self.lines.reset();
        self.parser.reset()
    }

    /// Makes the decoder ready for the stream of the next connection: it keeps the last event ID and the reconnection time and
    /// drops the rest, chunks that wait and an error too.
    pub fn reset(&mut self) {
        self.finish();
    }
}

impl Iterator for BytesDecoder {
    type Item = Result<OwnedItem, DecodeError>;

    /// The next item, or `None` when the decoder needs another chunk.
    ///
    /// After an error, what was pushed is dropped, and so is all that is pushed before the decoder is
    /// [reset](BytesDecoder::reset): each push then gives the error once more.
    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.lines.is_used_up() {
            return None;
        }
        match self.parser.outlook() {
            Outlook::WholeEvent => self.whole_event(),
            Outlook::Rest => self.rest_or_any(),
            Outlook::Step => self.any(),
        }
    }
}

impl BytesDecoder {
    // Compiled apart for the reason given at the other surface.

    #[inline(never)]
    fn whole_event(&mut self) -> Option<Result<OwnedItem, DecodeError>> {
        let (mut lines, chunk) = self.lines.lines();
        if let Some(whole) = self.parser.whole_event(&mut lines) {
            let last_event_id = whole.id.unwrap_or_else(|| self.parser.last_event_id());
            let event = OwnedEvent::from_chunk(chunk, whole.data, whole.event_type.unwrap_or_default(), last_event_id);
            return Some(Ok(OwnedItem::Event(event)));
        }
        self.rest_or_any()
    }

    #[inline(never)]
    fn rest_or_any(&mut self) -> Option<Result<OwnedItem, DecodeError>> {
        match self.parser.keep_rest_only(&mut self.lines.lines().0) {
            Some(Ok(())) if self.waiting.is_empty() => {
                self.lines.clear();
                None
            }
            Some(Err(error)) => self.refuse(error),
            Some(Ok(())) => self.any(),
            None => match self.parser.finish_event(&mut self.lines.lines().0) {
                Some(parts) => Some(Ok(OwnedItem::Event(self.parser.take_event(parts.event_type)))),
                None => self.any(),
            },
        }
    }

    #[inline(never)]
    fn any(&mut self) -> Option<Result<OwnedItem, DecodeError>> {
        if let Some(error) = self.parser.failed() {
            return self.refuse(error);
        }
        loop {
            let (mut lines, chunk) = self.lines.lines();
            return Some(Ok(match self.parser.step(&mut lines) {
                Ok(Step::Event(parts)) => OwnedItem::Event(match parts.data {
                    Piece::Chunk(data) => {
                        let event_type = self.parser.event_type(parts.event_type);
                        OwnedEvent::from_chunk(chunk, data, event_type, self.parser.last_event_id())
                    }
                    Piece::Buffer => self.parser.take_event(parts.event_type),
                }),
                Ok(Step::ReconnectionTime(time)) => OwnedItem::ReconnectionTime(time),
                Ok(Step::Comment(Piece::Chunk(text))) => OwnedItem::Comment(text.into()),
                Ok(Step::Comment(Piece::Buffer)) => OwnedItem::Comment(self.parser.comment().into()),
                Ok(Step::NeedsInput) => {
                    self.lines.clear();
                    let chunk = self.waiting.pop_front()?;
                    self.begin(chunk);
                    continue;
                }
                Err(error) => return self.refuse(error),
            }));
        }
    }

    #[cold]
    fn refuse(&mut self, error: DecodeError) -> Option<Result<OwnedItem, DecodeError>> {
        self.lines.clear();
        self.waiting.clear();
        (!core::mem::replace(&mut self.refused, true)).then_some(Err(error))
    }
}

impl Default for BytesDecoder {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for BytesDecoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parser.fmt_as("BytesDecoder", f)
    }
}

/// What a decoder finds in an event stream, independent of the decoder and the chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OwnedItem {
    /// An event was dispatched.
    Event(OwnedEvent),
    /// The reconnection time was set. It takes effect at once, also in the middle of an event.
    ReconnectionTime(Duration),
    /// A comment, if [asked for](DecoderOptions::comments): the line without its colon and one space behind it.
    Comment(String),
}
