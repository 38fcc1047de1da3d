//! The decoder that is handed chunks.

use pyo3::{
    prelude::*,
    types::{PyGenericAlias, PyList, PyType},
};
use tidings_codec::DecodeError;

use crate::{
    chunk::chunk,
    errors::{decode_error, shared},
    options::{DEFAULT_MAX_EVENT_BYTES, options},
    stream::{End, Stream},
};

/// Decodes an event stream, chunk by chunk.
#[pyclass(module = "tidings")]
pub(crate) struct Decoder {
    stream: Stream,
    /// Kept for its room.
    found: Vec<Py<PyAny>>,
    /// Stands behind events that had to be handed over before it.
    failure: Option<DecodeError>,
}

#[pymethods]
impl Decoder {
    #[new]
    #[pyo3(signature = (
        *, max_event_bytes = DEFAULT_MAX_EVENT_BYTES, last_event_id = "", comments = false, reconnection_times = false
    ))]
    fn new(
        py: Python<'_>,
        max_event_bytes: usize,
        last_event_id: &str,
        comments: bool,
        reconnection_times: bool,
    ) -> PyResult<Self> {
        let options = options(py, max_event_bytes, last_event_id, comments)?;
        Ok(Self { stream: Stream::new(options, reconnection_times), found: Vec::new(), failure: None })
    }

    /// Decodes the next chunk of the stream and returns what it completes, which may be nothing.
    ///
    /// A chunk is bytes, or any other buffer, which is copied once. How the stream is cut into chunks makes no difference.
    ///
    /// Raises EventTooLarge at an event that is larger than max_event_bytes. Events of the same chunk before it are returned
    /// first: then it is raised by the next call of feed() or close(). The decoder refuses everything until reset().
    #[pyo3(signature = (chunk, /))]
    fn feed<'py>(slf: &Bound<'py, Self>, chunk: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
        let py = slf.py();
        let chunk = self::chunk(chunk)?;
        let mut this = Self::borrow(slf)?;
        let Self { stream, found, failure } = &mut *this;
        if let Some(error) = failure {
            return Err(decode_error(py, *error));
        }
        match stream.feed(py, chunk.as_bytes(), None, |item| found.push(item)) {
            Ok(End::Chunk | End::Stop) => {}
            Ok(End::Failure(error)) => {
                *failure = Some(error);
                if found.is_empty() {
                    return Err(decode_error(py, error));
                }
            }
            Err(error) => {
                found.clear();
                return Err(error);
            }
        }
        PyList::new(py, found.drain(..))
    }

    /// Ends the stream, and drops the event that it leaves unfinished. Returns whether there was one, that is, whether the
    /// stream was cut.
    ///
    /// The decoder is then ready for the stream of the next connection, as after reset(). Raises EventTooLarge if feed() did
    /// not come to it.
    fn close(slf: &Bound<'_, Self>) -> PyResult<bool> {
        let mut this = Self::borrow(slf)?;
        let cut = this.stream.finish();
        match this.failure.take() {
            Some(error) => Err(decode_error(slf.py(), error)),
            None => Ok(cut),
        }
    }

    /// Makes the decoder ready for the stream of the next connection: it keeps the last event ID and the reconnection time, and
    /// drops the rest, an error too.
    fn reset(slf: &Bound<'_, Self>) -> PyResult<()> {
        let mut this = Self::borrow(slf)?;
        this.stream.finish();
        this.failure = None;
        Ok(())
    }

    /// The last event ID: what a client sends as Last-Event-ID when it connects again. "" if there is none.
    #[getter]
    fn last_event_id(slf: &Bound<'_, Self>) -> PyResult<String> {
        Ok(Self::borrow(slf)?.stream.last_event_id().to_owned())
    }

    /// The reconnection time that the stream set last, in milliseconds, or None if it has set none.
    #[getter]
    fn reconnection_time_ms(slf: &Bound<'_, Self>) -> PyResult<Option<u64>> {
        Ok(Self::borrow(slf)?.stream.reconnection_time_ms())
    }

    #[classmethod]
    fn __class_getitem__<'py>(
        class: &Bound<'py, PyType>,
        item: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyGenericAlias>> {
        PyGenericAlias::new(class.py(), class.as_any(), item)
    }
}

impl Decoder {
    #[inline]
    fn borrow<'py>(slf: &Bound<'py, Self>) -> PyResult<PyRefMut<'py, Self>> {
        slf.try_borrow_mut().map_err(|_| shared("decoder"))
    }
}
