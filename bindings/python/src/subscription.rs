//! A subscription, as far as it does not wait.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use futures_core::Stream as _;
use pyo3::{exceptions::PyRuntimeError, prelude::*, types::PyBytes};
use tidings_codec::EncodedFrame;

use crate::{
    hub::Hub,
    waiting::{LoopWakes, Waiter, Wakes},
};

/// A subscription to a hub. It never waits: poll says what there is, and wait what is to be told when there is more.
#[pyclass(frozen, subclass, module = "tidings._tidings")]
pub(crate) struct Subscription {
    hub: Py<Hub>,
    /// The process in which it was made: it is of no other.
    process: usize,
    state: Mutex<State>,
}

struct State {
    /// Before the waiter, which must outlive what the hub has of it.
    subscription: Option<tidings_hub::Subscription>,
    waiter: Option<(Arc<Waiter>, Waker)>,
    /// Whether it has seen more than its position.
    begun: bool,
}

#[pymethods]
impl Subscription {
    #[new]
    #[pyo3(signature = (hub, topics, *, after = None, start = None, selectors = true))]
    fn new(
        hub: &Bound<'_, Hub>,
        topics: &Bound<'_, PyAny>,
        after: Option<&str>,
        start: Option<&Bound<'_, PyAny>>,
        selectors: bool,
    ) -> PyResult<Self> {
        let subscription = hub.get().subscribe(topics, after, start, selectors)?;
        let state = State { subscription: Some(subscription), waiter: None, begun: false };
        Ok(Self { hub: hub.clone().unbind(), process: Hub::process(), state: Mutex::new(state) })
    }

    /// What is ready: encoded frames; nothing (b"") if there is nothing yet; None at the end.
    ///
    /// event_loop is that in which wait will be called, None for a thread.
    #[pyo3(signature = (event_loop, /))]
    fn poll<'py>(
        &self,
        py: Python<'py>,
        event_loop: Option<&Bound<'py, LoopWakes>>,
    ) -> PyResult<Option<Bound<'py, PyBytes>>> {
        if self.process != Hub::process() {
            let of_another = self.lock().subscription.take();
            drop(of_another);
        }
        let mut state = self.lock();
        let (frames, ended) = state.poll(event_loop)?;
        drop(state);
        drop(ended); // which takes the lock of the hub
        Ok(frames.map(|frames| self.hub.get().bytes(py, frames)))
    }

    /// Has waits_for told when there is more: a future of the loop is done, or for a thread it is called. Returns False if
    /// there is more already. With None nothing is told any more.
    #[pyo3(signature = (waits_for, /))]
    fn wait(&self, waits_for: Option<Py<PyAny>>) -> bool {
        let Some(waiter) = self.lock().waiter.as_ref().map(|(waiter, _)| Arc::clone(waiter)) else { return false };
        let Some(waits_for) = waits_for else {
            waiter.stop();
            return false;
        };
        waiter.wait(waits_for)
    }

    /// Ends it, from any thread: its place is free, and whoever waits for it sees the end. Nothing that was published before is
    /// seen any more.
    fn close(&self) {
        let mut state = self.lock();
        let subscription = state.subscription.take();
        let waker = state.waiter.as_ref().map(|(_, waker)| waker.clone());
        drop(state);
        if subscription.is_some() {
            drop(subscription);
            waker.inspect(Waker::wake_by_ref);
        }
    }
}

impl Subscription {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is ready, or `None` at the end; and the subscription, if it has ended.
type Polled = (Option<Option<EncodedFrame>>, Option<tidings_hub::Subscription>);

impl State {
    fn poll(&mut self, event_loop: Option<&Bound<'_, LoopWakes>>) -> PyResult<Polled> {
        let Self { subscription, waiter, begun } = self;
        let Some(subscription) = subscription else { return Ok((None, None)) };
        if waiter.as_ref().is_some_and(|(waiter, _)| !waiter.begin()) {
            return Err(PyRuntimeError::new_err("this subscription is waited for already: use one for each client"));
        }
        let (_, waker) = match waiter {
            Some(waiter) if waiter.0.is_of(event_loop) => waiter,
            _ => {
                let new = Arc::new(Waiter::new(
                    event_loop.map_or(Wakes::Thread, |event_loop| Wakes::Loop(event_loop.clone().unbind())),
                ));
                waiter.insert((Arc::clone(&new), Waker::from(new)))
            }
        };
        let mut next = || Pin::new(&mut *subscription).poll_next(&mut Context::from_waker(waker));
        match next() {
            Poll::Pending => Ok((Some(None), None)),
            Poll::Ready(Some(frames)) if *begun => Ok((Some(Some(frames)), None)),
            Poll::Ready(Some(first)) => {
                *begun = true;
                // Its position or a gap, and behind it what it has missed: one piece.
                match next() {
                    Poll::Ready(Some(more)) => Ok((Some(Some(EncodedFrame::join(&[first, more]))), None)),
                    _ => Ok((Some(Some(first)), None)),
                }
            }
            Poll::Ready(None) => Ok((None, self.subscription.take())),
        }
    }
}
