//! Which interpreter the module is for.

#![allow(unsafe_code)]

use std::sync::atomic::{AtomicI64, Ordering};

use pyo3::{exceptions::PyImportError, ffi, prelude::*};

/// Makes sure that this is the only interpreter of the process that loads the module.
///
/// Classes, and what was imported for them, are there once for the process. An interpreter that used another's would have its
/// objects, and lose them when that one ends.
pub(crate) fn check(_: Python<'_>) -> PyResult<()> {
    const NONE: i64 = -1;
    static FIRST: AtomicI64 = AtomicI64::new(NONE);
    let id = id();
    match FIRST.compare_exchange(NONE, id, Ordering::Relaxed, Ordering::Relaxed) {
        Err(first) if first != id => Err(PyImportError::new_err(
            "tidings is for one interpreter of a process, and another one has loaded it already",
        )),
        _ => Ok(()),
    }
}

#[cfg(not(all(windows, Py_LIMITED_API, not(Py_3_10))))]
fn id() -> i64 {
    // SAFETY: modules are loaded by a thread that is attached.
    let interpreter = unsafe { ffi::PyInterpreterState_Get() };
    // SAFETY: it is the interpreter of this thread.
    unsafe { ffi::PyInterpreterState_GetID(interpreter) }
}

/// Python 3.9 does not say on Windows. Its interpreters are taken for one.
#[cfg(all(windows, Py_LIMITED_API, not(Py_3_10)))]
fn id() -> i64 {
    0
}
