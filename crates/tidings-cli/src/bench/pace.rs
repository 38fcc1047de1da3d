//! When events are published.

use std::time::Duration;

/// How late the system's timer may be, in nanoseconds: that is nobody's latency.
const TIMER: u64 = 1_100_000;

/// When events are published.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// Events a second; `None`: as many as go.
    rate: Option<f64>,
    /// How many may be on their way.
    outstanding: usize,
    /// Since when, and how many since.
    begin: u64,
    count: u64,
    /// How many more; none: nothing is published.
    left: u64,
    /// Nobody is there to get them: they are published as fast as they are taken.
    unread: bool,
}

impl Pace {
    pub(super) fn new(rate: Option<f64>, outstanding: usize) -> Self {
        Self { rate, outstanding, begin: 0, count: 0, left: 0, unread: false }
    }

    /// Publishes so many from now on.
    pub(super) fn begin(&mut self, now: u64, events: u64) {
        (self.begin, self.count, self.left, self.unread) = (now, 0, events, false);
    }

    /// Publishes so many at once.
    pub(super) fn burst(&mut self, now: u64, events: u64) {
        self.begin(now, events);
        self.unread = true;
    }

    pub(super) fn stop(&mut self) {
        self.left = 0;
    }

    /// Whether everything is published.
    pub(super) fn is_done(&self) -> bool {
        self.left == 0
    }

    /// Whether events come at a rate.
    pub(super) fn has_rate(&self) -> bool {
        self.rate.is_some()
    }

    /// Whether an event is to be published now, and then the time from which its latency counts. At a rate that is when it was
    /// due, also if it comes later because too many were on their way: whoever is slow must not look faster for it.
    pub(super) fn next(&mut self, now: u64, outstanding: usize) -> Option<u64> {
        if self.left == 0 || (!self.unread && outstanding >= self.outstanding) {
            return None;
        }
        let due = self.due().unwrap_or(now);
        if due > now {
            return None;
        }
        self.count += 1;
        self.left -= 1;
        Some(if now - due <= TIMER { now } else { due })
    }

    /// How long there is nothing to publish, unless something comes.
    pub(super) fn wait(&self, now: u64, outstanding: usize) -> Duration {
        match self.due() {
            Some(due) if self.left > 0 && outstanding < self.outstanding => {
                Duration::from_nanos(due.saturating_sub(now))
            }
            _ => Duration::MAX,
        }
    }

    fn due(&self) -> Option<u64> {
        let rate = self.rate.filter(|_| !self.unread)?;
        #[expect(clippy::cast_precision_loss, reason = "it is for thousands of years")]
        let since = Duration::try_from_secs_f64(self.count as f64 / rate).unwrap_or(Duration::MAX);
        Some(self.begin.saturating_add(u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    #[test]
    fn at_a_rate() {
        let mut pace = Pace::new(Some(10.0), 5);
        assert_eq!(pace.next(0, 0), None, "it has not begun");
        pace.begin(SECOND, 3);
        assert_eq!((pace.next(SECOND, 0), pace.next(SECOND, 0)), (Some(SECOND), None));
        assert_eq!(pace.wait(SECOND, 0), Duration::from_millis(100));
        assert_eq!(pace.wait(2 * SECOND, 5), Duration::MAX, "too many are on their way");
        // Late: both are due, and count from when they were.
        assert_eq!(pace.next(2 * SECOND, 5), None, "too many are on their way");
        let times = [pace.next(2 * SECOND, 4), pace.next(2 * SECOND, 4), pace.next(9 * SECOND, 0)];
        assert_eq!(times, [Some(SECOND + SECOND / 10), Some(SECOND + SECOND / 5), None]);
        assert!(pace.is_done());
        pace.begin(SECOND, 1);
        assert_eq!(pace.next(SECOND + 1000, 0), Some(SECOND + 1000), "that was the timer");
    }

    #[test]
    fn as_many_as_go() {
        let mut pace = Pace::new(None, 2);
        pace.begin(5, u64::MAX);
        assert_eq!([pace.next(6, 0), pace.next(6, 1), pace.next(6, 2)], [Some(6), Some(6), None]);
        pace.burst(7, 2);
        assert_eq!([pace.next(8, 9), pace.next(8, 10), pace.next(8, 11)], [Some(8), Some(8), None]);
    }
}
