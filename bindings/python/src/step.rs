//! What an event source does next, as an object.

use pyo3::{prelude::*, types::PyString};
use tidings_client::machine::{Cause, Output};

use crate::errors::decode_error;

/// What a machine says, if it is neither an event nor a comment.
#[pyclass(frozen, get_all, module = "tidings._tidings")]
pub(crate) struct Step {
    /// "connect", "open", "reconnecting", "ended" or "failed".
    kind: &'static str,
    /// Of "reconnecting": how many seconds it is from the end of the connection to the next attempt.
    delay: Option<f64>,
    /// Of "reconnecting" and "failed": "end", "transport", "connect_timeout", "idle_timeout", "status", "content_type" or "decode".
    cause: Option<&'static str>,
    /// What the cause has: the error of "transport" or "decode", the status, the content type.
    value: Option<Py<PyAny>>,
}

impl Step {
    /// `error` is that of the connection, if it failed.
    pub(crate) fn of(py: Python<'_>, output: Output<()>, error: Option<Py<PyAny>>) -> PyResult<Self> {
        let (kind, delay, cause) = match output {
            Output::Connect => ("connect", None, None),
            Output::Open => ("open", None, None),
            Output::Reconnecting { delay, cause } => ("reconnecting", Some(delay.as_secs_f64()), Some(cause)),
            Output::Failed(cause) => ("failed", None, Some(cause)),
            _ => ("ended", None, None),
        };
        let (cause, value) = match cause {
            Some(cause) => {
                let (cause, value) = self::cause(py, cause, error)?;
                (Some(cause), value)
            }
            None => (None, None),
        };
        Ok(Self { kind, delay, cause, value })
    }
}

fn cause(py: Python<'_>, cause: Cause<()>, error: Option<Py<PyAny>>) -> PyResult<(&'static str, Option<Py<PyAny>>)> {
    Ok(match cause {
        Cause::Transport(()) => ("transport", error),
        Cause::ConnectTimeout => ("connect_timeout", None),
        Cause::IdleTimeout => ("idle_timeout", None),
        Cause::Status(status) => ("status", Some(status.into_pyobject(py)?.into_any().unbind())),
        Cause::ContentType(found) => ("content_type", found.map(|found| PyString::new(py, &found).into_any().unbind())),
        Cause::Decode(error) => ("decode", Some(decode_error(py, error).into_value(py).into_any())),
        _ => ("end", None),
    })
}
