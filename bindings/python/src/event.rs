//! What a stream is made of, as objects that nobody can change.

use std::time::Duration;

use pyo3::{
    basic::CompareOp,
    prelude::*,
    types::{PyString, PyTuple, PyType},
};

use crate::json;

/// Gives a class its methods, and all that makes it a value: equality, hash, repr, pickling, pattern matching.
macro_rules! value {
    ($class:ident($($field:ident: $kind:ty),+) { $($methods:tt)* }) => {
        #[pymethods]
        impl $class {
            $($methods)*

            #[classattr]
            #[pyo3(name = "__match_args__")]
            fn match_args(py: Python<'_>) -> PyResult<Bound<'_, PyTuple>> {
                PyTuple::new(py, [$(stringify!($field)),+])
            }

            fn __richcmp__<'py>(&self, other: &Bound<'py, PyAny>, op: CompareOp) -> PyResult<Bound<'py, PyAny>> {
                let py = other.py();
                match (other.cast::<Self>(), op) {
                    (Ok(other), CompareOp::Eq | CompareOp::Ne) => {
                        self.fields(py)?.rich_compare(other.get().fields(py)?, op)
                    }
                    _ => Ok(py.NotImplemented().into_bound(py)),
                }
            }

            fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
                self.fields(py)?.hash()
            }

            fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
                let names = [$(stringify!($field)),+];
                let values = self.fields(py)?;
                let field = |(name, value): (&str, Bound<'_, PyAny>)| Ok(format!("{name}={}", value.repr()?));
                let fields: PyResult<Vec<String>> = names.into_iter().zip(values).map(field).collect();
                Ok(format!("{}({})", stringify!($class), fields?.join(", ")))
            }

            /// For pickling and copying.
            fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyType>, Bound<'py, PyTuple>)> {
                Ok((py.get_type::<Self>(), self.fields(py)?))
            }
        }

        impl $class {
            fn fields<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
                ($(&self.$field,)+).into_pyobject(py)
            }
        }
    };
}

/// An event that was dispatched.
///
/// `event` is its type, `data` its data, `id` the last event ID when it was dispatched ("" if there is none), and `retry` the
/// reconnection time in milliseconds that its own block set, or None.
#[pyclass(frozen, freelist = 64, module = "tidings")]
pub(crate) struct ServerSentEvent {
    #[pyo3(get)]
    pub(crate) event: Py<PyString>,
    #[pyo3(get)]
    pub(crate) data: Py<PyString>,
    #[pyo3(get)]
    pub(crate) id: Py<PyString>,
    #[pyo3(get)]
    pub(crate) retry: Option<u64>,
}

value! { ServerSentEvent(event: Py<PyString>, data: Py<PyString>, id: Py<PyString>, retry: Option<u64>) {
    #[new]
    #[pyo3(signature = (event = None, data = None, id = None, retry = None))]
    fn new(
        py: Python<'_>,
        event: Option<Py<PyString>>,
        data: Option<Py<PyString>>,
        id: Option<Py<PyString>>,
        retry: Option<u64>,
    ) -> Self {
        let or = |text: Option<Py<PyString>>, default| text.unwrap_or_else(|| PyString::intern(py, default).unbind());
        Self { event: or(event, "message"), data: or(data, ""), id: or(id, ""), retry }
    }

    /// Reads the data as JSON: with orjson if it is installed, else with the standard library.
    fn json<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json::loads(self.data.bind(py).as_any())
    }
} }

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
