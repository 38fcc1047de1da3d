//! Short text that costs no allocation.

#![allow(unsafe_code)]

use alloc::sync::Arc;
use core::{fmt, ops::Deref};

/// Text that is stored in place up to 23 bytes, and shared beyond: cloning never allocates.
#[derive(Clone)]
pub(crate) struct Short(Repr);

#[derive(Clone)]
enum Repr {
    Inline(Inline),
    Static(&'static str),
    Shared(Arc<str>),
}

/// Up to 23 bytes in order, zeros, and in the last byte how many they are.
///
/// They are put together in registers and stored as whole words: what is stored byte by byte and copied on at once, as an event
/// is on its way to its owner, waits for the stores, which took longer than all the rest.
///
/// Invariant: the bytes before the zeros are UTF-8.
#[derive(Clone, Copy)]
struct Inline([u64; 3]);

impl Inline {
    const CAPACITY: usize = 23;

    #[inline(always)]
    fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let length = bytes.len();
        debug_assert!(length <= Self::CAPACITY);
        let mut words = match length {
            0 => [0, 0, 0],
            1..8 => [partial_word(bytes), 0, 0],
            8..16 => [word(bytes, 0), tail_word(bytes, 8), 0],
            _ => [word(bytes, 0), word(bytes, 8), tail_word(bytes, 16)],
        };
        words[2] |= (length as u64) << 56;
        Self(words.map(u64::to_le))
    }

    #[inline(always)]
    fn as_str(&self) -> &str {
        // SAFETY: words have no padding, and any bytes are valid ones.
        let bytes: &[u8; 24] = unsafe { &*core::ptr::from_ref(&self.0).cast() };
        // SAFETY: the invariant.
        unsafe { core::str::from_utf8_unchecked(&bytes[..usize::from(bytes[23])]) }
    }
}

/// The eight bytes at `at`, the first one lowest.
#[inline(always)]
fn word(bytes: &[u8], at: usize) -> u64 {
    bytes[at..].first_chunk().map_or(0, |word| u64::from_le_bytes(*word))
}

/// The bytes from `at` on, fewer than eight, of which at least eight come before.
#[inline(always)]
fn tail_word(bytes: &[u8], at: usize) -> u64 {
    let missing = at + 8 - bytes.len();
    bytes.last_chunk().map_or(0, |word| u64::from_le_bytes(*word).checked_shr(missing as u32 * 8).unwrap_or(0))
}

/// All of the bytes, fewer than eight.
#[inline(always)]
fn partial_word(bytes: &[u8]) -> u64 {
    match (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        (Some(first), Some(last)) => {
            u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << ((bytes.len() - 4) * 8)
        }
        _ => bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)),
    }
}

impl Short {
    pub(crate) const fn from_static(text: &'static str) -> Self {
        Self(Repr::Static(text))
    }

    #[inline(always)]
    pub(crate) fn as_str(&self) -> &str {
        match &self.0 {
            Repr::Inline(text) => text.as_str(),
            Repr::Static(text) => text,
            Repr::Shared(text) => text,
        }
    }
}

impl From<&str> for Short {
    #[inline(always)]
    fn from(text: &str) -> Self {
        if text.len() > Inline::CAPACITY {
            Self(Repr::Shared(text.into()))
        } else {
            Self(Repr::Inline(Inline::new(text)))
        }
    }
}

impl Default for Short {
    fn default() -> Self {
        Self::from_static("")
    }
}

impl Deref for Short {
    type Target = str;

    #[inline(always)]
    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Debug for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}
