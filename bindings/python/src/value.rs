//! What makes a class a value: equality, hash, repr, pickling, pattern matching.

use std::fmt::Display;

use pyo3::{
    basic::CompareOp,
    prelude::*,
    types::{PyString, PyTuple},
};

use crate::text::text;

/// `==` and `!=` of the fields of two values of one class; for all else, Python is to ask the other.
pub(crate) fn compare<'py>(
    fields: &Bound<'py, PyTuple>,
    others: Option<Bound<'py, PyTuple>>,
    op: Option<CompareOp>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = fields.py();
    match (others, op) {
        (Some(others), Some(op @ (CompareOp::Eq | CompareOp::Ne))) => fields.rich_compare(others, op),
        _ => Ok(py.NotImplemented().into_bound(py)),
    }
}

/// `Class(field=value, …)`.
pub(crate) fn repr<'py>(
    class: &str,
    names: &[impl Display],
    fields: &Bound<'py, PyTuple>,
) -> PyResult<Bound<'py, PyString>> {
    let field = |(name, value): (_, Bound<'_, PyAny>)| Ok(format!("{name}={}", value.repr()?));
    let shown: PyResult<Vec<String>> = names.iter().zip(fields).map(field).collect();
    text(fields.py(), &format!("{class}({})", shown?.join(", ")))
}

/// Gives a class of PyO3 its methods, and all that makes it a value.
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
                let others = other.cast::<Self>().ok().map(|other| other.get().fields(py)).transpose()?;
                $crate::value::compare(&self.fields(py)?, others, Some(op))
            }

            fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
                self.fields(py)?.hash()
            }

            fn __repr__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
                $crate::value::repr(stringify!($class), &[$(stringify!($field)),+], &self.fields(py)?)
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
pub(crate) use value;
