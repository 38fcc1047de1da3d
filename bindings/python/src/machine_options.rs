//! The options of a machine.

use std::time::Duration;

use pyo3::{exceptions::PyValueError, prelude::*};
use tidings_client::machine::Options;
use tidings_codec::EventId;

use crate::errors::invalid_name;

/// Times as Python has them: in seconds, but for the one that a stream has in milliseconds.
pub(crate) struct Times {
    pub(crate) reconnection_time_ms: u64,
    pub(crate) max_backoff: f64,
    pub(crate) stable_after: f64,
    pub(crate) connect_timeout: Option<f64>,
    pub(crate) idle_timeout: Option<f64>,
}

/// Those of `tidings-client`. A last event ID that no stream could have set, and a time that is none, are errors.
pub(crate) fn options(py: Python<'_>, id: &str, max_event_bytes: usize, times: &Times) -> PyResult<Options> {
    let id = EventId::new(id).map_err(|error| invalid_name(py, "last_event_id", error))?;
    let limit = |name, time: Option<f64>| time.map(|time| seconds(name, time)).transpose();
    Ok(Options::new()
        .last_event_id(id)
        .max_event_bytes(max_event_bytes)
        .reconnection_time(Duration::from_millis(times.reconnection_time_ms))
        .max_backoff(seconds("max_backoff", times.max_backoff)?)
        .stable_after(seconds("stable_after", times.stable_after)?)
        .connect_timeout(limit("connect_timeout", times.connect_timeout)?)
        .idle_timeout(limit("idle_timeout", times.idle_timeout)?))
}

/// More than there are is for ever.
fn seconds(name: &str, seconds: f64) -> PyResult<Duration> {
    if seconds.is_nan() || seconds < 0.0 {
        return Err(PyValueError::new_err(format!("{name}: not a number of seconds, 0 or more")));
    }
    Ok(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
}
