//! From lines to events: HTML 9.2.6, "interpreting an event stream". Both surfaces of the decoder stand on this.
//!
//! To whoever changes this: an event is put together from *pieces*. While all its lines lie in one chunk, a piece is a `&str`
//! into that chunk and nothing is copied. Pieces never outlive one call of [`Parser::step`]: before it returns anything but the
//! event itself, [`Parser::spill`] copies them into the parser's buffers, and the next call goes on from there. So there is no
//! reference into a chunk to keep valid, and a caller may stop between any two items.
//!
//! A line that a chunk leaves unfinished goes into the buffer its value belongs to as soon as its name is known, so that data
//! is copied once however it was cut.

use core::{fmt, time::Duration};

use crate::{
    DecodeError, DecoderOptions,
    field::{Field, classify, classify_unfinished, data_value, is_data},
    raw::{Cursor, Line, Lines, Slice, TextBuf},
};

/// What a call of [`Parser::step`] found.
pub(crate) enum Step<'c> {
    Event(Parts<'c>),
    ReconnectionTime(Duration),
    Comment(Piece<'c>),
    /// The chunk is used up.
    NeedsInput,
}

/// A dispatched event.
#[derive(Clone, Copy)]
pub(crate) struct Parts<'c> {
    /// None: `message`.
    pub(crate) event_type: Option<Piece<'c>>,
    /// The last event ID, if it was set by a line of this chunk; in any case it is the parser's.
    pub(crate) id: Option<&'c str>,
    pub(crate) data: Piece<'c>,
}

/// An event whose lines all stand in the chunk, with what these say.
pub(crate) struct Whole<'c> {
    pub(crate) event_type: Option<&'c str>,
    /// The last event ID, which is the parser's by now: to read it there at once would wait for the copy.
    pub(crate) id: Option<&'c str>,
    pub(crate) data: &'c str,
}

/// Where text stands.
#[derive(Clone, Copy)]
pub(crate) enum Piece<'c> {
    /// In the chunk.
    Chunk(&'c str),
    /// In the parser's buffer for it.
    Buffer,
}

/// An event in the making.
struct Pending<'c> {
    data: Option<Piece<'c>>,
    event_type: Option<Piece<'c>>,
    id: Option<Piece<'c>>,
}

/// The line that the chunks so far left unfinished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unfinished {
    Nothing,
    /// Too short to tell which field it is.
    Name {
        head: u64,
        length: usize,
    },
    /// A value, of which so many bytes stand in the field's buffer.
    Value {
        field: Field,
        length: usize,
    },
    /// Without meaning: dropped as it comes.
    Ignored,
}

/// What the next item is likely to be made of: which of the ways to it to try first. All lead to the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outlook {
    /// An event of its own: [`Parser::whole_event`].
    WholeEvent,
    /// What came before: [`Parser::keep_rest_only`] and [`Parser::finish_event`].
    Rest,
    /// Another event of several lines of data, as the last one was: [`Parser::step`].
    Step,
}

/// How much of a byte order mark at the start of the stream was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ByteOrderMark {
    Seen(u8),
    Done,
}

/// HTML 9.2.6: the type of an event that names none.
pub(crate) const DEFAULT_EVENT_TYPE: &str = "message";

const BYTE_ORDER_MARK: [u8; 3] = [0xEF, 0xBB, 0xBF];

#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct Parser {
    max_event_bytes: usize,
    comments: bool,

    last_event_id: TextBuf,
    pub(crate) reconnection_time: Option<Duration>,

    data: TextBuf,
    event_type: TextBuf,
    id: TextBuf,
    /// The value of an unfinished line other than data, or the text of a comment.
    line: TextBuf,
    has_event_type: bool,
    has_id: bool,
    /// Bytes counted against `max_event_bytes` since the last empty line.
    used: usize,
    unfinished: Unfinished,
    byte_order_mark: ByteOrderMark,
    /// `data` still holds what was handed out last.
    stale: bool,
    outlook: Outlook,
    failed: Option<DecodeError>,
}

impl Parser {
    pub(crate) fn new(options: DecoderOptions) -> Self {
        Self {
            max_event_bytes: options.max_event_bytes,
            comments: options.comments,
            last_event_id: options.last_event_id.into(),
            reconnection_time: None,
            data: TextBuf::new(),
            event_type: TextBuf::new(),
            id: TextBuf::new(),
            line: TextBuf::new(),
            has_event_type: false,
            has_id: false,
            used: 0,
            unfinished: Unfinished::Nothing,
            byte_order_mark: ByteOrderMark::Seen(0),
            stale: false,
            outlook: Outlook::WholeEvent,
            failed: None,
        }
    }

    #[inline(always)]
    pub(crate) fn last_event_id(&self) -> &str {
        self.last_event_id.as_str()
    }

    pub(crate) fn set_last_event_id(&mut self, id: &str) {
        self.last_event_id.set(id);
    }

    /// Forgets the stream, but not the last event ID and the reconnection time. Tells whether anything unfinished was dropped.
    pub(crate) fn reset(&mut self) -> bool {
        let unfinished = self.is_unfinished();
        self.clear_data();
        self.outlook = Outlook::WholeEvent;
        (self.has_event_type, self.has_id, self.used) = (false, false, 0);
        self.unfinished = Unfinished::Nothing;
        self.byte_order_mark = ByteOrderMark::Seen(0);
        self.failed = None;
        unfinished
    }

    fn is_unfinished(&self) -> bool {
        let has_data = !self.stale && !self.data.is_empty();
        self.unfinished != Unfinished::Nothing || self.has_event_type || self.has_id || has_data
    }

    /// Begins a chunk: how many of its bytes are a byte order mark's.
    #[inline(always)]
    pub(crate) fn begin(&mut self, chunk: &[u8]) -> usize {
        match self.byte_order_mark {
            ByteOrderMark::Done => 0,
            ByteOrderMark::Seen(seen) => self.match_byte_order_mark(seen, chunk),
        }
    }

    #[cold]
    #[inline(never)]
    fn match_byte_order_mark(&mut self, seen: u8, chunk: &[u8]) -> usize {
        let wanted = &BYTE_ORDER_MARK[usize::from(seen)..];
        let matched = wanted.iter().zip(chunk).take_while(|(wanted, byte)| wanted == byte).count();
        if matched == wanted.len() {
            self.byte_order_mark = ByteOrderMark::Done;
            matched
        } else if matched == chunk.len() {
            self.byte_order_mark = ByteOrderMark::Seen(seen + matched as u8);
            matched
        } else {
            // Not a byte order mark. What earlier chunks had of one begins the first line, and no known field begins so.
            self.byte_order_mark = ByteOrderMark::Done;
            if seen > 0 {
                self.unfinished = Unfinished::Ignored;
                self.outlook = Outlook::Rest;
            }
            0
        }
    }

    pub(crate) fn failed(&self) -> Option<DecodeError> {
        self.failed
    }

    /// Keeps a short chunk that only goes on with a line of data; false if it is another one.
    ///
    /// [`keep_rest_only`](Self::keep_rest_only) would do it too, but to see that there is no line end costs less than to list
    /// them.
    #[inline(always)]
    pub(crate) fn keep_short_chunk(&mut self, chunk: &[u8]) -> bool {
        let Unfinished::Value { field: Field::Data, length } = &mut self.unfinished else { return false };
        let Some(slice) = Slice::short_without_line_end(chunk) else { return false };
        let longer = *length + chunk.len();
        if self.used.saturating_add(longer) > self.max_event_bytes {
            return false;
        }
        *length = longer;
        self.data.push_raw(slice);
        true
    }

    #[inline(always)]
    pub(crate) fn outlook(&self) -> Outlook {
        self.outlook
    }

    /// The next event, when nothing is left of what came before, if it is like most: its lines stand in the chunk, whole and
    /// with their ends found; the last one is its only data, and it has no reconnection time. Otherwise nothing is changed,
    /// and [`step`](Self::step) takes it from the same line.
    ///
    /// It does nothing that the other does not, but has all it needs in registers, which makes it twice as fast.
    #[inline(always)]
    pub(crate) fn whole_event<'c>(&mut self, lines: &mut Lines<'_, 'c>) -> Option<Whole<'c>> {
        let mut lines = lines.cursor();
        if lines.needs_more() {
            lines.find_more();
        }
        let (mut event_type, mut id) = (None, None);
        let mut line = lines.peek()?;
        while !is_data(line.head) {
            let (field, value) = classify(line.head, line.slice.bytes().len());
            let value = line.slice.skip(value);
            match field {
                Field::Event if event_type.is_none() && !value.bytes().is_empty() => event_type = Some(value.text()?),
                Field::Id if id.is_none() && !has_nul(value.bytes()) => id = Some(value.text()?),
                _ => return None,
            }
            lines.take();
            line = lines.peek()?;
        }
        if !lines.take_with_empty() {
            return None;
        }
        let data = line.slice.skip(data_value(line.head)).text()?;
        let used = data.len() + event_type.map_or(0, str::len) + id.map_or(0, str::len);
        if used > self.max_event_bytes {
            return None;
        }
        if let Some(id) = id {
            self.last_event_id.set(id);
        }
        lines.put_down();
        Some(Whole { event_type, id, data })
    }

    /// Keeps the rest of a chunk that has no more line ends. `None`: it has some.
    ///
    /// [`step`](Self::step) would do it too, but this is all that a chunk shorter than a line needs.
    #[inline(always)]
    pub(crate) fn keep_rest_only(&mut self, lines: &mut Lines<'_, '_>) -> Option<Result<(), DecodeError>> {
        let mut lines = lines.cursor();
        if self.failed.is_some() || !lines.needs_more() || lines.find_more() {
            return None;
        }
        if self.stale {
            self.clear_data();
        }
        let kept = self.keep_rest(&mut lines);
        lines.put_down();
        self.settle(kept.err());
        Some(kept)
    }

    /// The event that a line of data completes which earlier chunks began, if an empty line follows it at once. Otherwise nothing
    /// is changed.
    ///
    /// [`step`](Self::step) would do it too; this is for events that chunks cut.
    #[inline(always)]
    pub(crate) fn finish_event<'c>(&mut self, lines: &mut Lines<'_, 'c>) -> Option<Parts<'c>> {
        let Unfinished::Value { field: Field::Data, length } = self.unfinished else { return None };
        let mut lines = lines.cursor();
        let line = lines.peek()?;
        if !lines.take_with_empty() || self.check(length + line.slice.bytes().len(), 0).is_err() {
            return None;
        }
        lines.put_down();
        self.data.push_raw(line.slice);
        self.data.seal_line();
        self.unfinished = Unfinished::Nothing;
        let mut pending = self.resume();
        let parts = self.dispatch(&mut pending);
        self.settle(None);
        parts
    }

    /// Reads lines of any kind until they complete something.
    #[inline(always)]
    pub(crate) fn step<'c>(&mut self, lines: &mut Lines<'_, 'c>) -> Result<Step<'c>, DecodeError> {
        if self.stale {
            self.clear_data();
        }
        let mut lines = lines.cursor();
        let step = self.step_from(&mut lines);
        lines.put_down();
        self.settle(step.as_ref().err().copied());
        if let Ok(Step::Event(Parts { data: Piece::Buffer, .. })) = step {
            self.outlook = Outlook::Step;
        }
        step
    }

    /// Notes in what state a step has left the parser.
    #[inline(always)]
    fn settle(&mut self, failed: Option<DecodeError>) {
        if failed.is_some() {
            self.failed = failed;
            // The event is given up, but counts as cut.
            self.data.clear();
            self.unfinished = Unfinished::Ignored;
        }
        let between_events = self.used == 0 && !self.is_unfinished();
        self.outlook = if between_events { Outlook::WholeEvent } else { Outlook::Rest };
    }

    #[inline(always)]
    fn step_from<'c>(&mut self, lines: &mut Cursor<'_, 'c>) -> Result<Step<'c>, DecodeError> {
        if self.unfinished != Unfinished::Nothing
            && let Some(step) = self.finish_line(lines)?
        {
            return Ok(step);
        }
        let mut pending = self.resume();
        while let Some(line) = lines.next() {
            let length = line.slice.bytes().len();
            if length == 0 {
                if let Some(parts) = self.dispatch(&mut pending) {
                    return Ok(Step::Event(parts));
                }
                continue;
            }
            let (field, value) = classify(line.head, length);
            if !self.counts(field) {
                continue;
            }
            let value = line.slice.skip(value);
            let length = value.bytes().len();
            self.check(length, lines.end() - length as u64)?;
            match field {
                Field::Data => {
                    self.used += length + 1;
                    pending.data = Some(match (pending.data, value.text()) {
                        (None, Some(text)) => Piece::Chunk(text),
                        (first, _) => {
                            if let Some(Piece::Chunk(first)) = first {
                                self.data.push_line(first);
                            }
                            self.data.push_value(value);
                            self.more_data(lines);
                            Piece::Buffer
                        }
                    });
                }
                Field::Event => {
                    self.used += length;
                    pending.event_type = (length != 0).then(|| piece(value, &mut self.event_type));
                }
                Field::Id => {
                    self.used += length;
                    // "If the field value does not contain U+0000 NULL": otherwise the ID before it stays.
                    if !has_nul(value.bytes()) {
                        pending.id = Some(piece(value, &mut self.id));
                    }
                }
                Field::Retry => {
                    if let Some(time) = reconnection_time(value.bytes()) {
                        self.reconnection_time = Some(time);
                        self.spill(&pending);
                        return Ok(Step::ReconnectionTime(time));
                    }
                }
                Field::Comment => {
                    self.spill(&pending);
                    return Ok(Step::Comment(piece(value, &mut self.line)));
                }
                Field::Other => {}
            }
        }
        self.spill(&pending);
        self.keep_rest(lines)?;
        Ok(Step::NeedsInput)
    }

    /// Adds the lines of data that come next, as far as their ends are found, they are text and there is room: what the loop
    /// would do too, but with less to look at for each.
    #[inline(always)]
    fn more_data(&mut self, lines: &mut Cursor<'_, '_>) {
        while let Some(line) = lines.peek()
            && is_data(line.head)
            && let Some(text) = line.slice.skip(data_value(line.head)).text()
            && self.used.saturating_add(text.len()) <= self.max_event_bytes
        {
            lines.take();
            self.used += text.len() + 1;
            self.data.push_line(text);
        }
    }

    /// The event as the calls before left it.
    #[inline(always)]
    fn resume<'c>(&self) -> Pending<'c> {
        Pending {
            data: (!self.data.is_empty()).then_some(Piece::Buffer),
            event_type: self.has_event_type.then_some(Piece::Buffer),
            id: self.has_id.then_some(Piece::Buffer),
        }
    }

    /// Moves the pieces of an event that is not complete into the buffers.
    #[inline(always)]
    fn spill(&mut self, pending: &Pending<'_>) {
        if let Some(Piece::Chunk(text)) = pending.data {
            self.data.push_line(text);
        }
        self.has_event_type = spill_into(pending.event_type, &mut self.event_type);
        self.has_id = spill_into(pending.id, &mut self.id);
    }

    /// The empty line: commits the ID and gives the event, if there is one (HTML 9.2.6, "dispatch the event").
    #[inline(always)]
    fn dispatch<'c>(&mut self, pending: &mut Pending<'c>) -> Option<Parts<'c>> {
        self.used = 0;
        let mut id = None;
        match pending.id.take() {
            Some(Piece::Chunk(text)) => {
                self.last_event_id.set(text);
                id = Some(text);
            }
            Some(Piece::Buffer) => self.last_event_id.set(self.id.as_str()),
            None => {}
        }
        self.has_id = false;
        self.has_event_type = false;
        let event_type = pending.event_type.take();
        let data = pending.data.take()?;
        self.stale = matches!(data, Piece::Buffer);
        Some(Parts { event_type, id, data })
    }

    /// Goes on with the line that the chunks before left unfinished. `None`: it has ended, and completes nothing by itself.
    #[inline(always)]
    fn finish_line<'c>(&mut self, lines: &mut Cursor<'_, 'c>) -> Result<Option<Step<'c>>, DecodeError> {
        let Some(line) = lines.next() else {
            self.keep_rest(lines)?;
            return Ok(Some(Step::NeedsInput));
        };
        self.extend_unfinished(line, lines.end())?;
        match core::mem::replace(&mut self.unfinished, Unfinished::Nothing) {
            Unfinished::Value { field: Field::Data, length } => {
                self.used += length + 1;
                self.data.seal_line();
                Ok(None)
            }
            Unfinished::Value { field, length } => Ok(self.finish_value(field, length)),
            // The line ended before a byte came that would have decided: a name without a value, with or without colon.
            Unfinished::Name { head, length } => {
                let (field, _) = classify(head, length);
                if !self.counts(field) {
                    return Ok(None);
                }
                self.check(0, lines.end())?;
                if field == Field::Data {
                    self.used += 1;
                    self.data.seal_line();
                    return Ok(None);
                }
                Ok(self.finish_value(field, 0))
            }
            Unfinished::Ignored | Unfinished::Nothing => Ok(None),
        }
    }

    /// Uses the value of a line that was unfinished, other than data, which stands in the buffer for the line.
    #[cold]
    fn finish_value<'c>(&mut self, field: Field, length: usize) -> Option<Step<'c>> {
        self.line.seal();
        match field {
            Field::Event => {
                self.used += length;
                core::mem::swap(&mut self.event_type, &mut self.line);
                self.has_event_type = length != 0;
            }
            Field::Id => {
                self.used += length;
                if !self.line.as_str().contains('\0') {
                    core::mem::swap(&mut self.id, &mut self.line);
                    self.has_id = true;
                }
            }
            Field::Retry => {
                if let Some(time) = reconnection_time(self.line.as_str().as_bytes()) {
                    self.reconnection_time = Some(time);
                    return Some(Step::ReconnectionTime(time));
                }
            }
            Field::Comment => return Some(Step::Comment(Piece::Buffer)),
            Field::Data | Field::Other => {}
        }
        None
    }

    /// Keeps what stands behind the last line end of a chunk.
    #[inline(always)]
    fn keep_rest(&mut self, lines: &mut Cursor<'_, '_>) -> Result<(), DecodeError> {
        let mut rest = lines.rest();
        let length = rest.slice.bytes().len();
        if length == 0 {
            return Ok(());
        }
        if self.unfinished == Unfinished::Nothing {
            // One byte more than the name with its colon: whether a space is to be dropped is known.
            if length > 5 && is_data(rest.head) {
                rest.slice = rest.slice.skip(data_value(rest.head));
                self.unfinished = Unfinished::Value { field: Field::Data, length: 0 };
            } else {
                self.unfinished = Unfinished::Name { head: 0, length: 0 };
                self.line.clear();
            }
        }
        self.extend_unfinished(rest, lines.end())
    }

    /// Adds bytes to the unfinished line. `end` is their end's offset in the stream.
    #[inline(always)]
    fn extend_unfinished(&mut self, piece: Line<'_>, end: u64) -> Result<(), DecodeError> {
        let mut slice = piece.slice;
        if let Unfinished::Name { head, length } = self.unfinished {
            match self.extend_name(head, length, piece) {
                Some(skip) => slice = slice.skip(skip),
                None => return Ok(()),
            }
        }
        if let Unfinished::Value { field, length } = self.unfinished {
            let added = slice.bytes().len();
            self.check(length + added, end - added as u64 - length as u64)?;
            let buffer = if field == Field::Data { &mut self.data } else { &mut self.line };
            buffer.push_raw(slice);
            self.unfinished = Unfinished::Value { field, length: length + added };
        }
        Ok(())
    }

    /// Adds bytes to an unfinished line of which only part of the name has come. If it is now known which field it is, returns
    /// how many of the bytes come before the value; none that came earlier are part of it.
    #[inline(never)]
    fn extend_name(&mut self, head: u64, length: usize, piece: Line<'_>) -> Option<usize> {
        let added = piece.slice.bytes().len().min(8 - length);
        let added_bytes = if added == 8 { piece.head } else { piece.head & ((1 << (added * 8)) - 1) };
        let (head, joined) = (head | added_bytes << (length * 8), length + added);
        match classify_unfinished(head, joined) {
            Some((field, value)) if self.counts(field) => {
                self.unfinished = Unfinished::Value { field, length: 0 };
                Some(value - length)
            }
            Some(_) => {
                self.unfinished = Unfinished::Ignored;
                Some(0)
            }
            None => {
                self.unfinished = Unfinished::Name { head, length: joined };
                None
            }
        }
    }

    /// Whether a field's value is of interest, and so is held and limited.
    #[inline(always)]
    fn counts(&self, field: Field) -> bool {
        match field {
            Field::Data | Field::Event | Field::Id | Field::Retry => true,
            Field::Comment => self.comments,
            Field::Other => false,
        }
    }

    /// Makes sure that a value of `length` bytes, which starts at offset `start` of the stream, has room in the event.
    #[inline(always)]
    fn check(&self, length: usize, start: u64) -> Result<(), DecodeError> {
        if self.used.saturating_add(length) <= self.max_event_bytes {
            return Ok(());
        }
        let room = self.max_event_bytes.saturating_sub(self.used);
        Err(DecodeError::EventTooLarge { position: start + room as u64, max_event_bytes: self.max_event_bytes })
    }

    /// Empties the buffer of the data that was handed out.
    #[inline(always)]
    fn clear_data(&mut self) {
        self.stale = false;
        self.data.clear();
    }

    /// Text that was handed out as standing in a buffer.
    pub(crate) fn data(&self) -> &str {
        self.data.without_last_lf()
    }

    /// The event type of an event, empty if it is the default one.
    #[inline(always)]
    pub(crate) fn event_type<'p>(&'p self, event_type: Option<Piece<'p>>) -> &'p str {
        match event_type {
            None => "",
            Some(Piece::Chunk(text)) => text,
            Some(Piece::Buffer) => self.event_type.as_str(),
        }
    }

    /// An event whose data stands in the buffer, to keep.
    #[cfg(feature = "bytes")]
    pub(crate) fn take_event(&mut self, event_type: Option<Piece<'_>>) -> crate::OwnedEvent {
        self.stale = false;
        let event_type = match event_type {
            None => "",
            Some(Piece::Chunk(text)) => text,
            Some(Piece::Buffer) => self.event_type.as_str(),
        };
        crate::OwnedEvent::new(self.data.take_data(event_type, self.last_event_id.as_str()))
    }

    pub(crate) fn comment(&self) -> &str {
        self.line.as_str()
    }

    /// What there is to say of a decoder, whose type is called `name`.
    pub(crate) fn fmt_as(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(name)
            .field("last_event_id", &self.last_event_id())
            .field("reconnection_time", &self.reconnection_time)
            .field("failed", &self.failed)
            .finish_non_exhaustive()
    }
}

/// Whether there is a NUL among bytes that are likely to be few.
#[inline(always)]
fn has_nul(bytes: &[u8]) -> bool {
    /// The highest bit of the lowest zero byte is set, and none if there is no such byte.
    fn zeros(word: [u8; 8]) -> u64 {
        let word = u64::from_ne_bytes(word);
        word.wrapping_sub(u64::from_ne_bytes([0x01; 8])) & !word & u64::from_ne_bytes([0x80; 8])
    }
    let (words, rest) = bytes.as_chunks();
    match bytes.last_chunk() {
        // The rest together with some of what comes before it.
        Some(last) => words.iter().fold(zeros(*last), |all, word| all | zeros(*word)) != 0,
        None => rest.contains(&0),
    }
}

/// The text of a value: where it stands, or put into `buffer` if it is not UTF-8 as it is.
#[inline(always)]
fn piece<'c>(value: Slice<'c>, buffer: &mut TextBuf) -> Piece<'c> {
    if let Some(text) = value.text() {
        return Piece::Chunk(text);
    }
    buffer.clear();
    buffer.push_lossy(value.bytes());
    Piece::Buffer
}

/// Copies a piece that stands in the chunk into `buffer`; whether there is one.
#[inline(always)]
fn spill_into(piece: Option<Piece<'_>>, buffer: &mut TextBuf) -> bool {
    if let Some(Piece::Chunk(text)) = piece {
        buffer.clear();
        buffer.push_str(text);
    }
    piece.is_some()
}

/// "If the field value consists of only ASCII digits": milliseconds, as many as fit. An empty value consists of none, and is
/// taken as no time at all.
fn reconnection_time(value: &[u8]) -> Option<Duration> {
    if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let milliseconds =
        value.iter().fold(0_u64, |time, digit| time.saturating_mul(10).saturating_add(u64::from(digit - b'0')));
    Some(Duration::from_millis(milliseconds))
}
