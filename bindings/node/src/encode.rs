//! Frames, as text.

use std::time::Duration;

use napi::{Error, Result, Status};
use napi_derive::napi;
use tidings_codec::{EventId, EventType, Frame, InvalidName};

/// The fields of a frame as JavaScript hands them over. It has checked the types, and that `retry` is a whole number of
/// milliseconds.
#[derive(Default)]
pub(crate) struct Fields {
    pub(crate) event_type: Option<String>,
    pub(crate) id: Option<String>,
    pub(crate) retry: Option<f64>,
    pub(crate) comment: Option<String>,
    pub(crate) data: Option<String>,
}

impl Fields {
    /// The frame of these fields.
    pub(crate) fn frame(&self) -> std::result::Result<Frame<'_>, String> {
        let mut frame = Frame::new();
        if let Some(event_type) = &self.event_type {
            frame = frame.event_type(EventType::new(event_type).map_err(|error| refused("event", error))?);
        }
        if let Some(id) = &self.id {
            frame = frame.id(EventId::new(id).map_err(|error| refused("id", error))?);
        }
        if let Some(retry) = self.retry {
            #[expect(clippy::cast_sign_loss, reason = "it was checked")]
            let retry = retry as u64;
            frame = frame.retry(Duration::from_millis(retry));
        }
        if let Some(comment) = &self.comment {
            frame = frame.comment(comment);
        }
        if let Some(data) = &self.data {
            frame = frame.data(data);
        }
        Ok(frame)
    }
}

/// Encodes a frame.
#[napi]
pub(crate) fn encode(
    event_type: Option<String>,
    id: Option<String>,
    retry: Option<f64>,
    comment: Option<String>,
    data: Option<String>,
) -> Result<String> {
    let fields = Fields { event_type, id, retry, comment, data };
    let frame = fields.frame().map_err(|message| Error::new(Status::InvalidArg, message))?;
    let mut bytes = Vec::with_capacity(frame.encoded_len());
    frame.encode_into(&mut bytes);
    String::from_utf8(bytes).map_err(|error| Error::new(Status::GenericFailure, error.to_string()))
}

fn refused(field: &str, error: InvalidName) -> String {
    format!("{field}: {error}")
}
