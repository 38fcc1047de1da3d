//! What a source of events may yield.

use std::{error::Error, fmt};

use tidings_codec::{EncodedFrame, Frame, OwnedEvent};

use crate::Chunk;

/// The cause of a source's failure.
pub type BoxError = Box<dyn Error + Send + Sync + 'static>;

/// What can be an item of the source of an [`EventBody`](crate::EventBody): something that becomes frames.
///
/// It is there for frames, encoded frames, decoded events, and `Result`s of these. A type of your own can have it too, and is then
/// encoded straight into the chunk that is sent:
///
/// ```
/// use tidings_http::{BoxError, Chunk, IntoFrames, EventId, EventType, Frame};
///
/// struct Price { sequence: u64, text: String }
///
/// impl IntoFrames for Price {
///     fn write_to(self, chunk: &mut Chunk) -> Result<(), BoxError> {
///         let id = self.sequence.to_string();
///         let frame = Frame::event(&self.text).event_type(EventType::from_static("price"));
///         chunk.push(frame.id(EventId::new(&id)?));
///         Ok(())
///     }
/// }
/// ```
pub trait IntoFrames {
    /// Adds the frames of this item to the chunk.
    ///
    /// # Errors
    ///
    /// An error ends the response: what was added before is sent, then nothing more, and the error is logged.
    fn write_to(self, chunk: &mut Chunk) -> Result<(), BoxError>;
}

impl IntoFrames for EncodedFrame {
    fn write_to(self, chunk: &mut Chunk) -> Result<(), BoxError> {
        chunk.push_encoded(self);
        Ok(())
    }
}

impl IntoFrames for Frame<'_> {
    fn write_to(self, chunk: &mut Chunk) -> Result<(), BoxError> {
        chunk.push(self);
        Ok(())
    }
}

/// As [`Frame`] has it: with its type, its data, and its last event ID as ID.
impl IntoFrames for OwnedEvent {
    fn write_to(self, chunk: &mut Chunk) -> Result<(), BoxError> {
        chunk.push(Frame::from(&self));
        Ok(())
    }
}

impl<T: IntoFrames, E: Into<BoxError>> IntoFrames for Result<T, E> {
    fn write_to(self, chunk: &mut Chunk) -> Result<(), BoxError> {
        self.map_err(Into::into)?.write_to(chunk)
    }
}

/// An error with the errors that caused it, for one line of a log.
pub(crate) struct Causes<'a>(pub(crate) &'a BoxError);

impl fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(cause) = source {
            write!(f, ": {cause}")?;
            source = cause.source();
        }
        Ok(())
    }
}
