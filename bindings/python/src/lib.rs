//! The extension module `tidings._tidings`: the codec and the hub for Python.
//!
//! It converts bytes, text, errors and ownership; what an event stream means is for `tidings-codec` to say. A chunk crosses
//! the border once, and the events it completes are made at once: see `docs/design/0010-python.md`; for the hub,
//! `docs/design/0013-python-hub.md`.

mod block;
mod chunk;
mod chunk_events;
mod decoder;
mod encode;
mod errors;
mod event;
mod event_iterator;
mod hub;
mod interpreter;
mod item;
mod json;
mod machine;
mod machine_options;
mod options;
mod queue;
mod step;
mod stream;
mod subscription;
mod text;
mod value;
mod waiting;

use pyo3::prelude::*;

/// The module. It needs no GIL: what can change is behind a check of who borrows it.
#[pymodule(gil_used = false)]
mod _tidings {
    #[pymodule_export]
    use crate::chunk_events::ChunkEvents;
    #[pymodule_export]
    use crate::decoder::Decoder;
    #[pymodule_export]
    use crate::encode::encode;
    #[pymodule_export]
    use crate::event_iterator::EventIterator;
    #[pymodule_export]
    use crate::hub::{Hub, forked};
    #[pymodule_export]
    use crate::item::{Comment, ReconnectionTime};
    #[pymodule_export]
    use crate::machine::Machine;
    #[pymodule_export]
    use crate::step::Step;
    #[pymodule_export]
    use crate::subscription::Subscription;
    #[pymodule_export]
    use crate::waiting::{LoopWakes, running_loop};

    use super::{
        Bound, PyModule, PyModuleMethods as _, PyResult, event, interpreter, options::DEFAULT_MAX_EVENT_BYTES,
    };

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        interpreter::check(module.py())?;
        module.add("ServerSentEvent", event::class(module.py())?)?;
        module.add("DEFAULT_MAX_EVENT_BYTES", DEFAULT_MAX_EVENT_BYTES)?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
