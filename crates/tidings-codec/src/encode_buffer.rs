//! What frames are encoded into.

use alloc::vec::Vec;

/// A buffer that a [`Frame`](crate::Frame) can be encoded into: `Vec<u8>`, or with the feature `bytes` `BytesMut`.
pub trait EncodeBuffer: sealed::Sealed {
    /// Makes room for `additional` bytes.
    fn reserve(&mut self, additional: usize);

    /// Adds bytes at the end.
    fn put(&mut self, bytes: &[u8]);

    /// How many bytes there are.
    fn end(&self) -> usize;

    /// The bytes from an earlier [`end`](Self::end) on.
    fn from(&mut self, end: usize) -> &mut [u8];

    /// Takes back what was added since an earlier [`end`](Self::end).
    fn truncate(&mut self, end: usize);
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! encode_buffer {
    ($buffer:ty) => {
        impl sealed::Sealed for $buffer {}

        impl EncodeBuffer for $buffer {
            #[inline]
            fn reserve(&mut self, additional: usize) {
                <$buffer>::reserve(self, additional);
            }

            #[inline(always)]
            fn put(&mut self, bytes: &[u8]) {
                self.extend_from_slice(bytes);
            }

            fn end(&self) -> usize {
                self.len()
            }

            fn from(&mut self, end: usize) -> &mut [u8] {
                &mut self[end..]
            }

            fn truncate(&mut self, end: usize) {
                <$buffer>::truncate(self, end);
            }
        }
    };
}

encode_buffer!(Vec<u8>);
#[cfg(feature = "bytes")]
encode_buffer!(bytes::BytesMut);
