//! Frames that get their ID last.

use alloc::vec::Vec;
use core::fmt;

use memchr::memchr;

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
#[derive(Clone, PartialEq, Eq)]
#[must_use = "it is not a frame before it is closed"]
pub struct OpenFrame {
    /// The lines of the frame, without the empty one.
    lines: Vec<u8>,
}

impl OpenFrame {
    /// Encodes all of `frame` but its ID.
    pub(crate) fn new(frame: Frame<'_>, id_bytes: usize) -> Self {
        // Not with `encode_into`, which makes sure of more room than this needs: the hub keeps these by the million.
        let mut lines = frame.encode_exact("id: \n".len() + id_bytes);
        lines.pop();
        Self { lines }
    }

    /// The lines of the frame as they are on the wire, without an ID and without the empty line at the end: what a log writes down.
    ///
    /// [`TryFrom`] reads them again.
    pub fn as_bytes(&self) -> &[u8] {
        &self.lines
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

/// Reads what [`OpenFrame::as_bytes`] gave, which has been in the hands of others since.
impl TryFrom<Vec<u8>> for OpenFrame {
    type Error = InvalidOpenFrame;

    /// # Errors
    ///
    /// If it could be anything but one frame without an ID.
    fn try_from(lines: Vec<u8>) -> Result<Self, InvalidOpenFrame> {
        if simdutf8::basic::from_utf8(&lines).is_err() {
            return Err(InvalidOpenFrame::Utf8);
        }
        if memchr(b'\r', &lines).is_some() || lines.last().is_some_and(|byte| *byte != b'\n') {
            return Err(InvalidOpenFrame::LineEnd);
        }
        let mut rest = &lines[..];
        while let Some(end) = memchr(b'\n', rest) {
            match &rest[..end] {
                [] => return Err(InvalidOpenFrame::EmptyLine),
                [b'i', b'd'] | [b'i', b'd', b':', ..] => return Err(InvalidOpenFrame::Id),
                _ => rest = &rest[end + 1..],
            }
        }
        Ok(Self { lines })
    }
}

/// Bytes are not the lines of one frame without an ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidOpenFrame {
    /// They are not UTF-8.
    Utf8,
    /// They have a CR, or do not end with an LF.
    LineEnd,
    /// They have an empty line, which ends a frame.
    EmptyLine,
    /// They have an ID.
    Id,
}

impl fmt::Display for InvalidOpenFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Utf8 => "a frame that is not UTF-8",
            Self::LineEnd => "a frame with other line ends than LF",
            Self::EmptyLine => "more than one frame",
            Self::Id => "a frame that has an ID already",
        })
    }
}

impl core::error::Error for InvalidOpenFrame {}
