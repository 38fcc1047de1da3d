//! The events of chunks that are handed over.

use pyo3::prelude::*;

use crate::{
    errors::shared,
    options::{DEFAULT_MAX_EVENT_BYTES, options},
    queue::{End, Queue},
    stream::Stream,
};

/// Takes a chunk, and is then an iterator over the events it completes: what `tidings.AsyncEvents` has in it.
///
/// Unlike the list of a decoder it raises an error at once when the events before it were taken.
#[pyclass(module = "tidings._tidings")]
pub(crate) struct ChunkEvents {
    queue: Queue,
    error: Option<PyErr>,
    ended: bool,
}

#[pymethods]
impl ChunkEvents {
    #[new]
    #[pyo3(signature = (
        *, stop = None,
        max_event_bytes = DEFAULT_MAX_EVENT_BYTES, last_event_id = "", comments = false, reconnection_times = false
    ))]
    fn new(
        py: Python<'_>,
        stop: Option<String>,
        max_event_bytes: usize,
        last_event_id: &str,
        comments: bool,
        reconnection_times: bool,
    ) -> PyResult<Self> {
        let options = options(py, max_event_bytes, last_event_id, comments)?;
        Ok(Self { queue: Queue::new(Stream::new(options, reconnection_times), stop), error: None, ended: false })
    }

    /// Decodes a chunk, and returns itself.
    #[pyo3(signature = (chunk, /))]
    fn push<'py>(slf: Bound<'py, Self>, chunk: &Bound<'py, PyAny>) -> PyResult<Bound<'py, Self>> {
        let mut this = Self::borrow(&slf)?;
        match this.queue.push(slf.py(), chunk) {
            Ok(End::Chunk) => {}
            Ok(End::Stop) => this.ended = true,
            Err(error) => this.error = Some(error),
        }
        drop(this);
        Ok(slf)
    }

    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__(slf: &Bound<'_, Self>) -> PyResult<Option<Py<PyAny>>> {
        let mut this = Self::borrow(slf)?;
        match this.queue.found.pop_front() {
            None => this.error.take().map_or(Ok(None), Err),
            item => Ok(item),
        }
    }

    /// Whether there was the data that ends the stream.
    #[getter]
    fn ended(slf: &Bound<'_, Self>) -> PyResult<bool> {
        Ok(Self::borrow(slf)?.ended)
    }

    /// As that of a decoder.
    #[getter]
    fn last_event_id(slf: &Bound<'_, Self>) -> PyResult<String> {
        Ok(Self::borrow(slf)?.queue.stream.last_event_id().to_owned())
    }

    /// As that of a decoder.
    #[getter]
    fn reconnection_time_ms(slf: &Bound<'_, Self>) -> PyResult<Option<u64>> {
        Ok(Self::borrow(slf)?.queue.stream.reconnection_time_ms())
    }
}

impl ChunkEvents {
    #[inline]
    fn borrow<'py>(slf: &Bound<'py, Self>) -> PyResult<PyRefMut<'py, Self>> {
        slf.try_borrow_mut().map_err(|_| shared("iterator"))
    }
}
