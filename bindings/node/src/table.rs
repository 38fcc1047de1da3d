//! What a call of the decoder found, as numbers.
//!
//! JavaScript makes objects faster than native code does, and a call into native code costs as much as decoding. So one call
//! answers a whole chunk: it writes *records* of 32-bit words into a table, and JavaScript cuts the text they name out of the
//! chunk. Text that is not in the chunk, since chunks cut it or it has several lines, is copied into a scratch buffer; what has
//! no room there becomes a string at once.
//!
//! Short fields are cut out of *windows*: pieces of the chunk, or of what was copied or converted, that become one string each.
//! A window is cheaper than a string for each field, and small, because V8 keeps all of it alive for any part of it.
//!
//! Text that is not ASCII is converted here, because V8 takes several times as long.

use std::{ops::Range, time::Duration};

use crate::text::{is_ascii, same, to_latin1, to_utf16};

/// The words before the first record.
pub(crate) const HEADER: usize = 4;
/// The one that is the result of the call. What is returned is the string that was made, if it is the only one.
pub(crate) const RESULT: usize = 3;
/// The longest record of all, and the records that one item can need before its own.
const ROOM: usize = 24;

/// The bits of a record's first word that are the source.
const SOURCE: u32 = 7 << 4;
const IN_CHUNK: u32 = (Source::Chunk as u32) << 4;
const IN_SCRATCH: u32 = (Source::Scratch as u32) << 4;
const IN_WIDE: u32 = (Source::Wide as u32) << 4;
const IN_TEXTS: u32 = (Source::Texts as u32) << 4;

/// How large a window may be, in bytes or UTF-16 units.
const WINDOW: usize = 1024;
/// What stands between the ID and the data of most events that have one.
const BEFORE_DATA: usize = "\ndata: ".len();
/// At so many places a text is looked for. All of them, in text that repeats itself, would take longer than decoding it.
const CANDIDATES: usize = 16;
/// The longest field that is cut out of a window, likewise. A longer one is a string of its own.
pub(crate) const LONGEST_IN_WINDOW: usize = 512;

/// From so many bytes on all strings of a chunk are made here, and handed over in one call: that costs as much as two calls from
/// JavaScript that make a string each. Of smaller chunks it is the first one only, which is returned and needs no call.
const MANY: usize = 4096;

/// What a record says; the four low bits of its first word.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// An event: the place of its data. Bits 8 to 15 are the index of its type; bits 16 and 17 say
    /// that it has an ID and a type of its own, if that was to be found out.
    Event = 0,
    /// What follows refers to this window: start, end.
    Window = 1,
    /// The last event ID is now the text at a place.
    LastEventId = 2,
    /// The type with the index in bits 8 to 15 is the text at a place.
    Type = 3,
    /// The reconnection time in milliseconds: high and low word.
    Retry = 4,
    /// A comment: the place of its text.
    Comment = 5,
    /// Nothing: the place of a window that was not worth it.
    Skip = 6,
    /// As `Window`, of the UTF-16 buffer.
    WideWindow = 7,
    /// A block with this ID has ended that has no event.
    Id = 8,
    /// A line with an unknown field.
    UnknownField = 9,
    /// A line with a reconnection time that is none.
    InvalidRetry = 10,
}

/// Where text is to be found; bits 4 to 6 of a record's first word. Start and end follow in two words.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// In the last window of the chunk or of the scratch buffer, from its start on.
    Window = 0,
    /// Likewise of the UTF-16 buffer.
    WideWindow = 1,
    /// In the chunk, ASCII.
    Chunk = 2,
    /// In the scratch buffer, Latin-1.
    Scratch = 3,
    /// In the UTF-16 buffer.
    Wide = 4,
    /// It is a string already: its index.
    Texts = 5,
}

/// A place of text, as it is written down.
#[derive(Clone, Copy)]
struct Place {
    source: Source,
    /// Start and end as the two words they become: as numbers of their own they would be stored one by one and loaded together,
    /// and the processor waits for that.
    range: u64,
}

impl Place {
    #[inline(always)]
    fn new(source: Source, start: usize, end: usize) -> Self {
        Self { source, range: start as u64 | (end as u64) << 32 }
    }
}

/// A text that becomes a string at once.
#[derive(Clone, Copy)]
pub(crate) enum Text<'a> {
    Utf8(&'a str),
    Latin1(&'a [u8]),
    Utf16(&'a [u16]),
}

/// Of the chunk, of the scratch buffer or of the UTF-16 buffer, in their units.
struct Window {
    source: Source,
    start: usize,
    end: usize,
    /// Where its record is.
    record: usize,
    fields: usize,
}

/// The memory that JavaScript reads the answers from.
pub(crate) struct Memory<'a> {
    pub(crate) words: &'a mut [u32],
    pub(crate) scratch: &'a mut [u8],
    pub(crate) wide: &'a mut [u16],
    /// Makes a string, and returns its index.
    pub(crate) make_text: &'a mut dyn FnMut(Text<'_>) -> u32,
}

/// Writes the records of one call.
pub(crate) struct Table<'a> {
    memory: Memory<'a>,
    chunk: &'a [u8],
    len: usize,
    scratch_len: usize,
    wide_len: usize,
    window: Option<Window>,
    wide_window: Option<Window>,
    /// Whether all of the chunk is ASCII, and with it all text that is in it: one look at it all takes half as long.
    ascii: bool,
    /// Whether all strings are made here, and not by JavaScript.
    makes: bool,
    /// How many of the records are events or comments.
    items: u32,
}

impl<'a> Table<'a> {
    /// A table for some bytes of the chunk.
    pub(crate) fn new(memory: Memory<'a>, chunk: &'a [u8], bytes: usize) -> Self {
        let makes = bytes >= MANY;
        Self {
            memory,
            chunk,
            len: HEADER,
            scratch_len: 0,
            wide_len: 0,
            window: None,
            wide_window: None,
            ascii: chunk.is_ascii(),
            makes,
            items: 0,
        }
    }

    /// Whether the next item may not find room.
    #[inline(always)]
    pub(crate) fn is_full(&self) -> bool {
        self.len + ROOM > self.memory.words.len()
    }

    /// Whether all text is ASCII so far.
    pub(crate) fn is_narrow(&self) -> bool {
        self.wide_len == 0
    }

    /// Ends the table: how many words it has.
    pub(crate) fn finish(mut self) -> usize {
        self.close_window();
        self.close_wide_window();
        self.make_texts();
        self.len
    }

    /// Makes the strings that JavaScript would have to make, or the first one. Not while there is more to decode: the writes of the
    /// copies miss the cache, and a load that has to wait for writes, as at the end of each text whose UTF-8 is checked, then
    /// waits for all.
    fn make_texts(&mut self) {
        let Memory { words, scratch, wide, make_text, .. } = &mut self.memory;
        for record in words[HEADER..self.len].as_chunks_mut::<3>().0 {
            let range = record[1] as usize..record[2] as usize;
            let text = match record[0] & SOURCE {
                IN_CHUNK if !range.is_empty() => Text::Latin1(&self.chunk[range]),
                IN_SCRATCH => Text::Latin1(&scratch[range]),
                IN_WIDE => Text::Utf16(&wide[range]),
                _ => continue,
            };
            record[0] = record[0] & !SOURCE | IN_TEXTS;
            record[1] = make_text(text);
            if !self.makes {
                return;
            }
        }
    }

    pub(crate) fn words(&mut self, words: [u32; RESULT]) {
        self.memory.words[..RESULT].copy_from_slice(&words);
    }

    pub(crate) fn header(&mut self, value: u64) {
        (self.memory.words[0], self.memory.words[1]) = (value as u32, (value >> 32) as u32);
    }

    /// Says in the header how many items there are.
    pub(crate) fn tell_items(&mut self) {
        self.memory.words[2] = self.items;
    }

    /// Writes a text: `tag` are the bits of the record from the eighth on.
    #[inline(always)]
    pub(crate) fn text(&mut self, kind: Kind, tag: u32, text: &str) {
        let place = self.place(text);
        self.record(kind, tag, place);
    }

    /// As [`text`](Self::text), of a text of which the chunk may have a copy in this range. Where it ends there, if it does.
    #[inline(always)]
    pub(crate) fn copied_text(&mut self, kind: Kind, tag: u32, text: &str, range: Range<usize>) -> Option<usize> {
        let found = match self.offset(text) {
            None => find(&self.chunk[range.clone()], text.as_bytes()).map(|at| range.start + at),
            start => start,
        };
        let place = match found {
            Some(start) if self.ascii || is_ascii(text.as_bytes()) => self.in_chunk(start, text.len()),
            _ => self.place(text),
        };
        self.record(kind, tag, place);
        found.map(|start| start + text.len())
    }

    /// Makes a string, which is no record: its index.
    pub(crate) fn make_text(&mut self, text: &str) -> u32 {
        (self.memory.make_text)(Text::Utf8(text))
    }

    pub(crate) fn time(&mut self, time: Duration) {
        let milliseconds = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let place = Place::new(Source::Window, (milliseconds >> 32) as usize, milliseconds as u32 as usize);
        self.record(Kind::Retry, 0, place);
    }

    /// Where the last record is.
    pub(crate) fn last(&self) -> usize {
        self.len - 3
    }

    pub(crate) fn add_tag(&mut self, record: usize, tag: u32) {
        self.memory.words[record] |= tag << 8;
    }

    /// Where in the chunk a text starts that lies in it.
    #[inline(always)]
    pub(crate) fn offset(&self, text: &str) -> Option<usize> {
        let start = text.as_ptr().addr().checked_sub(self.chunk.as_ptr().addr())?;
        (start + text.len() <= self.chunk.len()).then_some(start)
    }

    #[inline(always)]
    fn place(&mut self, text: &str) -> Place {
        if text.is_empty() {
            return Place::new(Source::Chunk, 0, 0);
        }
        let start = self.offset(text);
        let ascii = self.ascii && start.is_some() || is_ascii(text.as_bytes());
        match start {
            Some(start) if ascii => self.in_chunk(start, text.len()),
            None if ascii => {
                let place = if self.makes { None } else { self.copied(text.as_bytes()) };
                place.unwrap_or_else(|| self.made(Text::Latin1(text.as_bytes())))
            }
            _ => self.converted(text),
        }
    }

    /// A place for ASCII text of the chunk: in the open window, in a new one, or for itself.
    #[inline(always)]
    fn in_chunk(&mut self, start: usize, length: usize) -> Place {
        let end = start + length;
        if length <= LONGEST_IN_WINDOW
            && let Some(window) = &mut self.window
            && window.source == Source::Chunk
            && window.takes(start, end, WINDOW)
        {
            return window.add(Source::Window, start, end);
        }
        self.in_other_window(start, end)
    }

    /// Likewise, if the open window is not one of the chunk that has room for it.
    #[inline(never)]
    fn in_other_window(&mut self, start: usize, end: usize) -> Place {
        let length = end - start;
        if length > LONGEST_IN_WINDOW {
            return Place::new(Source::Chunk, start, end);
        }
        let chunk = self.chunk;
        if self.takes(Source::Scratch, self.scratch_len, length)
            && let Some(place) = self.copied(&chunk[start..end])
        {
            return place;
        }
        self.in_window(Source::Chunk, start, end)
    }

    /// A place for a copy of ASCII text, if there is room. Short text is in a window of the scratch buffer, into which what comes
    /// behind it in the chunk is copied too, so that an event that was cut takes no string of its own.
    #[inline(never)]
    fn copied(&mut self, text: &[u8]) -> Option<Place> {
        let start = self.scratch_len;
        let end = start + text.len();
        self.memory.scratch.get_mut(start..end)?.copy_from_slice(text);
        self.scratch_len = end;
        if text.len() > LONGEST_IN_WINDOW {
            return Some(Place::new(Source::Scratch, start, end));
        }
        Some(self.in_window(Source::Scratch, start, end))
    }

    #[inline(always)]
    fn in_window(&mut self, source: Source, start: usize, end: usize) -> Place {
        if !self.takes(source, start, end - start) {
            self.close_window();
            self.window = Some(self.open_window(source, start));
        }
        let window = self.window.as_mut().expect("it was opened");
        window.add(Source::Window, start, end)
    }

    /// Whether the window that is open is one of this source, and has room for this text.
    #[inline(always)]
    fn takes(&self, source: Source, start: usize, length: usize) -> bool {
        self.window
            .as_ref()
            .is_some_and(|window| window.source == source && window.takes(start, start + length, WINDOW))
    }

    /// A place for text that is not ASCII.
    #[inline(never)]
    fn converted(&mut self, text: &str) -> Place {
        let start = self.wide_len;
        // One unit at most for each byte.
        let Some(room) = self.memory.wide.get_mut(start..start + text.len()) else {
            return self.made(Text::Utf8(text));
        };
        let (length, widest) = to_utf16(text, room);
        if widest <= '\u{ff}' {
            return self.in_scratch(text);
        }
        let end = start + length;
        self.wide_len = end;
        if end - start > LONGEST_IN_WINDOW {
            return Place::new(Source::Wide, start, end);
        }
        if !self.wide_window.as_ref().is_some_and(|window| window.takes(start, end, WINDOW)) {
            self.close_wide_window();
            self.wide_window = Some(self.open_window(Source::Wide, start));
        }
        let window = self.wide_window.as_mut().expect("it was opened");
        window.add(Source::WideWindow, start, end)
    }

    /// A place for text that is Latin-1: V8 then needs half the memory.
    #[inline(never)]
    fn in_scratch(&mut self, text: &str) -> Place {
        let start = self.scratch_len;
        let Some(room) = self.memory.scratch.get_mut(start..start + text.len()) else {
            return self.made(Text::Utf8(text));
        };
        let end = start + to_latin1(text, room);
        self.scratch_len = end;
        Place::new(Source::Scratch, start, end)
    }

    #[inline(never)]
    fn made(&mut self, text: Text<'_>) -> Place {
        Place::new(Source::Texts, (self.memory.make_text)(text) as usize, 0)
    }

    /// Makes room for the record of a window.
    #[inline(always)]
    fn open_window(&mut self, source: Source, start: usize) -> Window {
        let record = self.len;
        self.len += 3;
        Window { source, start, end: start, record, fields: 0 }
    }

    #[inline(always)]
    fn close_window(&mut self) {
        if let Some(window) = self.window.take() {
            window.write(self.memory.words, Kind::Window);
        }
    }

    #[inline(always)]
    fn close_wide_window(&mut self) {
        if let Some(window) = self.wide_window.take() {
            window.write(self.memory.words, Kind::WideWindow);
        }
    }

    #[inline(always)]
    fn record(&mut self, kind: Kind, tag: u32, place: Place) {
        let end_of_record = self.len + 3;
        let words = self.memory.words[self.len..end_of_record].first_chunk_mut().expect("they are three");
        *words = [kind as u32 | (place.source as u32) << 4 | tag << 8, place.range as u32, (place.range >> 32) as u32];
        self.len = end_of_record;
        self.items += u32::from(matches!(kind, Kind::Event | Kind::Comment));
    }
}

impl Window {
    /// Whether a field can be added without making the window longer than `most`.
    #[inline(always)]
    fn takes(&self, start: usize, end: usize, most: usize) -> bool {
        start >= self.start && end - self.start <= most
    }

    #[inline(always)]
    fn add(&mut self, source: Source, start: usize, end: usize) -> Place {
        self.end = self.end.max(end);
        self.fields += 1;
        Place::new(source, start - self.start, end - self.start)
    }

    /// Writes down the window. One of a single field is not worth a string that the field is then cut out of: the field, whose
    /// record is the next one, gets a place for itself.
    #[inline(always)]
    fn write(self, words: &mut [u32], kind: Kind) {
        let (source, start, end) = ((self.source as u32) << 4, self.start as u32, self.end as u32);
        let words: &mut [u32; 6] = words[self.record..self.record + 6].first_chunk_mut().expect("they are six");
        if self.fields == 1 {
            words[0] = Kind::Skip as u32;
            words[3] = words[3] & !SOURCE | source;
            (words[4], words[5]) = (start, end);
        } else {
            (words[0], words[1], words[2]) = (kind as u32 | source, start, end);
        }
    }
}

/// Where `text` stands in `bytes`, which are few. Any place will do: the text is the same.
#[inline(always)]
fn find(bytes: &[u8], text: &[u8]) -> Option<usize> {
    // Most often it is the line before the data.
    let guess = bytes.len().checked_sub(text.len() + BEFORE_DATA);
    if let Some(at) = guess
        && same(&bytes[at..at + text.len()], text)
    {
        return Some(at);
    }
    let first = *text.first()?;
    memchr::memchr_iter(first, bytes).take(CANDIDATES).find(|&at| bytes[at..].starts_with(text))
}
