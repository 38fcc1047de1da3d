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
    /// Bytes of which nothing is known.
    #[inline(always)]
    pub(crate) fn new(bytes: &'c [u8]) -> Self {
        Self { bytes, ascii: false }
    }

    /// # Safety
    /// If `ascii`, every byte must be below 0x80.
    #[inline(always)]
    pub(super) unsafe fn new_unchecked(bytes: &'c [u8], ascii: bool) -> Self {
        debug_assert!(!ascii || bytes.is_ascii());
        Self { bytes, ascii }
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

/// Out of line, since it does not happen, so that it is branched to instead of computed each time.
#[cold]
fn nothing() -> &'static [u8] {
    &[]
}

#[inline(never)]
fn check(bytes: &[u8]) -> Option<&str> {
    simdutf8::basic::from_utf8(bytes).ok()
}
