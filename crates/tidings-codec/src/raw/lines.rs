//! Splitting a chunk into lines, by the line ends a kernel found (HTML 9.2.5: a line ends at CRLF, LF or CR).

#![allow(unsafe_code)]

use super::{
    Slice,
    kernel::{CAPACITY, Entries, Entry, Kernel},
    slice::Known,
};

/// From so many line ends on, what stands between them is checked together: of fewer it takes no less than a check of each.
const TOGETHER: usize = 8;

/// The line ends of a chunk, as far as they were looked for, and what one chunk must know of the one before it.
#[derive(Clone, Debug)]
pub(crate) struct LineEnds {
    kernel: Kernel,
    entries: Entries,
    /// How many entries there are.
    len: usize,
    /// How many of them are used.
    next: usize,
    /// Where in the chunk the positions of the entries begin.
    base: usize,
    /// How much of the chunk the kernel has seen.
    scanned: usize,
    /// Whether bytes outside ASCII may stand between the last entry and `scanned`.
    nonascii: bool,
    /// Where in the chunk the next line starts: what comes before is used up.
    start: usize,
    /// Where in the stream the chunk starts.
    chunk_position: u64,
    /// The stream's last byte so far is a CR: an LF that follows belongs to it.
    after_cr: bool,
}

impl LineEnds {
    pub(crate) fn new() -> Self {
        Self {
            kernel: Kernel::detect(),
            entries: [Entry::NONE; CAPACITY],
            len: 0,
            next: 0,
            base: 0,
            scanned: 0,
            nonascii: false,
            start: 0,
            chunk_position: 0,
            after_cr: false,
        }
    }

    #[cfg(fuzzing)]
    pub(crate) fn kernels() -> alloc::vec::Vec<&'static str> {
        Kernel::all().map(Kernel::name).collect()
    }

    #[cfg(fuzzing)]
    pub(crate) fn with_kernel(index: usize) -> Self {
        let mut kernels = Kernel::all();
        Self { kernel: kernels.nth(index).unwrap_or_else(Kernel::detect), ..Self::new() }
    }

    #[cfg(fuzzing)]
    pub(crate) fn positions(&mut self, bytes: &[u8]) -> alloc::vec::Vec<usize> {
        let mut positions = alloc::vec::Vec::new();
        self.begin(bytes, 0);
        while self.fill(bytes) {
            positions.extend(self.entries[..self.len].iter().map(|entry| self.base + entry.position()));
        }
        positions
    }

    /// Begins the next chunk of the stream, of which the first `skip` bytes are already used.
    #[inline(always)]
    pub(crate) fn lines<'e, 'c>(&'e mut self, chunk: &'c [u8], skip: usize) -> Lines<'e, 'c> {
        self.begin(chunk, skip);
        Lines { ends: self, chunk }
    }

    /// Lets a chunk of this length pass, of which the bytes are used elsewhere and which has no line end.
    #[inline(always)]
    pub(crate) fn pass(&mut self, length: usize) {
        self.chunk_position += length as u64;
    }

    /// Forgets the stream: the next chunk is the first of another one.
    pub(crate) fn reset(&mut self) {
        self.begin(&[], 0);
        self.after_cr = false;
        self.chunk_position = 0;
    }

    /// How many bytes of the stream are used up.
    pub(crate) fn position(&self) -> u64 {
        self.chunk_position + self.start as u64
    }

    #[inline(always)]
    fn begin(&mut self, chunk: &[u8], skip: usize) {
        self.chunk_position += self.start as u64;
        self.start = skip;
        if self.after_cr && skip < chunk.len() {
            self.after_cr = false;
            self.start += usize::from(chunk[skip] == b'\n');
        }
        (self.len, self.next) = (0, 0);
        (self.scanned, self.nonascii) = (self.start, false);
    }

    /// Looks for more line ends in `chunk`; false if it has no more.
    #[inline(always)]
    fn fill(&mut self, chunk: &[u8]) -> bool {
        while self.scanned < chunk.len() {
            let filled = self.kernel.fill(&chunk[self.scanned..], self.nonascii, &mut self.entries);
            (self.base, self.len, self.next) = (self.scanned, usize::from(filled.len), 0);
            self.scanned += filled.scanned as usize;
            self.nonascii = filled.nonascii;
            if filled.len != 0 {
                let entries = &mut self.entries[..self.len];
                if entries.len() >= TOGETHER && !Entry::all_ascii(&entries[1..]) {
                    check_text(&chunk[self.base..], entries);
                }
                return true;
            }
        }
        false
    }
}

/// Looks whether all lines with these ends are UTF-8: a check of each takes twice as long. Not the first one, which may begin inside a
/// character. If they are not, each is checked when it is used.
#[inline(never)]
fn check_text(bytes: &[u8], entries: &mut [Entry]) {
    let [first, lines @ ..] = entries else { return };
    let Some(last) = lines.last() else { return };
    // Line ends are ASCII, so that each line is UTF-8 if all of it is.
    if simdutf8::basic::from_utf8(&bytes[first.position()..last.position()]).is_ok() {
        lines.iter_mut().for_each(Entry::set_checked);
    }
}

/// The lines of one chunk.
///
/// Invariant: the entries of `ends` were found in `chunk`.
#[derive(Debug)]
pub(crate) struct Lines<'e, 'c> {
    ends: &'e mut LineEnds,
    chunk: &'c [u8],
}

impl<'c> Lines<'_, 'c> {
    /// Takes lines from where they were taken last.
    #[inline(always)]
    pub(crate) fn cursor(&mut self) -> Cursor<'_, 'c> {
        Cursor {
            next: self.ends.next,
            len: self.ends.len,
            base: self.ends.base,
            start: self.ends.start,
            end: self.ends.start,
            ends: self.ends,
            chunk: self.chunk,
        }
    }

    /// Whether no byte is left.
    #[inline(always)]
    pub(crate) fn is_used_up(&self) -> bool {
        self.ends.start == self.chunk.len()
    }

    /// The bytes not used up.
    pub(crate) fn remaining(&self) -> &'c [u8] {
        &self.chunk[self.ends.start..]
    }
}

/// Takes lines from a chunk. Unless it is [put down](Self::put_down), they are not taken.
///
/// It is a copy of what changes from line to line, so that a loop over lines has it in registers; for that no reference to one
/// may go to a function that is not inlined.
pub(crate) struct Cursor<'l, 'c> {
    ends: &'l mut LineEnds,
    chunk: &'c [u8],
    len: usize,
    next: usize,
    base: usize,
    start: usize,
    /// Where the line taken last ended.
    end: usize,
}

/// A line without its end.
#[derive(Clone, Copy)]
pub(crate) struct Line<'c> {
    pub(crate) slice: Slice<'c>,
    /// The first eight bytes from the start of the line, the first one lowest: also those of its end and of what follows, if
    /// it is shorter, and zero behind the end of the chunk.
    pub(crate) head: u64,
}

impl<'c> Cursor<'_, 'c> {
    /// The next line that ends in this chunk.
    #[inline(always)]
    pub(crate) fn next(&mut self) -> Option<Line<'c>> {
        loop {
            if let Some(line) = self.peek() {
                self.take();
                return Some(line);
            }
            if !self.find_more() {
                return None;
            }
        }
    }

    /// Looks at the next line, if its end is among those already found, without taking it.
    #[inline(always)]
    pub(crate) fn peek(&mut self) -> Option<Line<'c>> {
        while self.next < self.len {
            // SAFETY: there are no more than `CAPACITY` entries.
            let entry = unsafe { self.ends.entries.get_unchecked(self.next) };
            let end = self.base + entry.position();
            if end >= self.start {
                self.end = end;
                // SAFETY: the entries are positions in the chunk; and the bytes between this line end and the one before, or its
                // LF, behind which the line starts, were seen to be ASCII or checked.
                return Some(unsafe { self.line(self.start, end, entry.known()) });
            }
            // The LF of a CRLF, or of an empty line that was taken.
            self.next += 1;
        }
        None
    }

    /// Takes the line that was looked at.
    #[inline(always)]
    pub(crate) fn take(&mut self) {
        self.next += 1;
        self.start = self.end + 1;
        // A line that was looked at has an end, so there is a byte before `start`.
        if self.chunk[self.start - 1] == b'\r' && self.chunk.get(self.start) == Some(&b'\n') {
            self.start += 1;
        }
    }

    /// Takes the line that was looked at and an empty one behind it, if there is one; the same kind of line end ends both.
    #[inline(always)]
    pub(crate) fn take_with_empty(&mut self) -> bool {
        let Some(ends) = self.chunk.get(self.end..) else { return false };
        let length = match ends {
            [b'\n', b'\n', ..] => 2,
            [b'\r', b'\n', b'\r', b'\n', ..] => 4,
            _ => return false,
        };
        self.start = self.end + length;
        // Each of these bytes has an entry; those not found yet are passed over when they are.
        self.next = self.len.min(self.next + length);
        true
    }

    /// Looks for more line ends when those found are used; false if the chunk has no more.
    #[inline(always)]
    pub(crate) fn find_more(&mut self) -> bool {
        let found = self.ends.fill(self.chunk);
        if found {
            (self.next, self.len, self.base) = (0, self.ends.len, self.ends.base);
        }
        found
    }

    /// Whether all line ends found are used.
    #[inline(always)]
    pub(crate) fn needs_more(&self) -> bool {
        self.next == self.len
    }

    /// The bytes behind the last line end, and uses them up. To be called when [`next`](Self::next) has found no more lines.
    #[inline(always)]
    pub(crate) fn rest(&mut self) -> Line<'c> {
        debug_assert_eq!(self.ends.scanned, self.chunk.len());
        let (start, end) = (self.start, self.chunk.len());
        (self.start, self.end) = (end, end);
        // SAFETY: the start of a line is in the chunk; and the kernel saw no byte outside ASCII behind the last line end.
        unsafe { self.line(start, end, Known::of(self.ends.nonascii)) }
    }

    /// Where in the stream the line taken last ended.
    #[inline(always)]
    pub(crate) fn end(&self) -> u64 {
        self.ends.chunk_position + self.end as u64
    }

    /// Takes the lines for good.
    #[inline(always)]
    pub(crate) fn put_down(self) {
        self.ends.next = self.next;
        self.ends.start = self.start;
        if self.start == self.chunk.len()
            && let Some(last) = self.chunk.last()
        {
            self.ends.after_cr = *last == b'\r';
        }
    }

    /// # Safety
    /// `start..end` must be in the chunk, and `known` true of it.
    #[inline(always)]
    unsafe fn line(&self, start: usize, end: usize, known: Known) -> Line<'c> {
        debug_assert!(start <= end && end <= self.chunk.len());
        // SAFETY: the caller's first promise.
        let from_start = unsafe { self.chunk.get_unchecked(start..) };
        // SAFETY: the caller's first promise.
        let bytes = unsafe { from_start.get_unchecked(..end - start) };
        // SAFETY: the caller's second promise.
        let slice = unsafe { Slice::new_unchecked(bytes, known) };
        let head = match from_start.first_chunk() {
            Some(head) => u64::from_le_bytes(*head),
            None => short_head(from_start),
        };
        Line { slice, head }
    }
}

#[cold]
#[inline(never)]
fn short_head(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |head, byte| head << 8 | u64::from(*byte))
}

/// A chunk that is owned, together with its line ends, so that the lines can be taken at any time.
#[cfg(feature = "bytes")]
#[derive(Clone, Debug)]
pub(crate) struct BytesLines {
    ends: LineEnds,
    chunk: bytes::Bytes,
}

#[cfg(feature = "bytes")]
impl BytesLines {
    pub(crate) fn new() -> Self {
        Self { ends: LineEnds::new(), chunk: bytes::Bytes::new() }
    }

    /// Begins the next chunk of the stream, of which the first `skip` bytes are already used.
    #[inline(always)]
    pub(crate) fn set(&mut self, chunk: bytes::Bytes, skip: usize) {
        self.ends.begin(&chunk, skip);
        self.chunk = chunk;
    }

    /// The lines not taken yet, and the chunk they lie in.
    #[inline(always)]
    pub(crate) fn lines(&mut self) -> (Lines<'_, '_>, &bytes::Bytes) {
        // The entries are those of the chunk: only `set` and `clear` change it, and `Bytes` are immutable.
        (Lines { ends: &mut self.ends, chunk: &self.chunk }, &self.chunk)
    }

    /// How many bytes of the stream are used up.
    pub(crate) fn position(&self) -> u64 {
        self.ends.position()
    }

    /// Lets a chunk of this length pass: see [`LineEnds::pass`]. There must be no chunk.
    #[inline(always)]
    pub(crate) fn pass(&mut self, length: usize) {
        self.ends.pass(length);
    }

    /// Whether there is no chunk.
    #[inline(always)]
    pub(crate) fn is_used_up(&self) -> bool {
        self.chunk.is_empty()
    }

    /// Lets go of the chunk.
    #[inline(always)]
    pub(crate) fn clear(&mut self) {
        self.chunk = bytes::Bytes::new();
        self.ends.begin(&[], 0);
    }

    /// Lets go of the chunk and forgets the stream.
    pub(crate) fn reset(&mut self) {
        self.chunk = bytes::Bytes::new();
        self.ends.reset();
    }
}
