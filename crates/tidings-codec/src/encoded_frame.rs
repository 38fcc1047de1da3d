//! A frame ready for the wire.

use alloc::vec::Vec;
use core::{fmt, ops::Deref};

use bytes::Bytes;

/// A frame that is encoded, or several of them [joined](Self::join), and can be shared: cloning it copies nothing. From
/// [`Frame::encode`](crate::Frame::encode).
///
/// # Examples
///
/// ```
/// use tidings_codec::Frame;
///
/// let frame = Frame::event("hello").encode();
/// assert_eq!(&frame[..], b"data: hello\n\n");
/// let for_another_client = frame.clone();
/// assert_eq!(for_another_client.into_bytes().as_ptr(), frame.as_ptr());
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EncodedFrame(Bytes);

impl EncodedFrame {
    pub(crate) fn new(bytes: Bytes) -> Self {
        Self(bytes)
    }

    /// Joins frames into one piece, to be written at once.
    ///
    /// # Copies
    ///
    /// Each frame once, into one allocation of exactly the length; nothing if it is only one.
    ///
    /// # Examples
    ///
    /// ```
    /// use tidings_codec::{EncodedFrame, Frame};
    ///
    /// let both = EncodedFrame::join(&[Frame::event("1").encode(), Frame::event("2").encode()]);
    /// assert_eq!(&both[..], b"data: 1\n\ndata: 2\n\n");
    /// ```
    pub fn join(frames: &[Self]) -> Self {
        if let [only] = frames {
            return only.clone();
        }
        let mut buffer = Vec::with_capacity(frames.iter().map(|frame| frame.len()).sum());
        for frame in frames {
            buffer.extend_from_slice(frame);
        }
        Self(buffer.into())
    }

    /// The bytes of the frame. Copies nothing.
    pub fn into_bytes(self) -> Bytes {
        self.0
    }
}

impl Deref for EncodedFrame {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl AsRef<[u8]> for EncodedFrame {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl From<EncodedFrame> for Bytes {
    fn from(frame: EncodedFrame) -> Self {
        frame.into_bytes()
    }
}

impl From<crate::Frame<'_>> for EncodedFrame {
    fn from(frame: crate::Frame<'_>) -> Self {
        frame.encode()
    }
}

impl fmt::Debug for EncodedFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EncodedFrame({:?})", self.0)
    }
}
