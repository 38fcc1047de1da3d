//! Writing into room that was made before.

#![allow(unsafe_code)]

use core::mem::MaybeUninit;

/// Writes slices one after the other into the spare capacity of a buffer, without asking for room each time.
pub(crate) struct Writer<'b> {
    /// Invariant: the first `written` bytes are initialized.
    room: &'b mut [MaybeUninit<u8>],
    written: usize,
}

impl<'b> Writer<'b> {
    pub(crate) fn new(room: &'b mut [MaybeUninit<u8>]) -> Self {
        Self { room, written: 0 }
    }

    /// Adds bytes.
    ///
    /// # Panics
    ///
    /// If there is no room for them.
    #[inline(always)]
    pub(crate) fn put(&mut self, bytes: &[u8]) {
        self.room[self.written..][..bytes.len()].write_copy_of_slice(bytes);
        self.written += bytes.len();
    }

    /// Adds text that is likely to be short: two copies of a fixed length that overlap are a few instructions, one of the
    /// text's length is a call.
    ///
    /// # Panics
    ///
    /// If there is no room for it.
    #[inline(always)]
    pub(crate) fn put_short(&mut self, text: &str) {
        let text = text.as_bytes();
        let room = &mut self.room[self.written..][..text.len()];
        match text.len() {
            8..=16 => copy_ends::<8>(text, room),
            4..8 => copy_ends::<4>(text, room),
            _ => {
                room.write_copy_of_slice(text);
            }
        }
        self.written += text.len();
    }

    /// How many bytes are written: from the start of the room on, all of them.
    pub(crate) fn written(self) -> usize {
        self.written
    }
}

/// Copies the first and the last `N` bytes: all of them, if there are at least `N` and at most `2 * N`.
#[inline(always)]
fn copy_ends<const N: usize>(from: &[u8], to: &mut [MaybeUninit<u8>]) {
    if let (Some(first), Some(last)) = (from.first_chunk::<N>(), from.last_chunk::<N>()) {
        to[..N].write_copy_of_slice(first);
        let end = to.len() - N;
        to[end..].write_copy_of_slice(last);
    }
}

/// What encoding does with a buffer.
///
/// It is apart from the public trait, which cannot be implemented elsewhere for it, so that importing that one brings no
/// methods beside the buffer's own (`Vec::from`, `BufMut::put`).
pub trait Buffer {
    /// Adds bytes at the end.
    fn put(&mut self, bytes: &[u8]);

    /// How many bytes there are.
    fn end(&self) -> usize;

    /// The bytes from an earlier [`end`](Self::end) on.
    fn since(&mut self, end: usize) -> &mut [u8];

    /// Takes back what was added since an earlier [`end`](Self::end).
    fn cut_back(&mut self, end: usize);

    /// The spare capacity, which is at least `length` bytes.
    fn spare(&mut self, length: usize) -> &mut [MaybeUninit<u8>];

    /// # Safety
    /// The first `length` bytes of the spare capacity must be initialized.
    unsafe fn add(&mut self, length: usize);
}

macro_rules! buffer {
    ($buffer:ty) => {
        impl Buffer for $buffer {
            #[inline(always)]
            fn put(&mut self, bytes: &[u8]) {
                self.extend_from_slice(bytes);
            }

            fn end(&self) -> usize {
                self.len()
            }

            fn since(&mut self, end: usize) -> &mut [u8] {
                &mut self[end..]
            }

            fn cut_back(&mut self, end: usize) {
                self.truncate(end);
            }

            #[inline]
            fn spare(&mut self, length: usize) -> &mut [MaybeUninit<u8>] {
                self.reserve(length);
                self.spare_capacity_mut()
            }

            #[inline]
            unsafe fn add(&mut self, length: usize) {
                let length = self.len() + length;
                // SAFETY: the caller's promise.
                unsafe { self.set_len(length) };
            }
        }
    };
}

buffer!(alloc::vec::Vec<u8>);
#[cfg(feature = "bytes")]
buffer!(bytes::BytesMut);

/// Lets `write` add to `buffer`, at most `length` bytes.
#[inline(always)]
pub(crate) fn write_into(buffer: &mut impl Buffer, length: usize, write: impl FnOnce(&mut Writer<'_>)) {
    let mut writer = Writer::new(buffer.spare(length));
    write(&mut writer);
    let written = writer.written();
    // SAFETY: the writer has initialized as many.
    unsafe { buffer.add(written) };
}
