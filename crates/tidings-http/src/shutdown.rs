//! Ending the bodies of a server that stops.

use std::{
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};

use pin_project_lite::pin_project;
use tokio::{
    sync::{Notify, futures::OwnedNotified},
    time::Instant,
};

/// Ends event streams so that their server can stop, and counts those that are open.
///
/// A stream of events has no end of its own, so a server that waits for its responses never stops. Give one `Shutdown` to the
/// [`Options`](crate::Options) of all bodies, and call [`drain`](Self::drain) when the server is told to stop. Clones are the
/// same shutdown.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tidings_http::{EventBody, EncodedFrame, Options, Shutdown};
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// let shutdown = Shutdown::new();
/// let options = Options::builder().shutdown(&shutdown).build()?;
///
/// let body = options.body(futures_util::stream::pending::<EncodedFrame>());
/// assert_eq!(shutdown.open_streams(), 1);
///
/// shutdown.drain(Duration::from_millis(10));
/// let read = tokio::spawn(futures_util::StreamExt::count(body));
/// shutdown.drained().await;
/// assert_eq!(shutdown.open_streams(), 0);
/// # read.await.unwrap();
/// # Ok::<(), tidings_http::InvalidOptions>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Debug, Default)]
pub struct Shutdown(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    /// How many calls of `drain` there were: what bodies look at, without the lock.
    calls: AtomicU32,
    /// The end of the window.
    until: Mutex<Option<Instant>>,
    /// Wakes the bodies when there is a call.
    called: Arc<Notify>,
    open: AtomicUsize,
    /// Wakes those who wait for the last body.
    closed: Notify,
}

impl Shutdown {
    /// The longest window of [`drain`](Self::drain).
    const LONGEST: Duration = Duration::from_hours(24);

    /// A shutdown that nobody has called for.
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends every open body at a moment of its own inside the window `over`, which begins now, and every later body in what
    /// is left of it, or at once.
    ///
    /// Before it ends, after the last whole event, each body tells its client a reconnection time of its own, by chance up to
    /// `over`: so clients do not come back all together. Where a proxy would answer those that come back too early with an error,
    /// which ends an `EventSource` for good, let another server take them over first. It returns at once; [`drained`](Self::drained) waits. A window
    /// of zero ends all bodies now, without telling a reconnection time; one of more than 24 hours counts as 24 hours.
    ///
    /// A second call can only shorten the window.
    pub fn drain(&self, over: Duration) {
        let until = Instant::now() + over.min(Self::LONGEST);
        let mut earliest = self.0.until.lock().unwrap_or_else(PoisonError::into_inner);
        if earliest.is_none_or(|earliest| until < earliest) {
            *earliest = Some(until);
            drop(earliest);
            self.0.calls.fetch_add(1, Ordering::Release);
            self.0.called.notify_waiters();
        }
    }

    /// Waits until no body is open: at once if there is none, and for ever if nothing ends them.
    ///
    /// # Cancel safety
    ///
    /// It only waits.
    pub async fn drained(&self) {
        loop {
            let closed = self.0.closed.notified();
            if self.open_streams() == 0 {
                return;
            }
            closed.await;
        }
    }

    /// How many bodies are open: made and not yet dropped by the server.
    pub fn open_streams(&self) -> usize {
        self.0.open.load(Ordering::Acquire)
    }

    /// Whether [`drain`](Self::drain) was called.
    ///
    /// Do not refuse requests for it: an error status would end an `EventSource` for good. A body that is made now ends by
    /// itself, and its client comes back.
    pub fn is_draining(&self) -> bool {
        self.0.calls.load(Ordering::Acquire) > 0
    }
}

pin_project! {
    /// One body in the eyes of its shutdown.
    #[derive(Debug)]
    pub(crate) struct Member {
        shared: Arc<Shared>,
        calls_seen: u32,
        #[pin]
        called: OwnedNotified,
        // Who `called` wakes: asking it again would take a lock that all bodies share.
        waker: Option<Waker>,
    }

    impl PinnedDrop for Member {
        fn drop(this: Pin<&mut Self>) {
            if this.shared.open.fetch_sub(1, Ordering::AcqRel) == 1 {
                this.shared.closed.notify_waiters();
            }
        }
    }
}

impl Member {
    pub(crate) fn new(shutdown: &Shutdown) -> Self {
        let shared = Arc::clone(&shutdown.0);
        shared.open.fetch_add(1, Ordering::AcqRel);
        let called = Arc::clone(&shared.called).notified_owned();
        Self { shared, calls_seen: 0, called, waker: None }
    }

    /// What is left of the window, if `drain` was called since this was last asked.
    pub(crate) fn window(self: Pin<&mut Self>) -> Option<Duration> {
        let this = self.project();
        let calls = this.shared.calls.load(Ordering::Acquire);
        if calls == *this.calls_seen {
            return None;
        }
        *this.calls_seen = calls;
        *this.waker = None;
        let until = this.shared.until.lock().unwrap_or_else(PoisonError::into_inner);
        until.map(|until| until.saturating_duration_since(Instant::now()))
    }

    /// Waits for a call of `drain` after the last that `window` has told of.
    pub(crate) fn poll_called(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        if this.shared.calls.load(Ordering::Acquire) != *this.calls_seen {
            return Poll::Ready(());
        }
        if this.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            return Poll::Pending;
        }
        while this.called.as_mut().poll(cx).is_ready() {
            // The call that this one waited for, or one that the body already knows of: wait for the next.
            this.called.set(Arc::clone(&this.shared.called).notified_owned());
            if this.shared.calls.load(Ordering::Acquire) != *this.calls_seen {
                return Poll::Ready(());
            }
        }
        *this.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}
