//! An event, as an object that nobody can change.
//!
//! To whoever changes this: it is a class without PyO3's help, because its objects are much of what decoding costs. PyO3 would make
//! them by way of `object.__new__`, with a head for the garbage collector, and take them apart behind a guard: see
//! `docs/design/0010-python.md`. What touches memory is `event`, `dealloc` and the table of members; all else is written with
//! PyO3 as elsewhere.
//!
//! Its objects need nothing of the garbage collector as long as they hold nothing but text and numbers.

#![allow(unsafe_code)]

use std::{
    ffi::{CStr, c_int, c_void},
    mem::offset_of,
    ptr,
};

use pyo3::{
    IntoPyObjectExt as _,
    basic::CompareOp,
    ffi, intern,
    prelude::*,
    sync::PyOnceLock,
    types::{PyCFunction, PyString, PyTuple, PyType},
};

use crate::{json, value};

/// How an event lies in memory. The fields hold references, and none is null from the moment on that anybody has the event.
#[repr(C)]
struct Object {
    head: ffi::PyObject,
    fields: [*mut ffi::PyObject; FIELDS.len()],
}

const NAME: &CStr = c"tidings.ServerSentEvent";
const FIELDS: [&CStr; 4] = [c"event", c"data", c"id", c"retry"];
const DOC: &CStr = c"ServerSentEvent(event=None, data=None, id=None, retry=None)
--

An event that was dispatched.

`event` is its type, `data` its data, `id` the last event ID when it was dispatched (\"\" if there is none), and `retry` the
reconnection time in milliseconds that its own block set, or None.";
const JSON_DOC: &CStr = c"json($self, /)
--

Reads the data as JSON: with orjson if it is installed, else with the standard library.";
const REDUCE_DOC: &CStr = c"__reduce__($self, /)
--

For pickling and copying.";

/// Makes an event.
#[inline]
pub(crate) fn event<'py>(
    py: Python<'py>,
    event_type: Bound<'py, PyString>,
    data: Bound<'py, PyString>,
    id: Bound<'py, PyString>,
    retry: Option<u64>,
) -> PyResult<Bound<'py, PyAny>> {
    let retry = match retry {
        None => py.None().into_bound(py),
        Some(milliseconds) => milliseconds.into_bound_py_any(py)?,
    };
    // SAFETY: the class is one whose objects are made so: they have no head for the garbage collector, and no dictionary.
    let object = unsafe { ffi::PyObject_New::<Object>(class(py)?.as_type_ptr()) };
    if object.is_null() {
        return Err(PyErr::fetch(py));
    }
    let fields = [event_type.into_any(), data.into_any(), id.into_any(), retry].map(Bound::into_ptr);
    // SAFETY: there is room for an `Object`.
    let room = unsafe { &raw mut (*object).fields };
    // SAFETY: nobody else has it yet.
    unsafe { room.write(fields) };
    // SAFETY: it is a new reference to an object that is not null.
    Ok(unsafe { Bound::from_owned_ptr(py, object.cast()) })
}

/// Its class.
#[inline]
pub(crate) fn class(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    CLASS.get_or_try_init(py, || make_class(py)).map(|class| class.bind(py))
}

#[cold]
fn make_class(py: Python<'_>) -> PyResult<Py<PyType>> {
    let mut members = members();
    // Python keeps these.
    let methods = Box::leak(Box::new([
        method(c"json", json, JSON_DOC),
        method(c"__reduce__", reduce, REDUCE_DOC),
        ffi::PyMethodDef::zeroed(),
    ]));
    let slot = |slot: c_int, pfunc: *mut c_void| ffi::PyType_Slot { slot, pfunc };
    let mut slots = [
        slot(ffi::Py_tp_doc, DOC.as_ptr().cast_mut().cast()),
        slot(ffi::Py_tp_members, members.as_mut_ptr().cast()),
        slot(ffi::Py_tp_methods, methods.as_mut_ptr().cast()),
        slot(ffi::Py_tp_new, new as ffi::newfunc as *mut c_void),
        slot(ffi::Py_tp_dealloc, dealloc as ffi::destructor as *mut c_void),
        slot(ffi::Py_tp_richcompare, compare as ffi::richcmpfunc as *mut c_void),
        slot(ffi::Py_tp_hash, hash as ffi::hashfunc as *mut c_void),
        slot(ffi::Py_tp_repr, repr as ffi::reprfunc as *mut c_void),
        ffi::PyType_Slot::default(),
    ];
    let mut spec = ffi::PyType_Spec {
        name: NAME.as_ptr(),
        basicsize: size_of::<Object>().try_into()?,
        itemsize: 0,
        flags: ffi::Py_TPFLAGS_DEFAULT.try_into()?,
        slots: slots.as_mut_ptr(),
    };
    // SAFETY: every list ends in an empty entry, and every entry is what its slot is for.
    let class = unsafe { ffi::PyType_FromSpec(&raw mut spec) };
    // SAFETY: it is a new reference, or null and an exception.
    let class = unsafe { Bound::from_owned_ptr_or_err(py, class) }?.cast_into::<PyType>()?;
    class.setattr(intern!(py, "__match_args__"), PyTuple::new(py, names(py))?)?;
    Ok(class.unbind())
}

/// The fields as attributes that are only read.
fn members() -> [ffi::PyMemberDef; FIELDS.len() + 1] {
    let mut members = [ffi::PyMemberDef::default(); FIELDS.len() + 1];
    for (index, (member, name)) in members.iter_mut().zip(FIELDS).enumerate() {
        let offset = offset_of!(Object, fields) + index * size_of::<*mut ffi::PyObject>();
        member.name = name.as_ptr();
        member.type_code = ffi::Py_T_OBJECT_EX;
        member.offset = offset.cast_signed();
        member.flags = ffi::Py_READONLY;
    }
    members
}

fn method(name: &CStr, function: ffi::PyCFunction, doc: &CStr) -> ffi::PyMethodDef {
    ffi::PyMethodDef {
        ml_name: name.as_ptr(),
        ml_meth: ffi::PyMethodDefPointer { PyCFunction: function },
        ml_flags: ffi::METH_NOARGS,
        ml_doc: doc.as_ptr(),
    }
}

fn names(py: Python<'_>) -> [&Bound<'_, PyString>; FIELDS.len()] {
    [intern!(py, "event"), intern!(py, "data"), intern!(py, "id"), intern!(py, "retry")]
}

fn fields<'py>(event: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyTuple>> {
    let [event_type, data, id, retry] = names(event.py()).map(|name| event.getattr(name));
    PyTuple::new(event.py(), [event_type?, data?, id?, retry?])
}

// From here on: what Python calls. It does so while it is attached, and with an event, as the class says.

unsafe extern "C" fn dealloc(object: *mut ffi::PyObject) {
    // SAFETY: it is an event.
    let fields = unsafe { (*object.cast::<Object>()).fields };
    // SAFETY: it is an object.
    let class = unsafe { ffi::Py_TYPE(object) };
    // SAFETY: it is from `PyObject_New`, and nobody has it any more.
    unsafe { ffi::PyObject_Free(object.cast()) };
    for field in fields {
        // SAFETY: it had a reference to each of its fields.
        unsafe { ffi::Py_DECREF(field) };
    }
    // SAFETY: and one to its class, as every object of a class that was made at run time.
    unsafe { ffi::Py_DECREF(class.cast()) };
}

unsafe extern "C" fn new(
    class: *mut ffi::PyTypeObject,
    arguments: *mut ffi::PyObject,
    keywords: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    let construct = |class: &Bound<'_, PyAny>| {
        static FUNCTION: PyOnceLock<Py<PyCFunction>> = PyOnceLock::new();
        let py = class.py();
        let function = FUNCTION.get_or_try_init(py, || wrap_pyfunction!(construct, py).map(Bound::unbind))?;
        // SAFETY: these are a tuple, and a dictionary or null.
        let event = unsafe { ffi::PyObject_Call(function.as_ptr(), arguments, keywords) };
        // SAFETY: it is a new reference, or null and an exception.
        unsafe { Bound::from_owned_ptr_or_err(py, event) }.map(Bound::into_ptr)
    };
    // SAFETY: a class is an object.
    unsafe { with(class.cast(), ptr::null_mut(), construct) }
}

/// `ServerSentEvent(…)`.
#[pyfunction]
#[pyo3(name = "ServerSentEvent", signature = (event = None, data = None, id = None, retry = None))]
fn construct<'py>(
    py: Python<'py>,
    event: Option<Bound<'py, PyString>>,
    data: Option<Bound<'py, PyString>>,
    id: Option<Bound<'py, PyString>>,
    retry: Option<u64>,
) -> PyResult<Bound<'py, PyAny>> {
    let or = |text: Option<Bound<'py, PyString>>, default| text.unwrap_or_else(|| PyString::intern(py, default));
    self::event(py, or(event, "message"), or(data, ""), or(id, ""), retry)
}

unsafe extern "C" fn json(event: *mut ffi::PyObject, _: *mut ffi::PyObject) -> *mut ffi::PyObject {
    let read = |event: &Bound<'_, PyAny>| {
        let data = event.getattr(intern!(event.py(), "data"))?;
        json::loads(&data).map(Bound::into_ptr)
    };
    // SAFETY: it is an event.
    unsafe { with(event, ptr::null_mut(), read) }
}

unsafe extern "C" fn reduce(event: *mut ffi::PyObject, _: *mut ffi::PyObject) -> *mut ffi::PyObject {
    let reduce = |event: &Bound<'_, PyAny>| {
        let made_by = (event.get_type(), fields(event)?);
        made_by.into_bound_py_any(event.py()).map(Bound::into_ptr)
    };
    // SAFETY: it is an event.
    unsafe { with(event, ptr::null_mut(), reduce) }
}

unsafe extern "C" fn compare(event: *mut ffi::PyObject, other: *mut ffi::PyObject, op: c_int) -> *mut ffi::PyObject {
    let compare = |event: &Bound<'_, PyAny>| {
        let py = event.py();
        // SAFETY: it is an object.
        let other = unsafe { Bound::from_borrowed_ptr(py, other) };
        let others = if other.get_type().is(class(py)?) { Some(fields(&other)?) } else { None };
        value::compare(&fields(event)?, others, CompareOp::from_raw(op)).map(Bound::into_ptr)
    };
    // SAFETY: it is an event.
    unsafe { with(event, ptr::null_mut(), compare) }
}

unsafe extern "C" fn hash(event: *mut ffi::PyObject) -> ffi::Py_hash_t {
    // SAFETY: it is an event.
    unsafe { with(event, -1, |event| fields(event)?.hash()) }
}

unsafe extern "C" fn repr(event: *mut ffi::PyObject) -> *mut ffi::PyObject {
    let repr = |event: &Bound<'_, PyAny>| {
        let shown = value::repr("ServerSentEvent", &names(event.py()), &fields(event)?)?;
        Ok(shown.into_any().into_ptr())
    };
    // SAFETY: it is an event.
    unsafe { with(event, ptr::null_mut(), repr) }
}

/// Does something with an object, as Python wants it done: if there is an error it is set, and `failed` is the answer.
///
/// # Safety
/// The thread is attached, and it is an object.
unsafe fn with<T>(object: *mut ffi::PyObject, failed: T, work: impl FnOnce(&Bound<'_, PyAny>) -> PyResult<T>) -> T {
    // SAFETY: the caller says so.
    let py = unsafe { Python::assume_attached() };
    // SAFETY: here, too.
    let object = unsafe { Bound::from_borrowed_ptr(py, object) };
    work(&object).unwrap_or_else(|error| {
        error.restore(py);
        failed
    })
}
