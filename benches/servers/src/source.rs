//! Where the events come from: the same for everybody, as text, before it is encoded.

use std::{
    borrow::Cow,
    pin::Pin,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    task::{Context, Poll, Waker, ready},
    time::Duration,
};

use futures_util::Stream;
use tokio::time::{Interval, interval};

use crate::system::monotonic_nanos;

/// The data of an event.
pub type Text = Cow<'static, str>;

/// What a source does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scenario {
    /// It always has the next event, which is [`ENCODED`].
    Ready,
    /// It has an event each [`TICK`], which begins with the time at which it was made.
    Ticks,
    /// It has its events at once, and then nothing more, and no end.
    Idle,
}

/// An event of 100 bytes.
pub const ENCODED: &str =
    "data: 00000000000000000000 The quick brown fox jumps over the lazy dog; every good bird does fine.\n\n";
/// Where its data is in it.
const DATA: std::ops::Range<usize> = 6..98;
/// How many digits the time at its beginning has.
pub const DIGITS: usize = 20;
/// The time between two ticks.
pub const TICK: Duration = Duration::from_millis(1);

const _: () = assert!(ENCODED.len() == 100);

static PRODUCED: AtomicU64 = AtomicU64::new(0);

/// How many events all sources of this process have given away.
pub fn produced() -> u64 {
    PRODUCED.load(Relaxed)
}

/// The data of all events.
pub fn data() -> &'static str {
    &ENCODED[DATA]
}

impl Scenario {
    const ALL: [Self; 3] = [Self::Ready, Self::Ticks, Self::Idle];

    /// What the command line calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Ticks => "ticks",
            Self::Idle => "idle",
        }
    }

    /// The scenario with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scenario| scenario.name() == name)
    }

    /// A source of so many events, and then the end, unless it is idle then.
    pub fn source(self, count: u64) -> Source {
        let state = match self {
            Self::Ready => State::Ready,
            Self::Ticks => State::Ticks(interval(TICK)),
            Self::Idle => State::Idle(None),
        };
        Source { state, left: count }
    }
}

/// A source of events, in the task of its connection.
pub struct Source {
    state: State,
    left: u64,
}

enum State {
    Ready,
    Ticks(Interval),
    /// Who would be woken if something came.
    Idle(Option<Waker>),
}

impl Stream for Source {
    type Item = Text;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Text>> {
        let Self { state, left } = &mut *self;
        if *left == 0 {
            let State::Idle(waker) = state else { return Poll::Ready(None) };
            if !waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
                *waker = Some(cx.waker().clone());
            }
            return Poll::Pending;
        }
        let text = if let State::Ticks(interval) = state {
            ready!(interval.poll_tick(cx));
            Cow::Owned(format!("{:0DIGITS$}{}", monotonic_nanos(), &data()[DIGITS..]))
        } else {
            Cow::Borrowed(data())
        };
        *left -= 1;
        // There is one thread that produces.
        PRODUCED.store(PRODUCED.load(Relaxed) + 1, Relaxed);
        Poll::Ready(Some(text))
    }
}
