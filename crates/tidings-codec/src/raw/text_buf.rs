//! A reused buffer of text that arrives in raw pieces.

#![allow(unsafe_code)]

use alloc::{string::String, vec::Vec};

use super::{Slice, writer::copy_short};

/// Text that is put together from pieces of lines.
///
/// Whole text goes in with [`push_str`](Self::push_str). A value that was cut by chunk boundaries goes in piece by piece with
/// [`push_raw`](Self::push_raw), and is made text as a whole by [`seal`](Self::seal), since a boundary may stand inside a code
/// point.
///
/// Invariant: `bytes[..sealed]` is UTF-8, and so is the rest unless `raw_is_nonascii`.
#[derive(Clone, Debug, Default)]
pub(crate) struct TextBuf {
    bytes: Vec<u8>,
    sealed: usize,
    raw_is_nonascii: bool,
    /// What the text handed over last took, and so what the next one may take.
    expected: usize,
}

/// From this length on data is handed over instead of copied, in bytes.
#[cfg(feature = "bytes")]
const HAND_OVER: usize = 1 << 10;

/// A buffer of more than this capacity, in bytes, is given back when a text has used less than a quarter of it.
const KEEP: usize = 64 << 10;

impl TextBuf {
    pub(crate) const fn new() -> Self {
        Self { bytes: Vec::new(), sealed: 0, raw_is_nonascii: false, expected: 0 }
    }

    /// Adds whole text. Nothing raw may be waiting to be sealed.
    #[inline(always)]
    pub(crate) fn push_str(&mut self, text: &str) {
        debug_assert_eq!(self.sealed, self.bytes.len());
        self.push_bytes(text.as_bytes());
        self.sealed = self.bytes.len();
    }

    /// Becomes this text.
    #[inline(always)]
    pub(crate) fn set(&mut self, text: &str) {
        self.clear();
        self.push_str(text);
    }

    /// Adds whole text and an LF.
    #[inline(always)]
    pub(crate) fn push_line(&mut self, text: &str) {
        debug_assert_eq!(self.sealed, self.bytes.len());
        self.make_room(text.len() + 1);
        self.bytes.extend_from_slice(text.as_bytes());
        self.bytes.push(b'\n');
        self.sealed = self.bytes.len();
    }

    /// Adds a whole value as text, and an LF.
    #[inline(always)]
    pub(crate) fn push_value(&mut self, value: Slice<'_>) {
        if let Some(text) = value.text() {
            self.push_line(text);
        } else {
            self.push_lossy(value.bytes());
            self.push_line("");
        }
    }

    /// Adds bytes as text, with U+FFFD for what is not UTF-8 (one for each maximal subpart).
    #[cold]
    pub(crate) fn push_lossy(&mut self, bytes: &[u8]) {
        self.push_str(&String::from_utf8_lossy(bytes));
    }

    /// Adds a piece of a value, as it arrived.
    #[inline(always)]
    pub(crate) fn push_raw(&mut self, piece: Slice<'_>) {
        self.push_bytes(piece.bytes());
        if !piece.is_ascii() {
            self.raw_is_nonascii = true;
        }
    }

    /// Makes text of the pieces added since the last seal, with U+FFFD for what is not UTF-8.
    #[inline(always)]
    pub(crate) fn seal(&mut self) {
        if self.raw_is_nonascii {
            self.make_text();
        }
        self.sealed = self.bytes.len();
    }

    /// [Seals](Self::seal) and adds an LF.
    #[inline(always)]
    pub(crate) fn seal_line(&mut self) {
        self.seal();
        self.push_line("");
    }

    #[inline(always)]
    fn push_bytes(&mut self, bytes: &[u8]) {
        self.make_room(bytes.len());
        copy_short(bytes, &mut self.bytes.spare_capacity_mut()[..bytes.len()]);
        // SAFETY: as many bytes were just written.
        unsafe { self.bytes.set_len(self.bytes.len() + bytes.len()) };
    }

    #[inline(always)]
    fn make_room(&mut self, additional: usize) {
        if additional > self.bytes.capacity() - self.bytes.len() {
            self.grow(additional);
        }
    }

    #[cold]
    fn grow(&mut self, additional: usize) {
        self.bytes.reserve(additional.max(core::mem::take(&mut self.expected)));
    }

    #[cold]
    fn make_text(&mut self) {
        self.raw_is_nonascii = false;
        if simdutf8::basic::from_utf8(&self.bytes[self.sealed..]).is_err() {
            let text = String::from_utf8_lossy(&self.bytes[self.sealed..]).into_owned();
            self.bytes.truncate(self.sealed);
            self.bytes.extend_from_slice(text.as_bytes());
        }
    }

    /// The sealed text.
    #[inline(always)]
    pub(crate) fn as_str(&self) -> &str {
        // SAFETY: the invariant.
        unsafe { core::str::from_utf8_unchecked(&self.bytes[..self.sealed]) }
    }

    /// The sealed text without its last byte, which the caller knows to be the LF that ends every line of data.
    #[inline(always)]
    pub(crate) fn without_last_lf(&self) -> &str {
        let text = self.as_str();
        text.strip_suffix('\n').unwrap_or(text)
    }

    /// Takes the sealed text out, without the LF at its end, as the data of an event. Leaves the buffer empty.
    ///
    /// Large text is handed over as it is; of a little it costs less to copy it and keep the buffer.
    #[cfg(feature = "bytes")]
    pub(crate) fn take_data(&mut self, event_type: &str, last_event_id: &str) -> super::OwnedText {
        let data = self.without_last_lf();
        let length = data.len();
        if length < HAND_OVER || length < self.bytes.capacity() / 2 {
            let text = super::OwnedText::copy(data, event_type, last_event_id);
            self.clear();
            return text;
        }
        let mut data = core::mem::take(&mut self.bytes);
        data.truncate(length);
        self.clear();
        self.expected = length + super::OwnedText::room_for_names(event_type, last_event_id);
        // SAFETY: sealed text, of which at most an ASCII character was cut off.
        unsafe { super::OwnedText::hand_over(data, event_type, last_event_id) }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    #[inline]
    pub(crate) fn clear(&mut self) {
        if self.bytes.capacity() > KEEP && self.bytes.len() < self.bytes.capacity() / 4 {
            self.bytes = Vec::new();
        }
        self.bytes.clear();
        self.sealed = 0;
        self.raw_is_nonascii = false;
    }
}

impl From<String> for TextBuf {
    fn from(text: String) -> Self {
        Self { sealed: text.len(), bytes: text.into_bytes(), ..Self::new() }
    }
}
