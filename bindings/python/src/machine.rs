//! The rules of an event source, for Python to do the IO.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use pyo3::{prelude::*, pybacked::PyBackedBytes, sync::MutexExt as _};
use tidings_client::machine::{self, Cause, Output, Response};
use tidings_codec::OwnedEvent;

use crate::{
    chunk::chunk,
    errors::unsendable_last_event_id,
    event::event,
    item::{Comment, milliseconds},
    machine_options::{Times, options},
    step::Step,
    stream::{LastId, Types},
    text::text,
};

/// The machine of `tidings-client`: what `tidings.EventSource` and `tidings.AsyncEventSource` do, and when.
///
/// It is told what happens to the connection; it is an iterator over what is to be done (Step) and what the user is to get, which
/// stops for as long as there is nothing before the next input. Any thread may tell it something.
#[pyclass(frozen, module = "tidings._tidings")]
pub(crate) struct Machine {
    inner: Mutex<Inner>,
    /// When the machine's time began.
    start: Instant,
}

struct Inner {
    machine: machine::Machine<()>,
    /// That of the last connection that failed. Not in the machine, which would let go of it where no code of Python may run.
    error: Option<Py<PyAny>>,
    types: Types,
    id: LastId,
    /// The user was given something, so that time has passed in which nothing was read.
    away: bool,
}

#[pymethods]
impl Machine {
    #[new]
    #[expect(clippy::too_many_arguments, reason = "they have names in Python")]
    #[pyo3(signature = (
        *, last_event_id, max_event_bytes, comments, reconnect, reconnection_time_ms, max_backoff, jitter, stable_after,
        connect_timeout, idle_timeout, retry_statuses, max_failures
    ))]
    fn new(
        py: Python<'_>,
        last_event_id: &str,
        max_event_bytes: usize,
        comments: bool,
        reconnect: bool,
        reconnection_time_ms: u64,
        max_backoff: f64,
        jitter: f64,
        stable_after: f64,
        connect_timeout: Option<f64>,
        idle_timeout: Option<f64>,
        retry_statuses: Vec<u16>,
        max_failures: Option<u32>,
    ) -> PyResult<Self> {
        let times = Times { reconnection_time_ms, max_backoff, stable_after, connect_timeout, idle_timeout };
        let options = options(py, last_event_id, max_event_bytes, &times)?
            .comments(comments)
            .reconnect(reconnect)
            .jitter(jitter)
            .retry_statuses(retry_statuses)
            .max_failures(max_failures);
        let inner = Inner {
            machine: machine::Machine::new(options),
            error: None,
            types: Types::default(),
            id: LastId::default(),
            away: false,
        };
        Ok(Self { inner: Mutex::new(inner), start: Instant::now() })
    }

    /// Whether a response is an event stream.
    #[staticmethod]
    fn accepts(status: u16, content_type: Option<&[u8]>) -> bool {
        status == 200 && response(status, content_type).is_event_stream()
    }

    /// The attempt begins. `random` are 64 random bits. Returns the value of the header Last-Event-ID, if there is to be one.
    ///
    /// Raises UnsendableLastEventId.
    fn handle_connecting(&self, py: Python<'_>, random: u64) -> PyResult<Option<String>> {
        let mut inner = self.lock(py);
        inner.machine.handle_connecting(self.start.elapsed(), random);
        if inner.machine.last_event_id().bytes().any(|byte| byte.is_ascii_control() && byte != b'\t') {
            return Err(unsendable_last_event_id(py));
        }
        // White space around a value is not part of it (RFC 9110, 5.5), and HTTP libraries refuse it.
        let value = inner.machine.last_event_id().trim_matches([' ', '\t']);
        Ok((!value.is_empty()).then(|| value.to_owned()))
    }

    /// The head of the response is there, after all redirects. Returns whether its body is to be read.
    fn handle_response(
        &self,
        py: Python<'_>,
        status: u16,
        content_type: Option<&[u8]>,
        retry_after: Option<&[u8]>,
    ) -> bool {
        let mut response = response(status, content_type);
        if let Some(value) = retry_after {
            let wall_time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            response = response.retry_after(value, wall_time);
        }
        self.lock(py).machine.handle_response(&response, self.start.elapsed())
    }

    /// Bytes of the body. Those of `bytes` are not copied.
    fn handle_chunk(&self, chunk: &Bound<'_, PyAny>) -> PyResult<()> {
        let bytes = Bytes::from_owner(PyBackedBytes::from(self::chunk(chunk)?));
        self.lock(chunk.py()).machine.handle_chunk(bytes, self.start.elapsed());
        Ok(())
    }

    /// The body is at its end.
    fn handle_end(&self, py: Python<'_>) {
        self.lock(py).machine.handle_end(self.start.elapsed());
    }

    /// There is no connection, or it broke; another attempt may mend that.
    fn handle_error(&self, py: Python<'_>, error: Py<PyAny>) {
        self.keep(py, Some(error)).machine.handle_error((), self.start.elapsed());
    }

    /// There is no connection, and another attempt is futile.
    fn handle_fatal(&self, py: Python<'_>, error: Py<PyAny>) {
        self.keep(py, Some(error)).machine.handle_fatal((), self.start.elapsed());
    }

    /// The time that timeout() said has passed.
    fn handle_timeout(&self, py: Python<'_>) {
        self.lock(py).machine.handle_timeout(self.start.elapsed());
    }

    /// The user has enough.
    fn close(&self, py: Python<'_>) {
        self.keep(py, None).machine.close();
    }

    /// How many seconds there are until handle_timeout(), if nothing happens before. Whoever asks waits for the connection: what
    /// the user did before does not count against idle_timeout.
    fn timeout(&self, py: Python<'_>) -> Option<f64> {
        let now = self.start.elapsed();
        let mut inner = self.lock(py);
        if std::mem::take(&mut inner.away) {
            inner.machine.handle_reading(now);
        }
        Some(inner.machine.deadline()?.saturating_sub(now).as_secs_f64())
    }

    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        let mut inner = self.lock(py);
        let Some(output) = inner.machine.poll() else { return Ok(None) };
        inner.away = true;
        let object = match output {
            Output::Event(event) => inner.event(py, &event)?,
            Output::Comment(comment) => Py::new(py, Comment { text: text(py, &comment)?.unbind() })?.into_any(),
            output => {
                let error = if failed(&output) { inner.error.take() } else { None };
                drop(inner);
                Py::new(py, Step::of(py, output, error)?)?.into_any()
            }
        };
        Ok(Some(object))
    }

    /// That of the standard, as a number.
    #[getter]
    fn ready_state(&self, py: Python<'_>) -> u8 {
        self.lock(py).machine.ready_state() as u8
    }

    /// That of the last event handed over, or of a block without data behind it.
    #[getter]
    fn last_event_id(&self, py: Python<'_>) -> String {
        self.lock(py).machine.last_event_id().to_owned()
    }

    /// What the stream has set, else what the options say.
    #[getter]
    fn reconnection_time_ms(&self, py: Python<'_>) -> u64 {
        milliseconds(self.lock(py).machine.reconnection_time())
    }

    /// How many attempts in a row have failed.
    #[getter]
    fn failures(&self, py: Python<'_>) -> u32 {
        self.lock(py).machine.failures()
    }
}

impl Machine {
    /// No code of Python runs while it is locked, so nobody waits long, or for themselves.
    fn lock(&self, py: Python<'_>) -> MutexGuard<'_, Inner> {
        self.inner.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts an error in the place of another, which goes before it is locked again.
    fn keep(&self, py: Python<'_>, error: Option<Py<PyAny>>) -> MutexGuard<'_, Inner> {
        let last = std::mem::replace(&mut self.lock(py).error, error);
        drop(last);
        self.lock(py)
    }
}

impl Inner {
    /// The reconnection time that its block set is in effect, and is not told: as with a browser's.
    fn event(&mut self, py: Python<'_>, found: &OwnedEvent) -> PyResult<Py<PyAny>> {
        let event_type = self.types.get(py, found.event_type())?;
        let data = text(py, found.data())?;
        let id = self.id.get(py, found.last_event_id())?;
        event(py, event_type, data, id, None).map(Bound::unbind)
    }
}

/// Whether it is the connection that failed.
fn failed(output: &Output<()>) -> bool {
    matches!(output, Output::Reconnecting { cause: Cause::Transport(()), .. } | Output::Failed(Cause::Transport(())))
}

fn response(status: u16, content_type: Option<&[u8]>) -> Response<'_> {
    let response = Response::new(status);
    match content_type {
        Some(value) => response.content_type(value),
        None => response,
    }
}
