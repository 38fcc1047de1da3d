//! Waking whoever waits for a subscription.
//!
//! The hub calls the wakers of all who wait, one after the other, in the thread of the publisher. An event loop is to be called
//! once for all of them: what is woken is gathered here, and only the first one has the loop called.

use std::{
    collections::VecDeque,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Wake,
};

use pyo3::{intern, prelude::*, sync::PyOnceLock, types::PyWeakrefReference};

/// Those who were woken in one event loop.
#[pyclass(frozen, module = "tidings._tidings")]
pub(crate) struct LoopWakes {
    /// Weak: the loops that were ever run would stay otherwise, since this is kept for each of them.
    event_loop: Py<PyWeakrefReference>,
    /// While there are any, the loop is asked to call us.
    woken: Mutex<VecDeque<Arc<Waiter>>>,
}

#[pymethods]
impl LoopWakes {
    #[new]
    fn new(event_loop: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(Self { event_loop: PyWeakrefReference::new(event_loop)?.unbind(), woken: Mutex::default() })
    }

    /// Ends the waiting of those who were woken first. The event loop calls it, as often as there are any.
    fn __call__(slf: &Bound<'_, Self>) {
        let py = slf.py();
        let mut woken = lock(&slf.get().woken);
        let most = woken.len().min(Self::MOST_AT_ONCE);
        let first: Vec<_> = woken.drain(..most).collect();
        let are_more = !woken.is_empty();
        drop(woken);
        for waiter in first {
            let future = waiter.lock().waits_for.take();
            if let Some(Err(error)) = future.map(|future| end(future.bind(py))) {
                error.write_unraisable(py, Some(slf));
            }
        }
        if are_more {
            slf.get().have_called(py, slf.as_unbound());
        }
    }
}

/// Lets whoever waits for this future go on.
fn end(future: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = future.py();
    if !future.call_method0(intern!(py, "done"))?.is_truthy()? {
        future.call_method1(intern!(py, "set_result"), (py.None(),))?;
    }
    Ok(())
}

impl LoopWakes {
    /// How many go on before others in the loop have their turn: each of them sends something, maybe.
    const MOST_AT_ONCE: usize = 256;

    fn take(&self) -> VecDeque<Arc<Waiter>> {
        mem::take(&mut *lock(&self.woken))
    }

    /// Adds somebody, and has the loop call us if it was not asked to already.
    fn add(this: &Py<Self>, waiter: Arc<Waiter>) {
        let mut woken = lock(&this.get().woken);
        woken.push_back(waiter);
        let is_first = woken.len() == 1;
        drop(woken);
        if is_first {
            Python::attach(|py| this.get().have_called(py, this));
        }
    }

    /// Asks the event loop to call us.
    fn have_called(&self, py: Python<'_>, this: &Py<Self>) {
        let Some(event_loop) = self.event_loop.bind(py).upgrade() else { return drop(self.take()) };
        let asked = running_loop_or_none(py).and_then(|running| {
            // In its own thread there is no need to interrupt its waiting, which takes two calls of the system.
            let is_running = running.is(&event_loop);
            let call = if is_running { intern!(py, "call_soon") } else { intern!(py, "call_soon_threadsafe") };
            event_loop.call_method1(call, (this,))
        });
        if let Err(error) = asked {
            drop(self.take());
            // In a loop that is closed nobody waits.
            let closed = event_loop.call_method0(intern!(py, "is_closed")).and_then(|closed| closed.is_truthy());
            if !closed.unwrap_or(false) {
                error.write_unraisable(py, Some(this.bind(py)));
            }
        }
    }
}

/// The event loop that runs in this thread, or None.
fn running_loop_or_none(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    static RUNNING_LOOP: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    RUNNING_LOOP.import(py, "asyncio", "_get_running_loop")?.call0()
}

/// The event loop that runs in this thread: asyncio's function, which is not imported before it is needed.
#[pyfunction]
pub(crate) fn running_loop(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    static RUNNING_LOOP: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    RUNNING_LOOP.import(py, "asyncio", "get_running_loop")?.call0()
}

/// Where somebody waits who can be woken.
pub(crate) enum Wakes {
    /// In an event loop, for a future.
    Loop(Py<LoopWakes>),
    /// In a thread, until something is called.
    Thread,
}

/// Whoever waits for a subscription.
///
/// The machine of the hub may drop it while it is locked. Nothing in here runs Python when it is dropped: `waits_for` is emptied by
/// those who set it.
pub(crate) struct Waiter {
    wakes: Wakes,
    state: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    woken: bool,
    /// The future, or what is to be called.
    waits_for: Option<Py<PyAny>>,
}

impl Waiter {
    pub(crate) fn new(wakes: Wakes) -> Self {
        Self { wakes, state: Mutex::default() }
    }

    /// Whether it waits there.
    pub(crate) fn is_of(&self, wakes: Option<&Bound<'_, LoopWakes>>) -> bool {
        match (&self.wakes, wakes) {
            (Wakes::Loop(this), Some(other)) => this.is(other),
            (Wakes::Thread, None) => true,
            _ => false,
        }
    }

    /// Forgets that it was woken: what there is to see is looked at next. Returns whether nobody waits.
    pub(crate) fn begin(&self) -> bool {
        let mut waiting = self.lock();
        waiting.woken = false;
        waiting.waits_for.is_none()
    }

    /// Waits for this, unless it was woken since. Returns whether it does.
    pub(crate) fn wait(&self, waits_for: Py<PyAny>) -> bool {
        let mut waiting = self.lock();
        if !waiting.woken {
            waiting.waits_for = Some(waits_for);
        }
        !waiting.woken
    }

    /// Waits no more.
    pub(crate) fn stop(&self) {
        let waited_for = self.lock().waits_for.take();
        drop(waited_for);
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        lock(&self.state)
    }
}

impl Wake for Waiter {
    fn wake(self: Arc<Self>) {
        let mut waiting = self.lock();
        waiting.woken = true;
        if waiting.waits_for.is_none() {
            return;
        }
        match &self.wakes {
            Wakes::Loop(wakes) => {
                drop(waiting);
                LoopWakes::add(wakes, Arc::clone(&self));
            }
            Wakes::Thread => {
                let call = waiting.waits_for.take();
                drop(waiting);
                Python::attach(|py| {
                    if let Some(Err(error)) = call.map(|call| call.call0(py)) {
                        error.write_unraisable(py, None);
                    }
                });
            }
        }
    }
}

/// Nothing panics while one of these is locked.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
