//! A decoder and what JavaScript was told of it.

use std::ops::Range;

use tidings_codec::{Decoder, DecoderOptions, Event, EventId, InvalidName, Item};

use crate::{
    outline::{Note, Outline},
    table::{Kind, Memory, Table},
    text::same,
};

// The result of a call has the length of the table in its low 16 bits, and these.
/// The chunk ended with an event, and nothing is unfinished.
pub(crate) const CLEAN: u32 = 1 << 16;
/// Call again, with the offset that stands in the header.
pub(crate) const MORE: u32 = 1 << 17;
/// An event is too large, at the position in the header.
pub(crate) const FAILED: u32 = 1 << 18;
/// Nothing was decoded: the memory of the chunk is shared.
pub(crate) const SHARED: u32 = 1 << 19;
/// The stream that was ended was cut.
pub(crate) const CUT: u32 = 1 << 20;
/// No text needed UTF-16.
pub(crate) const NARROW: u32 = 1 << 21;

/// How many types JavaScript keeps strings of: index 0 is the default type, this one the type that is not kept.
const NOT_KEPT: usize = 32;
/// The longest type that is kept, in bytes.
const LONGEST_KEPT: usize = 64;
/// The bit of a note's tag that says it comes before the item written last, and not after it.
const BEFORE: u32 = 1;
/// With notes a call decodes no more, in bytes, or one line, so that all there is to say has room in the table: at most a
/// record for each two bytes, each with a window of its own.
const OUTLINED: usize = 2048;
/// The bits of an event's tag that say it has an ID of its own, and a type, which may be the default one.
const HAS_ID: u32 = 1 << 8;
const HAS_TYPE: u32 = 1 << 9;

/// A decoder, and what JavaScript knows of it.
pub(crate) struct State {
    decoder: Decoder,
    outline: Option<Outline>,
    /// Whether more is said of lines than which fields the block of an event has.
    notes: bool,
    told: LastEventId,
    types: Types,
}

/// The last event ID that was told.
#[derive(Default)]
struct LastEventId {
    text: String,
    /// Where in the chunk that is being decoded it stands, if it does, since then nothing is copied; otherwise empty.
    in_chunk: Range<usize>,
}

/// The event types that JavaScript has strings of.
pub(crate) struct Types {
    known: Vec<Box<str>>,
    /// That of the event before.
    last: usize,
    /// Which one makes room for the next new one.
    next: usize,
}

impl State {
    pub(crate) fn new(
        options: DecoderOptions,
        last_event_id: String,
        outline: bool,
        notes: bool,
    ) -> Result<Self, InvalidName> {
        let options = options.last_event_id(EventId::new(&last_event_id)?);
        let outline = outline.then(Outline::default);
        let told = LastEventId { text: last_event_id, ..LastEventId::default() };
        Ok(Self { decoder: Decoder::with_options(options), outline, notes, told, types: Types::default() })
    }

    /// Ends the stream: [`CUT`] if something was unfinished.
    pub(crate) fn reset(&mut self) -> u32 {
        if let Some(outline) = &mut self.outline {
            *outline = Outline::default();
        }
        if self.decoder.finish() { CUT } else { 0 }
    }

    /// Whether the outline knows that a line is unfinished.
    pub(crate) fn is_in_line(&self) -> bool {
        self.outline.as_ref().is_some_and(Outline::is_in_line)
    }

    /// Decodes what stands in the chunk from `offset` on, until it is used up or the table is full.
    pub(crate) fn feed<'a>(&mut self, chunk: &'a [u8], offset: usize, memory: Memory<'a>) -> u32 {
        let rest = chunk.len() - offset;
        let mut table = Table::new(memory, chunk, if self.notes { rest.min(OUTLINED) } else { rest });
        let mut flags = self.decode(chunk, offset, &mut table);
        let last_event_id = self.decoder.last_event_id();
        if !self.told.is(last_event_id, chunk) {
            table.text(Kind::LastEventId, 0, last_event_id);
        }
        self.told.copy(last_event_id);
        if table.is_narrow() {
            flags |= NARROW;
        }
        table.tell_items();
        table.finish() as u32 | flags
    }

    #[inline(always)]
    fn decode(&mut self, chunk: &[u8], offset: usize, table: &mut Table<'_>) -> u32 {
        let Self { decoder, outline, notes, told, types } = self;
        let until = if *notes { offset + some_lines(&chunk[offset..]) } else { chunk.len() };
        let mut items = decoder.feed(&chunk[offset..until]);
        // The last item was an event.
        let mut clean = false;
        let mut from = offset;
        let failed = loop {
            if table.is_full() {
                table.header(from as u64);
                return MORE;
            }
            match items.next() {
                Ok(None) => break None,
                Err(error) => break Some(error),
                Ok(Some(item)) => {
                    clean = matches!(item, Item::Event(_));
                    match item {
                        Item::Event(event) => write_event(event, told, types, chunk, table),
                        Item::ReconnectionTime(time) => table.time(time),
                        Item::Comment(text) => table.text(Kind::Comment, 0, text),
                        _ => {}
                    }
                }
            }
            let end = until - items.remaining().len();
            if let Some(outline) = outline {
                follow_item(outline, *notes, &chunk[from..end], clean, table);
            }
            from = end;
        };
        if let Some(outline) = outline {
            let end = if failed.is_some() { until - items.remaining().len() } else { until };
            follow(outline, *notes, &chunk[from..end], 0, table);
        }
        if let Some(error) = failed {
            table.header(error.position());
            return FAILED;
        }
        if until < chunk.len() {
            table.header(until as u64);
            return MORE;
        }
        // An event that ends the chunk leaves nothing behind, unless an LF may still belong to its last line end.
        if clean && from == chunk.len() && chunk.last() == Some(&b'\n') { CLEAN } else { 0 }
    }
}

impl LastEventId {
    #[inline(always)]
    fn is(&self, id: &str, chunk: &[u8]) -> bool {
        let told = if self.in_chunk.is_empty() { self.text.as_bytes() } else { &chunk[self.in_chunk.clone()] };
        same(told, id.as_bytes())
    }

    fn copy(&mut self, id: &str) {
        id.clone_into(&mut self.text);
        self.in_chunk = 0..0;
    }
}

/// How many bytes are decoded in one call with notes: whole lines, since of lines that are cut less is said.
fn some_lines(bytes: &[u8]) -> usize {
    if bytes.len() <= OUTLINED {
        return bytes.len();
    }
    let (some, more) = bytes.split_at(OUTLINED);
    match memchr::memrchr2(b'\n', b'\r', some) {
        Some(end) => end + 1,
        None => memchr::memchr2(b'\n', b'\r', more).map_or(bytes.len(), |end| OUTLINED + end + 1),
    }
}

/// Writes what there is to say of the lines that an item, which was written last, ends.
fn follow_item(outline: &mut Outline, notes: bool, lines: &[u8], is_event: bool, table: &mut Table<'_>) {
    if !is_event {
        return follow(outline, notes, lines, BEFORE, table);
    }
    let item = table.last();
    let block = if notes {
        outline.follow(lines, &mut |note| write_note(note, BEFORE, table))
    } else {
        outline.follow(lines, &mut |_| {})
    };
    if block.id().is_some() {
        table.add_tag(item, HAS_ID);
    }
    if block.has_type {
        table.add_tag(item, HAS_TYPE);
    }
}

/// Writes what there is to say of lines whose blocks have no event.
fn follow(outline: &mut Outline, notes: bool, lines: &[u8], tag: u32, table: &mut Table<'_>) {
    if !notes {
        outline.follow(lines, &mut |_| {});
        return;
    }
    let block = outline.follow(lines, &mut |note| write_note(note, tag, table));
    if let Some(id) = block.id() {
        write_note(Note::Id(id.into()), tag, table);
    }
}

#[inline(always)]
fn write_event(event: Event<'_>, told: &mut LastEventId, types: &mut Types, chunk: &[u8], table: &mut Table<'_>) {
    let id = event.last_event_id;
    match table.offset(id) {
        // A line of this event has set it, perhaps to what it was: to tell it again is less than to find out.
        Some(start) if !id.is_empty() => {
            table.text(Kind::LastEventId, 0, id);
            told.in_chunk = start..start + id.len();
        }
        _ if told.is(id, chunk) => {}
        _ => {
            table.text(Kind::LastEventId, 0, id);
            told.copy(id);
        }
    }
    let event_type = types.of(event.event_type, table);
    table.text(Kind::Event, event_type, event.data);
}

fn write_note(note: Note<'_>, tag: u32, table: &mut Table<'_>) {
    match note {
        Note::Id(text) => table.text(Kind::Id, tag, &text),
        Note::UnknownField(line) => table.text(Kind::UnknownField, tag, &line),
        Note::InvalidRetry(line) => table.text(Kind::InvalidRetry, tag, &line),
    }
}

impl Default for Types {
    fn default() -> Self {
        // No event has an empty type, so the one that is not kept is always another one.
        let mut known = vec![Box::default(); NOT_KEPT + 1];
        known[0] = "message".into();
        Self { known, last: 0, next: 1 }
    }
}

impl Types {
    /// The index of the type of an event. A new one is told.
    #[inline(always)]
    pub(crate) fn of(&mut self, event_type: &str, table: &mut Table<'_>) -> u32 {
        if !same(event_type.as_bytes(), self.known[self.last].as_bytes()) {
            self.last = self.index(event_type, table);
        }
        self.last as u32
    }

    /// The index of a type other than that of the event before. A new one is told.
    #[inline(never)]
    fn index(&mut self, event_type: &str, table: &mut Table<'_>) -> usize {
        if let Some(index) = self.known.iter().position(|known| **known == *event_type) {
            return index;
        }
        let mut index = NOT_KEPT;
        if event_type.len() <= LONGEST_KEPT {
            index = self.next;
            self.next = if index + 1 == NOT_KEPT { 1 } else { index + 1 };
            self.known[index] = event_type.into();
        }
        table.text(Kind::Type, index as u32, event_type);
        index
    }
}
