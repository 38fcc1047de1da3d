//! Frames, as text.

use std::time::Duration;

use napi::{Error, Result, Status};
use napi_derive::napi;
use tidings_codec::{EventId, EventType, Frame, InvalidName};

/// Encodes a frame. JavaScript has checked the types, and that `retry` is a whole number of milliseconds.
#[napi]
#[allow(clippy::needless_pass_by_value)] // they are what Node hands over
pub(crate) fn encode(
    event_type: Option<String>,
    id: Option<String>,
    retry: Option<f64>,
    comment: Option<String>,
    data: Option<String>,
) -> Result<String> {
    let mut frame = Frame::new();
    if let Some(event_type) = &event_type {
        frame = frame.event_type(EventType::new(event_type).map_err(|error| refused("event", error))?);
    }
    if let Some(id) = &id {
        frame = frame.id(EventId::new(id).map_err(|error| refused("id", error))?);
    }
    if let Some(retry) = retry {
        #[expect(clippy::cast_sign_loss, reason = "it was checked")]
        let retry = retry as u64;
        frame = frame.retry(Duration::from_millis(retry));
    }
    if let Some(comment) = &comment {
        frame = frame.comment(comment);
    }
    if let Some(data) = &data {
        frame = frame.data(data);
    }
    let mut bytes = Vec::with_capacity(data.as_ref().map_or(64, |data| data.len() + data.len() / 8 + 64));
    frame.encode_into(&mut bytes);
    String::from_utf8(bytes).map_err(|error| Error::new(Status::GenericFailure, error.to_string()))
}

fn refused(field: &str, error: InvalidName) -> Error {
    Error::new(Status::InvalidArg, format!("{field}: {error}"))
}
