//! Writing events.

use std::{borrow::Cow, cell::RefCell, convert::Infallible, time::Duration};

use pyo3::{
    exceptions::{PyTypeError, PyValueError},
    prelude::*,
    types::{PyBytes, PyInt, PyString},
};
use tidings_codec::{EventId, EventType, Frame};

use crate::{errors::invalid_name, json};

/// Encodes an event, or a comment, an ID or a reconnection time without one.
///
/// An event has data, a text that may be empty and may have line ends, or json, any object that JSON can say. Its type (event)
/// and its ID (id) are one line. retry is a reconnection time in milliseconds. A comment may have line ends, and comes first.
///
/// Raises ValueError for what could not be written without injecting a line or being ignored: a line end in event or id, a
/// NUL in id, a retry that is negative or more than 2**64 - 1.
#[pyfunction]
#[pyo3(signature = (data = None, *, event = None, id = None, retry = None, comment = None, json = Json::Absent))]
pub(crate) fn encode<'py>(
    py: Python<'py>,
    data: Option<&Bound<'py, PyAny>>,
    event: Option<&Bound<'py, PyString>>,
    id: Option<&Bound<'py, PyString>>,
    retry: Option<&Bound<'py, PyInt>>,
    comment: Option<&Bound<'py, PyString>>,
    json: Json<'py>,
) -> PyResult<Bound<'py, PyBytes>> {
    let data = data.map(text_of).transpose()?;
    let event = event.map(PyStringMethods::to_cow).transpose()?;
    let id = id.map(PyStringMethods::to_cow).transpose()?;
    let comment = comment.map(PyStringMethods::to_cow).transpose()?;

    let mut frame = Frame::new();
    if let Some(data) = &data {
        frame = frame.data(data);
    }
    if let Some(event) = &event {
        let event = EventType::new(event).map_err(|error| invalid_name(py, "event", error))?;
        frame = frame.event_type(event);
    }
    if let Some(id) = &id {
        frame = frame.id(EventId::new(id).map_err(|error| invalid_name(py, "id", error))?);
    }
    if let Some(retry) = retry {
        let milliseconds =
            retry.extract().map_err(|_| PyValueError::new_err("retry: not 0 to 2**64 - 1 milliseconds"))?;
        frame = frame.retry(Duration::from_millis(milliseconds));
    }
    if let Some(comment) = &comment {
        frame = frame.comment(comment);
    }
    match json {
        Json::Absent => Ok(bytes(py, frame)),
        Json::Object(_) if data.is_some() => Err(PyTypeError::new_err("an event has either data or json")),
        Json::Object(object) => json::with_text(&object, |text| Ok(bytes(py, frame.data(text)))),
    }
}

/// The data of an event, which is text. Whoever has something else most likely looks for `json`.
pub(crate) fn text_of<'d>(data: &'d Bound<'_, PyAny>) -> PyResult<Cow<'d, str>> {
    match data.cast::<PyString>() {
        Ok(text) => text.to_cow(),
        Err(_) => Err(no_text(data)),
    }
}

#[cold]
fn no_text(data: &Bound<'_, PyAny>) -> PyErr {
    let kind = data.get_type().name();
    match kind {
        Ok(kind) => PyTypeError::new_err(format!("data must be str, not {kind}: an object is written with json=")),
        Err(error) => error,
    }
}

fn bytes<'py>(py: Python<'py>, frame: Frame<'_>) -> Bound<'py, PyBytes> {
    /// A buffer that grew beyond this is not kept.
    const MOST_KEPT_BYTES: usize = 64 * 1024;
    thread_local! {
        static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    }
    // Taken rather than borrowed: making the object may run the garbage collector, and that anything.
    let mut buffer = BUFFER.take();
    frame.encode_into(&mut buffer);
    let bytes = PyBytes::new(py, &buffer);
    if buffer.capacity() <= MOST_KEPT_BYTES {
        buffer.clear();
        BUFFER.set(buffer);
    }
    bytes
}

/// The argument `json`, for which None is an object like another.
pub(crate) enum Json<'py> {
    Absent,
    Object(Bound<'py, PyAny>),
}

impl<'py> FromPyObject<'_, 'py> for Json<'py> {
    type Error = Infallible;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> Result<Self, Infallible> {
        Ok(Self::Object(object.to_owned()))
    }
}
