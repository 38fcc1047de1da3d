//! What `createParser` tells of lines beyond what the standard gives them a meaning for: whether a block has an ID of its own,
//! and which fields are unknown or not as they should be.
//!
//! The codec reports none of that, since to the standard it is nothing. So this follows the lines beside the decoder, between
//! the same two positions; what an event is, it never decides. Only `createParser` pays for it.

use std::{borrow::Cow, mem};

/// What is said of a line or a block.
pub(crate) enum Note<'a> {
    /// A block ended that has this ID.
    Id(Cow<'a, str>),
    /// A line with a field that has no meaning.
    UnknownField(Cow<'a, str>),
    /// A line with a reconnection time that is none.
    InvalidRetry(Cow<'a, str>),
}

/// The line that the bytes so far leave unfinished.
#[derive(Default)]
enum Unfinished {
    #[default]
    Nothing,
    /// It may come to something.
    Kept(Vec<u8>),
    /// Nothing will be said of it.
    Dropped,
}

/// The fields of a block of which more is said than the codec does.
#[derive(Default)]
pub(crate) struct Block {
    has_id: bool,
    id: String,
    /// A type that is not empty. It may be the default one.
    pub(crate) has_type: bool,
}

impl Block {
    /// The ID, if the block has one.
    pub(crate) fn id(&self) -> Option<&str> {
        self.has_id.then_some(&self.id)
    }

    fn clear(&mut self) {
        (self.has_id, self.has_type) = (false, false);
    }
}

/// Follows the lines of a stream.
#[derive(Default)]
pub(crate) struct Outline {
    unfinished: Unfinished,
    after_cr: bool,
    /// The first line is over, and with it a byte order mark.
    begun: bool,
    /// The block in the making.
    block: Block,
    /// The one before it.
    ended: Block,
}

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";
/// Fields of which something may have to be said when their line is complete.
const NAMES: [&[u8]; 4] = [b"data", b"event", b"id", b"retry"];

impl Outline {
    /// Whether a line is unfinished.
    pub(crate) fn is_in_line(&self) -> bool {
        !matches!(self.unfinished, Unfinished::Nothing)
    }

    /// Goes on with these bytes. Returns the last block that ended in them: of that one nothing is noted, since its event may
    /// say it.
    pub(crate) fn follow(&mut self, mut bytes: &[u8], note: &mut impl FnMut(Note<'_>)) -> &Block {
        self.ended.clear();
        loop {
            if self.after_cr && !bytes.is_empty() {
                self.after_cr = false;
                bytes = bytes.strip_prefix(b"\n").unwrap_or(bytes);
            }
            let Some(end) = memchr::memchr2(b'\n', b'\r', bytes) else { break };
            self.after_cr = bytes[end] == b'\r';
            self.end_line(&bytes[..end], note);
            bytes = &bytes[end + 1..];
        }
        if !bytes.is_empty() {
            self.keep(bytes);
        }
        &self.ended
    }

    fn end_line(&mut self, piece: &[u8], note: &mut impl FnMut(Note<'_>)) {
        let first = !mem::replace(&mut self.begun, true);
        let strip = |line| if first { without_mark(line) } else { line };
        match mem::take(&mut self.unfinished) {
            Unfinished::Dropped => {}
            Unfinished::Nothing => self.line(strip(piece), note),
            Unfinished::Kept(mut line) => {
                line.extend_from_slice(piece);
                self.line(strip(&line), note);
            }
        }
    }

    /// A whole line.
    fn line(&mut self, line: &[u8], note: &mut impl FnMut(Note<'_>)) {
        // More comes after the block that has ended.
        if let Some(id) = self.ended.id() {
            note(Note::Id(id.into()));
        }
        self.ended.clear();
        if line.is_empty() {
            mem::swap(&mut self.block, &mut self.ended);
            return;
        }
        let colon = memchr::memchr(b':', line).unwrap_or(line.len());
        let value = line.get(colon + 1..).unwrap_or_default();
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match &line[..colon] {
            b"" | b"data" => {}
            b"event" => self.block.has_type = !value.is_empty(),
            b"id" if value.contains(&0) => {}
            b"id" => {
                self.block.has_id = true;
                self.block.id.clear();
                self.block.id.push_str(&String::from_utf8_lossy(value));
            }
            b"retry" if !value.is_empty() && value.iter().all(u8::is_ascii_digit) => {}
            b"retry" => note(Note::InvalidRetry(String::from_utf8_lossy(line))),
            _ => note(Note::UnknownField(String::from_utf8_lossy(line))),
        }
    }

    /// Keeps what stands behind the last line end, unless it is data, or nothing.
    fn keep(&mut self, bytes: &[u8]) {
        let mut line = match mem::take(&mut self.unfinished) {
            Unfinished::Dropped => Vec::new(),
            Unfinished::Nothing if self.begun && !is_of_interest(bytes) => Vec::new(),
            Unfinished::Nothing => bytes.to_vec(),
            Unfinished::Kept(mut line) => {
                line.extend_from_slice(bytes);
                line
            }
        };
        let text = if self.begun { &line[..] } else { without_mark(&line) };
        let may_be_mark = !self.begun && BYTE_ORDER_MARK.starts_with(&line);
        if !may_be_mark && !is_of_interest(text) {
            line.clear();
        }
        self.unfinished = if line.is_empty() { Unfinished::Dropped } else { Unfinished::Kept(line) };
    }
}

fn without_mark(line: &[u8]) -> &[u8] {
    line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line)
}

/// Whether something may have to be said of a line that begins so: it is one of [`NAMES`] as far as it goes, and not known to be
/// data.
fn is_of_interest(line: &[u8]) -> bool {
    let is_data = line.starts_with(b"data:");
    !is_data
        && NAMES.iter().any(|name| match line.get(name.len()) {
            None => name.starts_with(line),
            Some(next) => *next == b':' && line.starts_with(name),
        })
}
