//! When a body writes a keep-alive, and when it ends: rules without a clock, an executor or chance of its own.
//!
//! Calling order: [`Machine::new`]; then in any order [`wrote`](Machine::wrote) after each chunk of events,
//! [`kept_alive`](Machine::kept_alive) after each keep-alive, and [`end`](Machine::end) for each reason to end. [`poll`](Machine::poll) says what is due; if that is nothing, ask again at
//! [`deadline`](Machine::deadline), or whenever.

use std::time::{Duration, Instant};

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    Nothing,
    KeepAlive,
    /// The end, with the reconnection time that the client is to be told before it.
    End(Option<Duration>),
}

/// The moments at which keep-alives are due, the same for all bodies of some options: the runtime wakes once for many of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grid {
    origin: Instant,
    step: Duration,
    interval: Duration,
}

impl Grid {
    /// How many steps an interval has at least.
    const STEPS: u32 = 64;
    const WIDEST: Duration = Duration::from_millis(250);

    /// The grid of keep-alives after this interval, which counts from `origin`.
    pub(crate) fn new(interval: Duration, origin: Instant) -> Self {
        Self { origin, step: (interval / Self::STEPS).min(Self::WIDEST), interval }
    }

    /// The last moment of the grid that is not later.
    fn floor(&self, moment: Instant) -> Option<Instant> {
        // Numbers of 64 bits are divided faster, and nanoseconds of 500 years fit.
        let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let beyond = nanos(moment.saturating_duration_since(self.origin)).checked_rem(nanos(self.step)).unwrap_or(0);
        moment.checked_sub(Duration::from_nanos(beyond))
    }
}

/// The clock's part of one body.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    /// How long nothing may be written after an event; this body's own, so that bodies which wrote together do not write again
    /// together.
    keep_alive: Option<Duration>,
    /// A little later than it was if it was a keep-alive.
    last_write: Instant,
    end: Option<(Instant, Option<Duration>)>,
}

impl Machine {
    /// The part of the interval by which bodies differ.
    const SPREAD: f64 = 1.0 / 16.0;

    /// A body that begins `now`, with a `random` number from 0 up to 1.
    pub(crate) fn new(keep_alive: Option<Duration>, now: Instant, random: f64) -> Self {
        let keep_alive = keep_alive.map(|interval| interval.saturating_sub(interval.mul_f64(Self::SPREAD * random)));
        Self { keep_alive, last_write: now, end: None }
    }

    /// Something was written.
    pub(crate) fn wrote(&mut self, now: Instant) {
        self.last_write = now;
    }

    /// A keep-alive was written. From one to the next the whole interval passes: bodies that differ in phase keep to that.
    pub(crate) fn kept_alive(&mut self, grid: &Grid, now: Instant) {
        let own = self.keep_alive.unwrap_or_default();
        self.last_write = now.checked_add(grid.interval.saturating_sub(own)).unwrap_or(now);
    }

    /// The body is to end at this moment, after telling the client a reconnection time. The earliest of several ends counts.
    pub(crate) fn end(&mut self, at: Instant, reconnection_time: Option<Duration>) {
        if self.end.is_none_or(|(earliest, _)| at < earliest) {
            self.end = Some((at, reconnection_time));
        }
    }

    /// The body is to end at some moment of the `window` that begins `now`, with a reconnection time of at most the window;
    /// both by chance, with two numbers from 0 up to 1.
    pub(crate) fn drain(&mut self, window: Duration, now: Instant, random: [f64; 2]) {
        let reconnection_time = (!window.is_zero()).then(|| window.mul_f64(random[1]).max(Duration::from_millis(1)));
        match now.checked_add(window.mul_f64(random[0])) {
            Some(at) => self.end(at, reconnection_time),
            None => self.end(now, reconnection_time),
        }
    }

    /// What is due.
    pub(crate) fn poll(&self, grid: &Grid, now: Instant) -> Due {
        match (self.end, self.keep_alive_at(grid)) {
            (Some((at, reconnection_time)), _) if at <= now => Due::End(reconnection_time),
            (_, Some(at)) if at <= now => Due::KeepAlive,
            _ => Due::Nothing,
        }
    }

    /// When something will be due unless something is written before.
    pub(crate) fn deadline(&self, grid: &Grid) -> Option<Instant> {
        let end = self.end.map(|(at, _)| at);
        self.keep_alive_at(grid).into_iter().chain(end).min()
    }

    /// The last moment of the grid at which nothing was written for the interval at most.
    fn keep_alive_at(&self, grid: &Grid) -> Option<Instant> {
        grid.floor(self.last_write.checked_add(self.keep_alive?)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// A machine with its grid, and when it begins.
    struct Tested(Machine, Grid);

    impl Tested {
        fn poll(&self, now: Instant) -> Due {
            self.0.poll(&self.1, now)
        }

        fn deadline(&self) -> Option<Instant> {
            self.0.deadline(&self.1)
        }
    }

    fn machine(keep_alive: Option<Duration>, random: f64) -> (Tested, Instant) {
        let now = Instant::now();
        let grid = Grid::new(keep_alive.unwrap_or_default(), now);
        (Tested(Machine::new(keep_alive, now, random), grid), now)
    }

    #[test]
    fn keep_alives_follow_the_last_write() {
        let (mut machine, start) = machine(Some(16 * SECOND), 0.0);
        assert_eq!(machine.deadline(), Some(start + 16 * SECOND));
        assert_eq!(machine.poll(start + 15 * SECOND), Due::Nothing);
        assert_eq!(machine.poll(start + 16 * SECOND), Due::KeepAlive);
        machine.0.wrote(start + 10 * SECOND);
        assert_eq!(machine.poll(start + 16 * SECOND), Due::Nothing);
        assert_eq!(machine.deadline(), Some(start + 26 * SECOND));
    }

    #[test]
    fn keep_alives_are_never_late_and_on_the_grid() {
        let (mut machine, start) = machine(Some(16 * SECOND), 0.0);
        machine.0.wrote(start + Duration::from_millis(1_249));
        assert_eq!(machine.deadline(), Some(start + 17 * SECOND));
        machine.0.wrote(start + Duration::from_millis(1_251));
        assert_eq!(machine.deadline(), Some(start + 17 * SECOND + Duration::from_millis(250)));
    }

    #[test]
    fn bodies_differ_in_phase() {
        let (early, start) = machine(Some(16 * SECOND), 0.999_999);
        let at = early.deadline().expect("it has keep-alives") - start;
        assert!(at < Duration::from_millis(15_100) && at > Duration::from_millis(14_700), "{at:?}");
    }

    #[test]
    fn between_keep_alives_is_the_whole_interval() {
        let (mut machine, start) = machine(Some(16 * SECOND), 0.999_999);
        let first = machine.deadline().expect("it has keep-alives");
        // A timer is not on time.
        machine.0.kept_alive(&machine.1, first + Duration::from_millis(2));
        assert_eq!(machine.deadline(), Some(first + 16 * SECOND));
        machine.0.wrote(start + 20 * SECOND);
        assert_eq!(machine.deadline(), Some(start + 35 * SECOND), "after an event it is shorter again");
    }

    #[test]
    fn intervals_of_any_size() {
        for interval in [Duration::from_nanos(1), Duration::from_millis(1), Duration::MAX] {
            let (machine, start) = machine(Some(interval), 0.5);
            assert!(machine.deadline().is_none_or(|at| at >= start && at - start <= interval), "{interval:?}");
        }
    }

    #[test]
    fn without_keep_alive_nothing_is_due() {
        let (machine, start) = machine(None, 0.5);
        assert_eq!(machine.deadline(), None);
        assert_eq!(machine.poll(start + 1_000_000 * SECOND), Due::Nothing);
    }

    #[test]
    fn the_earliest_end_counts() {
        let (mut machine, start) = machine(Some(16 * SECOND), 0.0);
        machine.0.end(start + 9 * SECOND, None);
        machine.0.end(start + 5 * SECOND, Some(SECOND));
        machine.0.end(start + 7 * SECOND, None);
        assert_eq!(machine.deadline(), Some(start + 5 * SECOND));
        assert_eq!(machine.poll(start + 4 * SECOND), Due::Nothing);
        assert_eq!(machine.poll(start + 5 * SECOND), Due::End(Some(SECOND)));
        assert_eq!(machine.poll(start + 99 * SECOND), Due::End(Some(SECOND)));
    }

    #[test]
    fn a_drained_body_ends_inside_the_window() {
        for random in [[0.0, 0.0], [0.5, 0.25], [0.999, 0.999]] {
            let (mut machine, start) = machine(None, 0.0);
            machine.0.drain(10 * SECOND, start, random);
            let at = machine.deadline().expect("it is to end");
            assert!(at >= start && at <= start + 10 * SECOND);
            let Due::End(Some(reconnection_time)) = machine.poll(at) else { panic!("no end with a reconnection time") };
            assert!(reconnection_time >= Duration::from_millis(1) && reconnection_time <= 10 * SECOND);
        }
    }

    #[test]
    fn a_window_of_nothing_ends_at_once() {
        let (mut machine, start) = machine(None, 0.0);
        machine.0.drain(Duration::ZERO, start, [0.9, 0.9]);
        assert_eq!(machine.poll(start), Due::End(None));
    }
}
