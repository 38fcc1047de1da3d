//! All `unsafe` of the crate, behind types that cannot be misused from outside.
//!
//! Two facts are established here and nowhere else, and each type carries the one it stands for:
//!
//! - [`kernel`] finds line ends and tells whether bytes between them are ASCII, and where they are not, many lines are checked
//!   together to be UTF-8; a [`Slice`] remembers the answer, and only [`Lines`] makes one that claims anything.
//! - [`TextBuf`] and `OwnedText` hold bytes that were checked to be UTF-8 when they went in, so that they come out as
//!   `str` without another look.

mod kernel;
mod lines;
#[cfg(feature = "bytes")]
mod owned_text;
mod slice;
mod text_buf;
mod writer;

#[cfg(test)]
mod tests;

#[cfg(feature = "bytes")]
pub(crate) use lines::BytesLines;
pub(crate) use lines::{Cursor, Line, LineEnds, Lines};
#[cfg(feature = "bytes")]
pub(crate) use owned_text::OwnedText;
pub(crate) use slice::Slice;
pub(crate) use text_buf::TextBuf;
#[cfg(fuzzing)]
pub(crate) use writer::lines_of_data;
pub(crate) use writer::{Buffer, Writer, length_of_lines, write_into};
