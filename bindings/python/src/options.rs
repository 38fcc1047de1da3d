//! The options of a decoder.

use pyo3::prelude::*;
use tidings_codec::{DecoderOptions, EventId};

use crate::errors::invalid_name;

/// The limit of an event, if none is given.
pub(crate) const DEFAULT_MAX_EVENT_BYTES: usize = DecoderOptions::DEFAULT_MAX_EVENT_BYTES;

/// Those of the codec. A last event ID that no stream could have set is an error.
pub(crate) fn options(
    py: Python<'_>,
    max_event_bytes: usize,
    last_event_id: &str,
    comments: bool,
) -> PyResult<DecoderOptions> {
    let id = EventId::new(last_event_id).map_err(|error| invalid_name(py, "last_event_id", error))?;
    Ok(DecoderOptions::new().max_event_bytes(max_event_bytes).last_event_id(id).comments(comments))
}
