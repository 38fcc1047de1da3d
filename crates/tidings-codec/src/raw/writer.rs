//! Writing into room that was made before.

#![allow(unsafe_code)]

use core::mem::MaybeUninit;

use super::kernel::Kernel;

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

    /// Adds bytes that are likely to be few.
    ///
    /// # Panics
    ///
    /// If there is no room for it.
    #[inline(always)]
    pub(crate) fn put_short(&mut self, text: &[u8]) {
        copy_short(text, &mut self.room[self.written..][..text.len()]);
        self.written += text.len();
    }

    /// Adds text as lines of data: what begins a line in place of each line end. Returns what is left of the text, which begins with
    /// the line end that found no room.
    ///
    /// # Panics
    ///
    /// If there is no room for the text as it is and for one byte more.
    #[inline(always)]
    pub(crate) fn put_lines<'t>(&mut self, text: &'t [u8]) -> &'t [u8] {
        let split = Kernel::detect().split(text, &mut self.room[self.written..]);
        self.written += split.written;
        &text[split.read..]
    }

    /// How many bytes are written: from the start of the room on, all of them.
    pub(crate) fn written(self) -> usize {
        self.written
    }
}

/// Copies bytes that are likely to be few: two copies of a fixed length that overlap are a few instructions, one of as many bytes
/// as there are is a call.
///
/// # Panics
///
/// If the room is not of their length.
#[inline(always)]
pub(super) fn copy_short(from: &[u8], to: &mut [MaybeUninit<u8>]) {
    // Asked first, so that bytes that are many after all do not pay for the rest.
    if from.len() > 64 {
        to.write_copy_of_slice(from);
        return;
    }
    match from.len() {
        8..=16 => copy_ends::<8>(from, to),
        17..=32 => copy_ends::<16>(from, to),
        33.. => copy_ends::<32>(from, to),
        4..8 => copy_ends::<4>(from, to),
        _ => {
            to.write_copy_of_slice(from);
        }
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

/// Lets `write` add to `buffer`, at most `length` bytes, and returns what it does.
#[inline(always)]
pub(crate) fn write_into<T>(buffer: &mut impl Buffer, length: usize, write: impl FnOnce(&mut Writer<'_>) -> T) -> T {
    let mut writer = Writer::new(buffer.spare(length));
    let result = write(&mut writer);
    let written = writer.written();
    // SAFETY: the writer has initialized as many.
    unsafe { buffer.add(written) };
    result
}

/// The length of a text as [`Writer::put_lines`] writes it, in bytes.
pub(crate) fn length_of_lines(text: &[u8]) -> usize {
    text.len() + Kernel::detect().growth(text)
}

/// What [`Writer::put_lines`] writes with one of the kernels.
#[cfg(fuzzing)]
pub(crate) fn lines_of_data(kernel: usize, text: &str) -> alloc::vec::Vec<u8> {
    let kernel = Kernel::all().nth(kernel).unwrap_or_else(Kernel::detect);
    let mut lines = alloc::vec::Vec::with_capacity(text.len() + kernel.growth(text.as_bytes()) + 2);
    let written = kernel.split(text.as_bytes(), lines.spare_capacity_mut()).written;
    // SAFETY: as many bytes are written.
    unsafe { lines.set_len(written) };
    lines
}
