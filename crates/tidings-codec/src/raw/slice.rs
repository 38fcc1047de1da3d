//! Bytes of a chunk together with what the scan learned of them.

#![allow(unsafe_code)]

/// Bytes of a chunk, and what is known of them.
///
/// Invariant: `known` is true of them.
#[derive(Clone, Copy)]
pub(crate) struct Slice<'c> {
    bytes: &'c [u8],
    known: Known,
}

/// What is known of bytes: two bits, of which [`NONASCII`](Self::NONASCII) is looked at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known(u32);

impl Known {
    /// Some bytes may be outside ASCII; if it is not set, every byte is below 0x80.
    const NONASCII: u32 = 1;
    /// They are the end of something that is UTF-8: all of it, or what is left of it behind any byte.
    const CHECKED: u32 = 2;
    /// How many bits there are.
    pub(super) const BITS: u32 = 2;

    /// Of the lowest bits.
    #[inline(always)]
    pub(super) fn from_bits(bits: u32) -> Self {
        Self(bits & (Self::NONASCII | Self::CHECKED))
    }

    #[inline(always)]
    pub(super) fn bits(self) -> u32 {
        self.0
    }

    #[inline(always)]
    pub(super) fn of(nonascii: bool) -> Self {
        Self(u32::from(nonascii))
    }

    #[inline(always)]
    pub(super) fn is_ascii(self) -> bool {
        self.0 & Self::NONASCII == 0
    }

    #[inline(always)]
    pub(super) fn and_checked(self) -> Self {
        Self(self.0 | Self::CHECKED)
    }

    fn is_checked(self) -> bool {
        self.0 & Self::CHECKED != 0
    }
}

impl<'c> Slice<'c> {
    /// # Safety
    /// `known` must be true of the bytes.
    #[inline(always)]
    pub(super) unsafe fn new_unchecked(bytes: &'c [u8], known: Known) -> Self {
        debug_assert!(!known.is_ascii() || bytes.is_ascii());
        debug_assert!(!known.is_checked() || core::str::from_utf8(bytes).is_ok());
        Self { bytes, known }
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
        (!seen.line_end).then_some(Self { bytes: chunk, known: Known::of(seen.nonascii) })
    }

    #[inline(always)]
    pub(crate) fn bytes(self) -> &'c [u8] {
        self.bytes
    }

    /// Whether they are known to be ASCII.
    #[inline(always)]
    pub(crate) fn is_ascii(self) -> bool {
        self.known.is_ascii()
    }

    /// What is left without the first `count` bytes; empty if there are not so many.
    #[inline(always)]
    pub(crate) fn skip(self, count: usize) -> Self {
        let bytes = match self.bytes.get(count..) {
            Some(bytes) => bytes,
            None => nothing(),
        };
        Self { bytes, known: self.known }
    }

    /// The bytes as text, or `None` if they are not UTF-8 as they are. Copies nothing.
    #[inline(always)]
    pub(crate) fn text(self) -> Option<&'c str> {
        if self.is_ascii() {
            // SAFETY: ASCII is UTF-8.
            Some(unsafe { core::str::from_utf8_unchecked(self.bytes) })
        } else {
            self.other_text()
        }
    }

    #[inline(never)]
    fn other_text(self) -> Option<&'c str> {
        if self.known.is_checked() && !matches!(self.bytes.first(), Some(0x80..0xC0)) {
            // SAFETY: what ends something that is UTF-8, and begins with no byte that goes on with a character, is UTF-8.
            return Some(unsafe { core::str::from_utf8_unchecked(self.bytes) });
        }
        simdutf8::basic::from_utf8(self.bytes).ok()
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
