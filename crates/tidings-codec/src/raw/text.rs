//! Text that shares its bytes with a chunk.

#![allow(unsafe_code)]

use alloc::boxed::Box;

use bytes::Bytes;

/// Text that is part of reference-counted bytes.
///
/// Invariant: the bytes are UTF-8.
#[derive(Clone)]
pub(crate) struct SharedText(Bytes);

impl SharedText {
    /// Cuts out a part of `chunk`. Copies nothing.
    ///
    /// # Panics
    ///
    /// If `part` does not lie in `chunk`.
    pub(crate) fn slice_of(chunk: &Bytes, part: &str) -> Self {
        Self(chunk.slice_ref(part.as_bytes()))
    }

    pub(crate) fn as_str(&self) -> &str {
        // SAFETY: the invariant.
        unsafe { core::str::from_utf8_unchecked(&self.0) }
    }

    pub(crate) fn into_bytes(self) -> Bytes {
        self.0
    }
}

/// Three texts, one after the other, in one allocation of exactly their length.
// As one step, without a `String` that grows, the parts of the result stay in registers.
#[inline(always)]
pub(crate) fn concat(parts: [&str; 3]) -> Box<str> {
    let [first, second, third] = parts.map(str::as_bytes);
    let mut bytes = Box::new_uninit_slice(first.len() + second.len() + third.len());
    let (first_room, rest) = bytes.split_at_mut(first.len());
    let (second_room, third_room) = rest.split_at_mut(second.len());
    first_room.write_copy_of_slice(first);
    second_room.write_copy_of_slice(second);
    third_room.write_copy_of_slice(third);
    // SAFETY: the three parts cover all of it.
    let bytes = unsafe { bytes.assume_init() };
    // SAFETY: texts in a row are UTF-8.
    unsafe { alloc::str::from_boxed_utf8_unchecked(bytes) }
}
