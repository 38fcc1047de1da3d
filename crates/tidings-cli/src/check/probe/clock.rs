//! A clock that knows when it was late.
//!
//! On a busy machine nothing is seen when it comes: neither an event, nor that a time is over. So whoever waits looks at the clock every
//! few milliseconds. If a look comes late, then so does all that is seen until two more were in time, and nobody else is to blame.

use std::{pin::pin, time::Duration};

use tokio::time::{Instant, sleep};

/// How often it looks at the clock.
const LOOK: Duration = Duration::from_millis(10);
/// What is seen within so much of the time at which it can have come is seen in time.
const IN_TIME: Duration = Duration::from_millis(50);
/// How often something may come after the time is over: it may have come before, and was not seen.
const AFTER_END: u32 = 16;

/// See the [module](self).
pub(super) struct Clock {
    /// All that had come by then was seen.
    seen: Instant,
    /// When it looked last.
    last: Instant,
    /// For how long it was kept from looking, in all.
    lost: Duration,
    /// And at once.
    longest: Duration,
    /// How often something has come after the last deadline.
    after_end: u32,
}

/// When a time is over. Of the time in which the clock was kept from looking nothing counts, up to as much again.
#[derive(Clone, Copy)]
pub(super) struct Deadline {
    at: Instant,
    time: Duration,
    lost: Duration,
}

impl Clock {
    pub(super) fn new() -> Self {
        let now = Instant::now();
        Self { seen: now, last: now, lost: Duration::ZERO, longest: Duration::ZERO, after_end: 0 }
    }

    /// The end of a time that begins now.
    pub(super) fn deadline(&mut self, time: Duration) -> Deadline {
        self.after_end = 0;
        Deadline { at: Instant::now() + time, time, lost: self.lost }
    }

    /// Waits for something; `None` if it had not come when the time was over.
    pub(super) async fn until<T>(&mut self, deadline: Deadline, future: impl Future<Output = T>) -> Option<T> {
        let mut future = pin!(future);
        let mut before = None;
        self.look(Duration::ZERO);
        loop {
            let began = self.last;
            let end = deadline.at + self.lost.saturating_sub(deadline.lost).min(deadline.time);
            // What comes all the time does not keep it for ever.
            if self.seen >= end || self.after_end >= AFTER_END {
                return None;
            }
            let come = tokio::select! {
                biased;
                come = &mut future => Some(come),
                () = sleep(LOOK) => None,
            };
            self.look(LOOK);
            if come.is_some() {
                self.after_end += u32::from(self.last >= end);
                return come;
            }
            // What came while it waited the last time may be under way from one task to another. What came before is here.
            self.seen = before.replace(began).unwrap_or(self.seen);
        }
    }

    /// It looks, which was to be so long after the last time.
    fn look(&mut self, after: Duration) {
        let now = Instant::now();
        let late = now.duration_since(self.last).saturating_sub(after);
        self.last = now;
        // A timer is not exact.
        if late > LOOK {
            self.lost += late;
            self.longest = self.longest.max(late);
        }
    }

    /// How much earlier than now what is seen now may have come; nothing if it was seen in time. It came after `since`.
    pub(super) fn late(&self, since: Instant) -> Duration {
        let late = self.seen.max(since).elapsed();
        if late > IN_TIME { late } else { Duration::ZERO }
    }

    /// For how long it was kept from looking in all.
    pub(super) fn lost(&self) -> Duration {
        self.lost
    }

    /// For how long it was kept from looking at most.
    pub(super) fn longest(&self) -> Duration {
        self.longest
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use tokio::time::advance;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Waits for so long at most.
    async fn wait<T>(clock: &mut Clock, time: Duration, future: impl Future<Output = T>) -> Option<T> {
        let deadline = clock.deadline(time);
        clock.until(deadline, future).await
    }

    #[tokio::test(start_paused = true)]
    async fn on_an_idle_machine_it_is_in_time() {
        let mut clock = Clock::new();
        let begun = Instant::now();
        assert_eq!(wait(&mut clock, 2 * SECOND, pending::<()>()).await, None);
        assert!((2 * SECOND..3 * SECOND).contains(&begun.elapsed()), "{:?}", begun.elapsed());
        assert_eq!(wait(&mut clock, 2 * SECOND, sleep(SECOND)).await, Some(()));
        assert_eq!((clock.late(begun), clock.longest()), (Duration::ZERO, Duration::ZERO));
    }

    #[tokio::test(start_paused = true)]
    async fn who_was_late_cannot_tell_when_it_came() {
        let mut clock = Clock::new();
        let begun = Instant::now();
        let late = async {
            sleep(SECOND).await;
            advance(3 * SECOND).await;
        };
        assert_eq!(wait(&mut clock, 9 * SECOND, late).await, Some(()));
        let least = 3 * SECOND..4 * SECOND;
        assert!(least.contains(&clock.late(begun)), "{:?}", clock.late(begun));
        assert!(clock.longest() >= 2 * SECOND, "{:?}", clock.longest());
        // It cannot have come before what it came after.
        assert_eq!(clock.late(Instant::now()), Duration::ZERO);
        // After it has looked in time again, it can tell.
        assert_eq!(wait(&mut clock, SECOND, sleep(SECOND / 2)).await, Some(()));
        assert_eq!(clock.late(begun), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn lost_time_does_not_count_but_not_for_ever() {
        let mut clock = Clock::new();
        let (begun, deadline) = (Instant::now(), clock.deadline(2 * SECOND));
        let lost = async {
            advance(SECOND).await;
            pending::<()>().await;
        };
        assert_eq!(clock.until(deadline, lost).await, None);
        assert!(begun.elapsed() > SECOND * 29 / 10, "{:?}", begun.elapsed());
        let (begun, deadline) = (Instant::now(), clock.deadline(2 * SECOND));
        let lost = async {
            loop {
                sleep(LOOK).await;
                advance(SECOND / 10).await;
            }
        };
        assert_eq!(clock.until(deadline, lost).await, None::<()>);
        assert!(begun.elapsed() < 5 * SECOND, "{:?}", begun.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn what_comes_all_the_time_has_an_end() {
        let mut clock = Clock::new();
        let (begun, deadline) = (Instant::now(), clock.deadline(SECOND));
        while clock.until(deadline, sleep(LOOK / 2)).await.is_some() {}
        assert!((SECOND..2 * SECOND).contains(&begun.elapsed()), "{:?}", begun.elapsed());
        // To be busy with what came is to look late.
        let (begun, deadline) = (Instant::now(), clock.deadline(SECOND));
        while clock.until(deadline, sleep(LOOK / 2)).await.is_some() {
            advance(SECOND / 10).await;
        }
        assert!((SECOND..9 * SECOND).contains(&begun.elapsed()), "{:?}", begun.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn however_late_it_is_it_looks_once_more() {
        let mut clock = Clock::new();
        let deadline = clock.deadline(SECOND);
        let late = async {
            sleep(SECOND / 2).await;
            advance(99 * SECOND).await;
            // From one task to the next.
            sleep(LOOK).await;
        };
        assert!(clock.until(deadline, tokio::spawn(late)).await.is_some());
        assert!(clock.until(deadline, ready(7)).await.is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn what_came_while_it_was_late_has_come_in_time() {
        let mut clock = Clock::new();
        let deadline = clock.deadline(SECOND);
        let task = tokio::spawn(async {
            sleep(SECOND / 2).await;
            advance(9 * SECOND).await;
        });
        assert!(clock.until(deadline, task).await.is_some());
        assert_eq!(wait(&mut clock, Duration::ZERO, ready(7)).await, Some(7));
    }
}
