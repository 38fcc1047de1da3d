//! Frames that get their ID last.

use alloc::vec::Vec;
use core::fmt;

use crate::{EncodedFrame, EventId, Frame};

/// A frame that is encoded but for its ID, from [`Frame::encode_open`].
///
/// It is for logs, which know the ID of an event only at its turn: what takes time is done before, and the turn is short.
///
/// # Examples
///
/// ```
/// use tidings_codec::{EventId, Frame};
///
/// let open = Frame::event("hello").encode_open(8);
/// let frame = open.close(EventId::new("42")?);
/// assert_eq!(&frame[..], b"data: hello\nid: 42\n\n");
/// # Ok::<(), tidings_codec::InvalidName>(())
/// ```
#[must_use = "it is not a frame before it is closed"]
pub struct OpenFrame {
    /// The lines of the frame, without the empty one.
    lines: Vec<u8>,
}

impl OpenFrame {
    /// Encodes all of `frame` but its ID.
    pub(crate) fn new(frame: Frame<'_>, id_bytes: usize) -> Self {
        let mut lines = Vec::with_capacity(frame.encoded_len() + "id: \n".len() + id_bytes);
        frame.encode_into(&mut lines);
        lines.pop();
        Self { lines }
    }

    /// Gives the frame its ID.
    ///
    /// # Copies
    ///
    /// The ID only, if it is not longer than there was room for.
    pub fn close(self, id: EventId<'_>) -> EncodedFrame {
        let mut bytes = self.lines;
        bytes.extend_from_slice(b"id: ");
        bytes.extend_from_slice(id.as_str().as_bytes());
        bytes.extend_from_slice(b"\n\n");
        EncodedFrame::new(bytes.into())
    }
}

impl fmt::Debug for OpenFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OpenFrame(b\"{}\")", self.lines.escape_ascii())
    }
}
