//! Bytes of a chunk together with what the scan learned of them.

#![allow(unsafe_code)]

/// Bytes of a chunk, and whether they are known to be ASCII.
///
/// Invariant: `ascii` is set only if every byte is below 0x80.
#[derive(Clone, Copy)]
pub(crate) struct Slice<'c> {
    bytes: &'c [u8],
    ascii: bool,
}

impl<'c> Slice<'c> {
    /// # Safety
    /// If `ascii`, every byte must be below 0x80.
    #[inline(always)]
    pub(super) unsafe fn new_unchecked(bytes: &'c [u8], ascii: bool) -> Self {
        debug_assert!(!ascii || bytes.is_ascii());
        Self { bytes, ascii }
    }

    /// A short chunk, if no line ends in it. Of a longer one nothing is said.
    #[inline(always)]
    pub(crate) fn short_without_line_end(chunk: &'c [u8]) -> Option<Self> {
        let seen = match chunk.len() {
            33..=64 => Seen::in_both_ends::<32>(chunk),
            17..=32 => Seen::in_both_ends::<16>(chunk),
            8..=16 => Seen::in_both_ends::<8>(chunk),
            0..8 => Seen::in_bytes(chunk),
            65..=SHORT => Seen::in_blocks(chunk),
            _ => return None,
        };
        (!seen.line_end).then_some(Self { bytes: chunk, ascii: !seen.nonascii })
    }

    #[inline(always)]
    pub(crate) fn bytes(self) -> &'c [u8] {
        self.bytes
    }

    #[inline(always)]
    pub(crate) fn is_ascii(self) -> bool {
        self.ascii
    }

    /// What is left without the first `count` bytes; empty if there are not so many.
    #[inline(always)]
    pub(crate) fn skip(self, count: usize) -> Self {
        let bytes = match self.bytes.get(count..) {
            Some(bytes) => bytes,
            None => nothing(),
        };
        Self { bytes, ascii: self.ascii }
    }

    /// The bytes as text, or `None` if they are not UTF-8 as they are. Copies nothing.
    #[inline(always)]
    pub(crate) fn text(self) -> Option<&'c str> {
        if self.ascii {
            // SAFETY: ASCII is UTF-8.
            Some(unsafe { core::str::from_utf8_unchecked(self.bytes) })
        } else {
            check(self.bytes)
        }
    }
}

/// Up to here a chunk is a short one, in bytes.
const SHORT: usize = 256;

/// What there is among some bytes.
#[derive(Clone, Copy)]
struct Seen {
    line_end: bool,
    nonascii: bool,
}

impl Seen {
    const NOTHING: Self = Self { line_end: false, nonascii: false };

    /// For an array, the compiler makes a few vector instructions of this.
    #[expect(clippy::needless_bitwise_bool, reason = "a branch for each byte is not wanted")]
    #[inline(always)]
    fn in_bytes(bytes: &[u8]) -> Self {
        let mut seen = Self::NOTHING;
        for byte in bytes {
            seen.line_end |= (*byte == b'\n') | (*byte == b'\r');
            seen.nonascii |= !byte.is_ascii();
        }
        seen
    }

    /// Of bytes that are at least `N` and at most `2 * N`.
    #[inline(always)]
    fn in_both_ends<const N: usize>(bytes: &[u8]) -> Self {
        match (bytes.first_chunk::<N>(), bytes.last_chunk::<N>()) {
            (Some(first), Some(last)) => Self::in_bytes(first).and(Self::in_bytes(last)),
            _ => Self::in_bytes(bytes),
        }
    }

    /// Of bytes that are at least a block.
    fn in_blocks(bytes: &[u8]) -> Self {
        let (blocks, _) = bytes.as_chunks::<64>();
        let last = bytes.last_chunk::<64>();
        blocks.iter().chain(last).map(|block| Self::in_bytes(block)).fold(Self::NOTHING, Self::and)
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        Self { line_end: self.line_end | other.line_end, nonascii: self.nonascii | other.nonascii }
    }
}

/// Out of line, since it does not happen, so that it is branched to instead of computed each time.
#[cold]
fn nothing() -> &'static [u8] {
    &[]
}

#[inline(never)]
fn check(bytes: &[u8]) -> Option<&str> {
    simdutf8::basic::from_utf8(bytes).ok()
}
