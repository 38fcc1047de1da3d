//! A machine that keeps the last events of a log that is kept elsewhere.
//!
//! It is given the events in the order of that log, by [`Machine::follow`], with the numbers that they have there. Whoever wants events
//! before them is told to [`Ask`] the log.

use std::{task::Waker, time::Instant};

use tidings_codec::OpenFrame;

use super::{First, Machine, Retention, topics::Table};
use crate::{Epoch, GapReason, Id, Topics, log::Bounds, machine::Place};

/// What a hub has to ask its log for a subscriber.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    /// It wants everything that is kept.
    Earliest,
    /// The same, but it has an ID that nobody knows.
    Unknown,
    /// What follows this event; and if that is not kept any more, it is to be told so.
    After { sequence: u64, lost: GapReason },
}

impl Ask {
    /// Where the subscriber begins to read in a log with these bounds, and what it is to be told first.
    pub(crate) fn answer(self, bounds: Bounds) -> (u64, Option<First>) {
        let Bounds { epoch, first, next } = bounds;
        let everything = first - 1;
        let after_gap = |reason, sequence| (sequence, Some(First::gap(reason, Id { epoch, sequence })));
        match self {
            Self::Earliest => (everything, Some(First::position(Id { epoch, sequence: everything }))),
            Self::Unknown => after_gap(GapReason::UnknownId, everything),
            Self::After { sequence, .. } if sequence >= next => after_gap(GapReason::FutureId, next - 1),
            Self::After { sequence, lost } if sequence < everything => after_gap(lost, everything),
            Self::After { sequence, .. } => (sequence, None),
        }
    }
}

impl Machine {
    /// The window of a log, into which the event with the number `first` comes first.
    pub(crate) fn window(epoch: Epoch, retention: Retention, first: u64) -> Self {
        let table = Table::knowing_nothing_before(first);
        Self { is_window: true, next: first, table, ..Self::new(epoch, retention) }
    }

    /// The next event of the log. It is passed over if it has come before; if events are missing before it, then the log does not
    /// keep them any more.
    pub(crate) fn follow(
        &mut self,
        topics: (&str, &[&str]),
        sequence: u64,
        frame: OpenFrame,
        at: Instant,
        now: Instant,
    ) {
        if sequence < self.next {
            return;
        }
        if sequence > self.next {
            self.skip(sequence);
        }
        self.append(topics, self.head().next(), frame, None, at);
        self.evict(now);
    }

    /// Lets go of everything before an event.
    fn skip(&mut self, first: u64) {
        self.log.clear();
        self.bytes = 0;
        self.next = first;
        self.table = Table::knowing_nothing_before(first);
        self.groups.skip(first);
    }

    /// Begins anew with another log. All subscriptions end; returns who is to be woken for it.
    pub(crate) fn restart(&mut self, epoch: Epoch, first: u64) -> Vec<Waker> {
        let mut wakers = Vec::new();
        let groups = self.groups.clear(&mut wakers);
        *self = Self { groups, published: self.published, ..Self::window(epoch, self.retention, first) };
        wakers
    }

    /// The topics of a subscriber.
    pub(crate) fn topics_of(&mut self, place: Place) -> Option<Topics> {
        self.member(place)?;
        self.groups.get(place.group as usize).map(|group| group.topics.clone())
    }
}
