//! Text for Python.

use pyo3::{prelude::*, types::PyString};

/// A `str` of this text.
///
/// CPython's own function looks for the first character that is not ASCII and copies as it goes, eight bytes at a time. That
/// text is ASCII is known faster, and then all is copied at once: a tenth less for 300 bytes, a third less for 64 KiB.
#[cfg(not(any(Py_LIMITED_API, PyPy, GraalPy)))]
#[allow(unsafe_code)]
#[inline]
pub(crate) fn text<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyString>> {
    use pyo3::ffi;

    const LAST_ASCII: ffi::Py_UCS4 = 0x7F;
    if !is_ascii(text.as_bytes()) {
        return PyString::from_bytes(py, text.as_bytes());
    }
    // A slice has at most `isize::MAX` bytes.
    let length = text.len().cast_signed();
    // SAFETY: we are attached to the interpreter (`py`).
    let object = unsafe { ffi::PyUnicode_New(length, LAST_ASCII) };
    if object.is_null() {
        return Err(PyErr::fetch(py)); // out of memory
    }
    // SAFETY: a string made for ASCII is a compact one, whose characters are one byte each.
    let characters = unsafe { ffi::PyUnicode_1BYTE_DATA(object) };
    // SAFETY: there is room for `length` characters (and a NUL that is there already), nobody else knows of the string yet, and
    // every byte is ASCII.
    unsafe { characters.copy_from_nonoverlapping(text.as_ptr(), text.len()) };
    // SAFETY: it is a new reference to an object that is not null.
    let string = unsafe { Bound::from_owned_ptr(py, object) };
    // SAFETY: `PyUnicode_New` makes nothing but `str`.
    Ok(unsafe { string.cast_into_unchecked() })
}

/// Whether all bytes are ASCII.
///
/// As `<[u8]>::is_ascii`, but without looking for an early end, which is hardly ever found: a quarter of its instructions for 300
/// bytes.
#[cfg(not(any(Py_LIMITED_API, PyPy, GraalPy)))]
#[inline]
fn is_ascii(bytes: &[u8]) -> bool {
    const WIDTH: usize = 64;
    let (blocks, rest) = bytes.as_chunks::<WIDTH>();
    // The last block once more, as far as it was seen already: it is faster than going byte by byte over the rest.
    let Some(last) = bytes.last_chunk::<WIDTH>() else { return rest.is_ascii() };
    let mut seen = *last;
    for block in blocks {
        for (seen, byte) in seen.iter_mut().zip(block) {
            *seen |= byte;
        }
    }
    seen.iter().fold(0, |seen, byte| seen | byte).is_ascii()
}

/// A `str` of this text.
#[cfg(any(Py_LIMITED_API, PyPy, GraalPy))]
pub(crate) fn text<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyString>> {
    PyString::from_bytes(py, text.as_bytes())
}
