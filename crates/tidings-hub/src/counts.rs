//! What a hub counts.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use crate::{GapReason, machine::Machine};

/// What has happened since a hub was started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Events that were published; of a hub over a log, those that it has read from there.
    pub published: u64,
    /// Events that were not published again, by their key.
    pub repeated: u64,
    /// Subscriptions that were begun.
    pub subscribed: u64,
    /// Subscriptions that were revoked.
    pub revoked: u64,
    /// Subscribers that were told of a gap, or disconnected for one.
    pub gaps: Gaps,
}

/// What a hub holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sizes {
    /// Events that are kept.
    pub events: usize,
    /// The bytes of these, with what belongs to each.
    pub bytes: usize,
    /// Topics that have events, or had some not long ago.
    pub topics: usize,
    /// Subscriptions.
    pub subscribers: usize,
    /// How long ago the first event that is kept was published, if any is: who was away for less has no gap.
    pub oldest: Option<Duration>,
}

impl Sizes {
    pub(crate) fn of(machine: &Machine, now: Instant) -> Self {
        let [events, bytes, topics, subscribers] = machine.sizes();
        let oldest = machine.oldest().map(|at| now.saturating_duration_since(at));
        Self { events, bytes, topics, subscribers, oldest }
    }
}

/// How many gaps there were for each [reason](GapReason).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Gaps {
    /// [`GapReason::Evicted`]
    pub evicted: u64,
    /// [`GapReason::UnknownId`]
    pub unknown_id: u64,
    /// [`GapReason::FutureId`]
    pub future_id: u64,
    /// [`GapReason::FellBehind`]
    pub fell_behind: u64,
}

impl Gaps {
    /// The same, each with its reason.
    pub const fn by_reason(self) -> [(GapReason, u64); 4] {
        [
            (GapReason::Evicted, self.evicted),
            (GapReason::UnknownId, self.unknown_id),
            (GapReason::FutureId, self.future_id),
            (GapReason::FellBehind, self.fell_behind),
        ]
    }
}

/// The counters of a hub.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    repeated: Counter,
    subscribed: Counter,
    revoked: Counter,
    evicted: Counter,
    unknown_id: Counter,
    future_id: Counter,
    fell_behind: Counter,
}

#[derive(Debug, Default)]
struct Counter(AtomicU64);

impl Counter {
    fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Counters {
    pub(crate) fn repeated(&self) {
        self.repeated.add();
    }

    pub(crate) fn subscribed(&self) {
        self.subscribed.add();
    }

    /// How many subscriptions were begun.
    #[cfg(feature = "tokio")]
    pub(crate) fn subscriptions(&self) -> u64 {
        self.subscribed.get()
    }

    pub(crate) fn revoked(&self) {
        #[cfg(feature = "tokio")]
        tracing::debug!("a subscription was revoked");
        self.revoked.add();
    }

    pub(crate) fn gap(&self, reason: GapReason) {
        #[cfg(feature = "tokio")]
        tracing::debug!(%reason, "a subscriber has missed events");
        match reason {
            GapReason::Evicted => self.evicted.add(),
            GapReason::UnknownId => self.unknown_id.add(),
            GapReason::FutureId => self.future_id.add(),
            GapReason::FellBehind => self.fell_behind.add(),
        }
    }

    pub(crate) fn counts(&self, published: u64) -> Counts {
        let gaps = Gaps {
            evicted: self.evicted.get(),
            unknown_id: self.unknown_id.get(),
            future_id: self.future_id.get(),
            fell_behind: self.fell_behind.get(),
        };
        Counts {
            published,
            repeated: self.repeated.get(),
            subscribed: self.subscribed.get(),
            revoked: self.revoked.get(),
            gaps,
        }
    }
}
