//! What a stream has besides events, as objects that nobody can change.

use std::time::Duration;

use pyo3::{
    basic::CompareOp,
    prelude::*,
    types::{PyString, PyTuple, PyType},
};

use crate::value::value;

/// A comment of a stream, if the decoder was asked for comments: the line without its colon and one space behind it.
#[pyclass(frozen, module = "tidings")]
pub(crate) struct Comment {
    #[pyo3(get)]
    pub(crate) text: Py<PyString>,
}

value! { Comment(text: Py<PyString>) {
    #[new]
    fn new(text: Py<PyString>) -> Self {
        Self { text }
    }
} }

/// A reconnection time that a stream set, if the decoder was asked for reconnection times.
#[pyclass(frozen, module = "tidings")]
pub(crate) struct ReconnectionTime {
    #[pyo3(get)]
    pub(crate) milliseconds: u64,
}

value! { ReconnectionTime(milliseconds: u64) {
    #[new]
    fn new(milliseconds: u64) -> Self {
        Self { milliseconds }
    }
} }

/// In milliseconds, of which the codec reads no more than a `u64` holds.
pub(crate) fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
