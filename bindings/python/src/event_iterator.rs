//! The events of chunks that an iterator gives.

use pyo3::{
    PyTraverseError, PyVisit,
    exceptions::PyTypeError,
    prelude::*,
    types::{PyByteArray, PyBytes, PyGenericAlias, PyIterator, PyString, PyType},
};

use crate::{
    errors::shared,
    options::{DEFAULT_MAX_EVENT_BYTES, options},
    queue::{End, Queue},
    stream::Stream,
};

/// Iterates over the events of an iterable of chunks. It asks for a chunk when what the last one completed is handed over.
///
/// What users get is a subclass of it in Python, `tidings.Events`.
#[pyclass(subclass, module = "tidings._tidings")]
pub(crate) struct EventIterator {
    queue: Queue,
    source: Source,
    /// Called once, without arguments, when there is nothing more to come.
    on_close: Option<Py<PyAny>>,
}

/// Where chunks come from.
enum Source {
    Chunks(Py<PyIterator>),
    /// Somebody is waiting for the next chunk.
    Waiting,
    /// There are no more. Behind what was found there may be an error.
    Ended(Option<PyErr>),
}

#[pymethods]
impl EventIterator {
    #[new]
    #[pyo3(signature = (
        chunks, on_close = None, *, stop = None,
        max_event_bytes = DEFAULT_MAX_EVENT_BYTES, last_event_id = "", comments = false, reconnection_times = false
    ))]
    fn new(
        chunks: &Bound<'_, PyAny>,
        on_close: Option<Py<PyAny>>,
        stop: Option<String>,
        max_event_bytes: usize,
        last_event_id: &str,
        comments: bool,
        reconnection_times: bool,
    ) -> PyResult<Self> {
        if chunks.is_instance_of::<PyBytes>() || chunks.is_instance_of::<PyByteArray>() {
            return Err(PyTypeError::new_err("an iterable of chunks is needed, for one chunk put it in a list"));
        }
        if chunks.is_instance_of::<PyString>() {
            return Err(PyTypeError::new_err("an iterable of chunks of bytes is needed, not str"));
        }
        let options = options(chunks.py(), max_event_bytes, last_event_id, comments)?;
        let queue = Queue::new(Stream::new(options, reconnection_times), stop);
        Ok(Self { queue, source: Source::Chunks(chunks.try_iter()?.unbind()), on_close })
    }

    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__(slf: &Bound<'_, Self>) -> PyResult<Option<Py<PyAny>>> {
        let py = slf.py();
        loop {
            let chunks = {
                let mut this = Self::borrow(slf)?;
                if let Some(item) = this.queue.found.pop_front() {
                    return Ok(Some(item));
                }
                match std::mem::replace(&mut this.source, Source::Waiting) {
                    Source::Chunks(chunks) => chunks,
                    Source::Waiting => return Err(shared("iterator")),
                    Source::Ended(error) => {
                        this.source = Source::Ended(None);
                        drop(this);
                        return Self::ended(slf, error);
                    }
                }
            };
            // Not borrowed: this may take long, and may do anything.
            let next = chunks.bind(py).clone().next();
            let mut this = Self::borrow(slf)?;
            this.take(py, chunks, next);
            if let Some(item) = this.queue.found.pop_front() {
                return Ok(Some(item));
            }
            drop(this);
            py.check_signals()?; // chunks may go on without an event, and without a line of Python
        }
    }

    /// Ends the iteration and lets go of where the chunks come from. Events that were not taken are dropped.
    fn close(slf: &Bound<'_, Self>) -> PyResult<()> {
        let dropped = {
            let mut this = Self::borrow(slf)?;
            let source = std::mem::replace(&mut this.source, Source::Ended(None));
            (std::mem::take(&mut this.queue.found), source)
        };
        drop(dropped);
        Self::ended(slf, None).map(drop)
    }

    /// The last event ID: what a client sends as Last-Event-ID when it connects again. "" if there is none.
    ///
    /// It is that of all chunks read so far, so it may be ahead of the event taken last.
    #[getter]
    fn last_event_id(slf: &Bound<'_, Self>) -> PyResult<String> {
        Ok(Self::borrow(slf)?.queue.stream.last_event_id().to_owned())
    }

    /// The reconnection time that the stream set last, in milliseconds, or None if it has set none.
    #[getter]
    fn reconnection_time_ms(slf: &Bound<'_, Self>) -> PyResult<Option<u64>> {
        Ok(Self::borrow(slf)?.queue.stream.reconnection_time_ms())
    }

    #[classmethod]
    fn __class_getitem__<'py>(
        class: &Bound<'py, PyType>,
        item: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyGenericAlias>> {
        PyGenericAlias::new(class.py(), class.as_any(), item)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        if let Source::Chunks(chunks) = &self.source {
            visit.call(chunks)?;
        }
        if let Some(on_close) = &self.on_close {
            visit.call(on_close)?;
        }
        Ok(())
    }

    fn __clear__(&mut self) {
        self.source = Source::Ended(None);
        self.on_close = None;
    }
}

impl EventIterator {
    #[inline]
    fn borrow<'py>(slf: &Bound<'py, Self>) -> PyResult<PyRefMut<'py, Self>> {
        slf.try_borrow_mut().map_err(|_| shared("iterator"))
    }

    /// Takes what the iterator of chunks gave.
    #[inline]
    fn take(&mut self, py: Python<'_>, chunks: Py<PyIterator>, next: Option<PyResult<Bound<'_, PyAny>>>) {
        if !matches!(self.source, Source::Waiting) {
            return; // closed while we waited
        }
        self.source = match next.map(|chunk| self.queue.push(py, &chunk?)) {
            None | Some(Ok(End::Stop)) => Source::Ended(None),
            Some(Ok(End::Chunk)) => Source::Chunks(chunks),
            Some(Err(error)) => Source::Ended(Some(error)),
        };
    }

    /// There is nothing more: calls who wants to know, once, and then raises the error that was the end.
    fn ended(slf: &Bound<'_, Self>, error: Option<PyErr>) -> PyResult<Option<Py<PyAny>>> {
        let py = slf.py();
        let on_close = Self::borrow(slf)?.on_close.take();
        let closed = on_close.map_or(Ok(()), |on_close| on_close.bind(py).call0().map(drop));
        match (error, closed) {
            (None, closed) => closed.map(|()| None),
            (Some(error), Ok(())) => Err(error),
            (Some(error), Err(closing)) => {
                // Both matter, and the first one is why we closed.
                closing.write_unraisable(py, Some(slf));
                Err(error)
            }
        }
    }
}
