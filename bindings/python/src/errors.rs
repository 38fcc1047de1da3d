//! Our errors as Python's.
//!
//! Their classes are Python, in `tidings/_errors.py`, and looked up when one is raised for the first time.

use pyo3::{exceptions::PyRuntimeError, prelude::*, sync::PyOnceLock, types::PyType};
use tidings_codec::{DecodeError, InvalidName};
use tidings_hub::{InvalidTopic, PublishError};

const MODULE: &str = "tidings._errors";

/// `EventTooLarge`.
#[cold]
pub(crate) fn decode_error(py: Python<'_>, error: DecodeError) -> PyErr {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let DecodeError::EventTooLarge { position, max_event_bytes } = error else {
        return PyRuntimeError::new_err(error.to_string());
    };
    match CLASS.import(py, MODULE, "EventTooLarge") {
        Ok(class) => PyErr::from_type(class.clone(), (error.to_string(), position, max_event_bytes)),
        Err(error) => error,
    }
}

/// `InvalidName`, for the argument called `argument`.
#[cold]
pub(crate) fn invalid_name(py: Python<'_>, argument: &str, error: InvalidName) -> PyErr {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    match CLASS.import(py, MODULE, "InvalidName") {
        Ok(class) => PyErr::from_type(class.clone(), (format!("{argument}: {error}"),)),
        Err(error) => error,
    }
}

/// `UnsendableLastEventId`.
#[cold]
pub(crate) fn unsendable_last_event_id(py: Python<'_>) -> PyErr {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    match CLASS.import(py, MODULE, "UnsendableLastEventId") {
        Ok(class) => PyErr::from_type(class.clone(), ()),
        Err(error) => error,
    }
}

/// `InvalidTopic`.
#[cold]
pub(crate) fn invalid_topic(py: Python<'_>, error: InvalidTopic) -> PyErr {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    match CLASS.import(py, MODULE, "InvalidTopic") {
        Ok(class) => PyErr::from_type(class.clone(), (error.to_string(),)),
        Err(error) => error,
    }
}

/// `PublishError`, or `InvalidTopic`.
#[cold]
pub(crate) fn publish_error(py: Python<'_>, error: PublishError) -> PyErr {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    if let PublishError::Topic(error) = error {
        return invalid_topic(py, error);
    }
    match CLASS.import(py, MODULE, "PublishError") {
        Ok(class) => PyErr::from_type(class.clone(), (error.to_string(),)),
        Err(error) => error,
    }
}

/// The error of using from two threads what is for one event stream, which comes to one thread at a time.
#[cold]
pub(crate) fn shared(what: &str) -> PyErr {
    PyRuntimeError::new_err(format!(
        "this {what} is in use by another thread or further up the stack: use one for each stream"
    ))
}
