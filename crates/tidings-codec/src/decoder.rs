//! The borrowed surface.

use core::{fmt, time::Duration};

use crate::{
    DecodeError, DecoderOptions, EventId,
    parser::{DEFAULT_EVENT_TYPE, Outlook, Parser, Parts, Piece, Step},
    raw::{LineEnds, Lines},
};

/// Decodes an event stream, chunk by chunk, into items that borrow from the chunk.
///
/// It never reads by itself and holds no more than the event in the making. Hand it a chunk with [`feed`](Self::feed) and
/// take the items the chunk completes; how the stream was cut into chunks makes no difference to them.
///
/// [`BytesDecoder`](crate::BytesDecoder) is the same decoder for items that are to be kept or sent elsewhere.
///
/// # Examples
///
/// ```
/// use tidings_codec::{Decoder, Item};
///
/// let mut decoder = Decoder::new();
/// let mut seen = Vec::new();
/// for chunk in ["data: he", "llo\n", "\nevent: end\ndata\n\n"] {
///     let mut items = decoder.feed(chunk.as_bytes());
///     while let Some(item) = items.next()? {
///         if let Item::Event(event) = item {
///             seen.push((event.event_type.to_owned(), event.data.to_owned()));
///         }
///     }
/// }
/// assert_eq!(seen, [("message".into(), "hello".into()), ("end".into(), String::new())]);
/// # Ok::<(), tidings_codec::DecodeError>(())
/// ```
#[derive(Clone)]
pub struct Decoder {
    parser: Parser,
    line_ends: LineEnds,
}

impl Decoder {
    /// Creates a decoder for one event stream with the default options.
    pub fn new() -> Self {
        Self::with_options(DecoderOptions::new())
    }

    /// Creates a decoder for one event stream.
    pub fn with_options(options: DecoderOptions) -> Self {
        Self { parser: Parser::new(options), line_ends: LineEnds::new() }
    }

    #[cfg(fuzzing)]
    pub(crate) fn with_line_ends(options: DecoderOptions, line_ends: LineEnds) -> Self {
        Self { parser: Parser::new(options), line_ends }
    }

    /// Decodes the next chunk of the stream, as far as items are taken from what is returned.
    ///
    /// A chunk may have any length; an empty one is no end of the stream (that is [`finish`](Self::finish)).
    ///
    /// # Copies
    ///
    /// An event whose data is one line that lies whole in the chunk is not copied. Data of several lines, data cut by the
    /// end of a chunk and text that is not UTF-8 is copied into a buffer that is used again; so is each ID.
    #[inline]
    pub fn feed<'d, 'c>(&'d mut self, chunk: &'c [u8]) -> Items<'d, 'c> {
        let lines = if self.parser.keep_short_chunk(chunk) {
            self.line_ends.pass(chunk.len());
            None
        } else {
            let skip = self.parser.begin(chunk);
            Some(self.line_ends.lines(chunk, skip))
        };
        Items { parser: &mut self.parser, lines, refused: false }
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
        self.line_ends.position()
    }

    /// Ends the event stream, and with it whatever is unfinished: an event that no empty line has dispatched is dropped (HTML
    /// 9.2.6). Returns whether there was any, that is, whether the stream was cut.
    ///
    /// The decoder is then ready for the stream of the next connection, as after [`reset`](Self::reset).
    pub fn finish(&mut self) -> bool {
        self.line_ends.reset();
        self.parser.reset()
    }

    /// Makes the decoder ready for the stream of the next connection: it keeps the last event ID and the reconnection time and
    /// drops the rest, an error too.
    pub fn reset(&mut self) {
        self.finish();
    }
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

/// The items that a chunk completes, from [`Decoder::feed`].
///
/// It lends one item at a time, so it is no `Iterator`: use `while let Some(item) = items.next()?`.
///
/// Whoever stops early can feed [`remaining`](Self::remaining) later. A chunk that was dropped instead of used up is missing in
/// the stream.
#[must_use = "items are only decoded when they are taken"]
pub struct Items<'d, 'c> {
    parser: &'d mut Parser,
    /// `None`: [`Decoder::feed`] has used up the chunk, so that nothing had to be written down for lines to be taken from it.
    lines: Option<Lines<'d, 'c>>,
    refused: bool,
}

impl<'c> Items<'_, 'c> {
    /// The next item, or `None` when the chunk is used up and the decoder needs the next one.
    ///
    /// # Errors
    ///
    /// [`DecodeError::EventTooLarge`], once for each chunk, from the event that is too large until the decoder is
    /// [reset](Decoder::reset).
    #[expect(clippy::should_implement_trait, reason = "an iterator cannot lend")]
    #[inline]
    pub fn next(&mut self) -> Result<Option<Item<'_>>, DecodeError> {
        let Some(lines) = &mut self.lines else { return Ok(None) };
        if lines.is_used_up() {
            return Ok(None);
        }
        match self.parser.outlook() {
            Outlook::WholeEvent => whole_event(self.parser, lines, &mut self.refused),
            Outlook::Rest => rest_or_any(self.parser, lines, &mut self.refused),
            Outlook::Step => any(self.parser, lines, &mut self.refused),
        }
    }

    /// The bytes of the chunk behind the item taken last.
    pub fn remaining(&self) -> &'c [u8] {
        self.lines.as_ref().map_or(&[], Lines::remaining)
    }
}

/// What [`Items::next`] returns.
type Next<'i> = Result<Option<Item<'i>>, DecodeError>;

// What most items are and what most chunks without one need is compiled apart from what anything may need, so that it does not
// pay for that.

#[inline(never)]
fn whole_event<'i, 'c: 'i>(parser: &'i mut Parser, lines: &mut Lines<'_, 'c>, refused: &mut bool) -> Next<'i> {
    match parser.whole_event(lines) {
        Some(whole) => Ok(Some(Item::Event(Event {
            event_type: whole.event_type.unwrap_or(DEFAULT_EVENT_TYPE),
            data: whole.data,
            last_event_id: whole.id.unwrap_or_else(|| parser.last_event_id()),
        }))),
        None => rest_or_any(parser, lines, refused),
    }
}

#[inline(never)]
fn rest_or_any<'i, 'c: 'i>(parser: &'i mut Parser, lines: &mut Lines<'_, 'c>, refused: &mut bool) -> Next<'i> {
    match parser.keep_rest_only(lines) {
        Some(Ok(())) => Ok(None),
        Some(Err(error)) => {
            *refused = true;
            Err(error)
        }
        None => match parser.finish_event(lines) {
            Some(parts) => Ok(Some(Item::Event(event(parser, parts)))),
            None => any(parser, lines, refused),
        },
    }
}

#[inline(never)]
fn any<'i, 'c: 'i>(parser: &'i mut Parser, lines: &mut Lines<'_, 'c>, refused: &mut bool) -> Next<'i> {
    if let Some(error) = parser.failed() {
        return if core::mem::replace(refused, true) { Ok(None) } else { Err(error) };
    }
    match parser.step(lines) {
        Ok(Step::Event(parts)) => Ok(Some(Item::Event(event(parser, parts)))),
        Ok(Step::ReconnectionTime(time)) => Ok(Some(Item::ReconnectionTime(time))),
        Ok(Step::Comment(Piece::Chunk(text))) => Ok(Some(Item::Comment(text))),
        Ok(Step::Comment(Piece::Buffer)) => Ok(Some(Item::Comment(parser.comment()))),
        Ok(Step::NeedsInput) => Ok(None),
        Err(error) => {
            *refused = true;
            Err(error)
        }
    }
}

#[inline(always)]
fn event<'i>(parser: &'i Parser, parts: Parts<'i>) -> Event<'i> {
    let event_type = parser.event_type(parts.event_type);
    Event {
        event_type: if event_type.is_empty() { DEFAULT_EVENT_TYPE } else { event_type },
        data: match parts.data {
            Piece::Chunk(text) => text,
            Piece::Buffer => parser.data(),
        },
        last_event_id: parts.id.unwrap_or_else(|| parser.last_event_id()),
    }
}

/// What a decoder finds in an event stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Item<'a> {
    /// An event was dispatched.
    Event(Event<'a>),
    /// The reconnection time was set. It takes effect at once, also in the middle of an event.
    ReconnectionTime(Duration),
    /// A comment, if [asked for](DecoderOptions::comments): the line without its colon and one space behind it.
    Comment(&'a str),
}

/// An event that was dispatched, borrowed from the decoder and the chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Event<'a> {
    /// The event type: `message` if the stream gave none.
    pub event_type: &'a str,
    /// The data, its lines joined with LF. It may be empty.
    pub data: &'a str,
    /// The last event ID of the stream when the event was dispatched: that of the event if it had one, else that of the event
    /// before it. Empty if there is none.
    pub last_event_id: &'a str,
}

impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parser.fmt_as("Decoder", f)
    }
}

impl fmt::Debug for Items<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parser.fmt_as("Items", f)
    }
}
