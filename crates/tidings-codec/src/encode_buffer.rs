//! What frames are encoded into.

use alloc::vec::Vec;

use crate::raw::Spare;

/// A buffer that a [`Frame`](crate::Frame) can be encoded into: `Vec<u8>`, or with the feature `bytes` `BytesMut`.
#[allow(private_bounds, reason = "that it cannot be implemented elsewhere is intended")]
pub trait EncodeBuffer: Spare {
    /// Adds bytes at the end.
    fn put(&mut self, bytes: &[u8]);

    /// How many bytes there are.
    fn end(&self) -> usize;

    /// The bytes from an earlier [`end`](Self::end) on.
    fn from(&mut self, end: usize) -> &mut [u8];

    /// Takes back what was added since an earlier [`end`](Self::end).
    fn truncate(&mut self, end: usize);
}

macro_rules! encode_buffer {
    ($buffer:ty) => {
        impl EncodeBuffer for $buffer {
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
