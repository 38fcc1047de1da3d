//! Bytes from Python.

use pyo3::{
    exceptions::PyTypeError,
    intern,
    prelude::*,
    types::{PyBytes, PyMemoryView, PyString},
};

/// The bytes of a chunk: those of `bytes` as they are, of any other buffer a copy.
///
/// A copy because others can write to what is not `bytes` while we read it.
#[inline]
pub(crate) fn chunk<'py>(chunk: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    match chunk.cast::<PyBytes>() {
        Ok(bytes) => Ok(bytes.clone()),
        Err(_) => copy(chunk),
    }
}

#[cold]
fn copy<'py>(chunk: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    let py = chunk.py();
    if chunk.is_instance_of::<PyString>() {
        return Err(PyTypeError::new_err(
            "a chunk must be bytes, not str: an event stream is decoded as UTF-8 here, take it undecoded from where it is read",
        ));
    }
    let Ok(view) = PyMemoryView::from(chunk) else {
        let kind = chunk.get_type().name()?;
        return Err(PyTypeError::new_err(format!("a chunk must be bytes or another buffer, not {kind}")));
    };
    Ok(view.call_method0(intern!(py, "tobytes"))?.cast_into()?)
}
