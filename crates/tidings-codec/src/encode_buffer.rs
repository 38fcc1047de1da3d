//! What frames are encoded into.

use alloc::vec::Vec;

use crate::raw::Buffer;

/// A buffer that a [`Frame`](crate::Frame) can be encoded into: `Vec<u8>`, or with the feature `bytes` `BytesMut`.
#[allow(private_bounds, reason = "that it cannot be implemented elsewhere is intended")]
pub trait EncodeBuffer: Buffer {}

impl EncodeBuffer for Vec<u8> {}

#[cfg(feature = "bytes")]
impl EncodeBuffer for bytes::BytesMut {}
