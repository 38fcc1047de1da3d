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
    dumps: Py<PyAny>,
    standard: Option<Standard>,
}

/// What is done otherwise with the standard library than with orjson.
struct Standard {
    /// What its `loads` ends up with after a quarter of its time, for text that is nothing but a value.
    raw_decode: Py<PyAny>,
    /// So that it writes what orjson writes: no spaces, no escapes for what is not ASCII, and only JSON.
    dumps_options: Py<PyDict>,
}

impl Json {
    fn get(py: Python<'_>) -> PyResult<&Self> {
        static JSON: PyOnceLock<Json> = PyOnceLock::new();
        JSON.get_or_try_init(py, || match py.import("orjson") {
            Ok(module) => Self::new(&module, None),
            Err(error) if error.is_instance_of::<PyModuleNotFoundError>(py) => {
                let module = py.import("json")?;
                Self::new(&module, Some(Standard::new(&module)?))
            }
            Err(error) => Err(error),
        })
    }

    fn new(module: &Bound<'_, PyModule>, standard: Option<Standard>) -> PyResult<Self> {
        let py = module.py();
        let loads = module.getattr(intern!(py, "loads"))?.unbind();
        let dumps = module.getattr(intern!(py, "dumps"))?.unbind();
        Ok(Self { loads, dumps, standard })
    }

    fn loads<'py>(&self, text: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        if let Some(standard) = &self.standard
            && let Some(value) = standard.bare(text)?
        {
            return Ok(value);
        }
        self.loads.bind(text.py()).call1((text,))
    }

    /// `bytes` from orjson, `str` from the standard library.
    fn dumps<'py>(&self, object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = object.py();
        let options = self.standard.as_ref().map(|standard| standard.dumps_options.bind(py));
        self.dumps.bind(py).call((object,), options)
    }
}

impl Standard {
    fn new(module: &Bound<'_, PyModule>) -> PyResult<Self> {
        let dumps_options = [("ensure_ascii", false), ("allow_nan", false)].into_py_dict(module.py())?;
        dumps_options.set_item("separators", (",", ":"))?;
        let raw_decode = module.getattr("JSONDecoder")?.call0()?.getattr("raw_decode")?;
        Ok(Self { raw_decode: raw_decode.unbind(), dumps_options: dumps_options.unbind() })
    }

    /// What a text says, if it is a value and no white space around it.
    fn bare<'py>(&self, text: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = text.py();
        match self.raw_decode.bind(py).call1((text,)) {
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
    Json::get(text.py())?.loads(text)
}

/// Calls `with` with an object in JSON, which has no line ends.
pub(crate) fn with_text<T>(object: &Bound<'_, PyAny>, with: impl FnOnce(&str) -> PyResult<T>) -> PyResult<T> {
    let json = Json::get(object.py())?.dumps(object)?;
    let text = match json.cast::<PyBytes>() {
        Ok(bytes) => Cow::Borrowed(
            std::str::from_utf8(bytes.as_bytes()).map_err(|error| PyValueError::new_err(error.to_string()))?,
        ),
        Err(_) => json.cast::<PyString>()?.to_cow()?,
    };
    with(&text)
}
