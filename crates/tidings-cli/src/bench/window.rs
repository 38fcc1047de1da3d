//! Which of the published events are still on their way.

use std::collections::VecDeque;

/// The events that not all subscribers have got yet.
#[derive(Debug, Default)]
pub(super) struct Window {
    /// The number of the oldest of them.
    base: u64,
    /// How many subscribers are to get each.
    left: VecDeque<u32>,
    /// How many subscribers there are.
    subscribers: u32,
}

impl Window {
    /// The number of the event that is published next.
    pub(super) fn published(&self) -> u64 {
        self.base + self.left.len() as u64
    }

    /// The number of the oldest event that is on its way, or that of the next.
    pub(super) fn oldest(&self) -> u64 {
        self.base
    }

    /// How many events are on their way.
    pub(super) fn outstanding(&self) -> usize {
        self.left.len()
    }

    /// Another subscriber, which gets what is published from now on.
    pub(super) fn join(&mut self) {
        self.subscribers += 1;
    }

    /// A subscriber that gets no more than what comes before this number.
    pub(super) fn leave(&mut self, next: u64) {
        self.subscribers -= 1;
        self.pass(next, self.published());
    }

    /// An event is published.
    pub(super) fn publish(&mut self) {
        self.left.push_back(self.subscribers);
        self.settle();
    }

    /// A subscriber has got these events, or will not get them any more.
    #[inline]
    pub(super) fn pass(&mut self, from: u64, to: u64) {
        let [from, to] = [from, to].map(|number| (number.saturating_sub(self.base) as usize).min(self.left.len()));
        if from < to {
            self.left.range_mut(from..to).for_each(|left| *left -= 1);
            self.settle();
        }
    }

    #[inline]
    fn settle(&mut self) {
        while self.left.front() == Some(&0) {
            self.left.pop_front();
            self.base += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_on_its_way_until_the_slowest_has_it() {
        let mut window = Window::default();
        (0..3).for_each(|_| window.join());
        (0..2).for_each(|_| window.publish());
        window.pass(0, 2);
        window.pass(0, 1);
        assert_eq!(window.outstanding(), 2);
        window.pass(0, 1);
        assert_eq!((window.outstanding(), window.published()), (1, 2));
        window.pass(1, 2);
        // The third goes with one event that it did not get.
        window.leave(1);
        assert_eq!((window.outstanding(), window.published()), (0, 2));
        window.publish();
        window.pass(2, 3);
        assert_eq!(window.outstanding(), 1);
        window.pass(2, 9);
        assert_eq!((window.outstanding(), window.published()), (0, 3));
    }

    #[test]
    fn without_subscribers_nothing_is_waited_for() {
        let mut window = Window::default();
        (0..3).for_each(|_| window.publish());
        assert_eq!((window.outstanding(), window.published()), (0, 3));
    }
}
