//! JSON: orjson where it is installed, else the standard library.

use std::borrow::Cow;

use pyo3::{
    exceptions::{PyModuleNotFoundError, PyValueError},
    intern,
    prelude::*,
    sync::PyOnceLock,
    types::{IntoPyDict as _, PyBytes, PyDict, PyString},
};

/// What reads and what writes JSON.
struct Json {
    loads: Py<PyAny>,
    /// What the standard library's `loads` ends up with after a quarter of its time, for text that is nothing but a value.
    raw_decode: Option<Py<PyAny>>,
    dumps: Py<PyAny>,
    /// So that the standard library writes what orjson writes: no spaces, no escapes for what is not ASCII, and only JSON.
    dumps_options: Option<Py<PyDict>>,
}

impl Json {
    fn get(py: Python<'_>) -> PyResult<&Self> {
        static JSON: PyOnceLock<Json> = PyOnceLock::new();
        JSON.get_or_try_init(py, || match py.import("orjson") {
            Ok(module) => Self::new(&module, None, None),
            Err(error) if error.is_instance_of::<PyModuleNotFoundError>(py) => {
                let options = [("ensure_ascii", false), ("allow_nan", false)].into_py_dict(py)?;
                options.set_item("separators", (",", ":"))?;
                let module = py.import("json")?;
                let raw_decode = module.getattr("JSONDecoder")?.call0()?.getattr("raw_decode")?;
                Self::new(&module, Some(raw_decode), Some(options))
            }
            Err(error) => Err(error),
        })
    }

    fn new(
        module: &Bound<'_, PyModule>,
        raw_decode: Option<Bound<'_, PyAny>>,
        dumps_options: Option<Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let py = module.py();
        Ok(Self {
            loads: module.getattr(intern!(py, "loads"))?.unbind(),
            raw_decode: raw_decode.map(Bound::unbind),
            dumps: module.getattr(intern!(py, "dumps"))?.unbind(),
            dumps_options: dumps_options.map(Bound::unbind),
        })
    }

    /// What a text says, if it is a value and no white space around it.
    fn bare<'py>(&self, text: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = text.py();
        let Some(raw_decode) = &self.raw_decode else { return Ok(None) };
        match raw_decode.bind(py).call1((text,)) {
            Ok(found) => {
                let (value, end): (Bound<'py, PyAny>, usize) = found.extract()?;
                Ok((end == text.len()?).then_some(value))
            }
            Err(error) if error.is_instance_of::<PyValueError>(py) => Ok(None), // `loads` says what is wrong
            Err(error) => Err(error),
        }
    }
}

/// What a text in JSON says.
pub(crate) fn loads<'py>(text: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = text.py();
    let json = Json::get(py)?;
    match json.bare(text)? {
        Some(value) => Ok(value),
        None => json.loads.bind(py).call1((text,)),
    }
}

/// Calls `with` with an object in JSON, which has no line ends.
pub(crate) fn with_text<T>(object: &Bound<'_, PyAny>, with: impl FnOnce(&str) -> PyResult<T>) -> PyResult<T> {
    let json = dumps(object)?;
    let text = match json.cast::<PyBytes>() {
        Ok(bytes) => Cow::Borrowed(
            std::str::from_utf8(bytes.as_bytes()).map_err(|error| PyValueError::new_err(error.to_string()))?,
        ),
        Err(_) => json.cast::<PyString>()?.to_cow()?,
    };
    with(&text)
}

/// An object in JSON: `bytes` from orjson, `str` from the standard library.
fn dumps<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = object.py();
    let json = Json::get(py)?;
    json.dumps.bind(py).call((object,), json.dumps_options.as_ref().map(|options| options.bind(py)))
}
