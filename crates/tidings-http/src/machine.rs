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

/// A moment, in nanoseconds after an origin that all bodies of some options share, or before it: half the size of an [`Instant`],
/// and good for 292 years.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Moment(i64);

impl Moment {
    pub(crate) fn new(at: Instant, origin: Instant) -> Self {
        // It is earlier where somebody's test has stopped the clock.
        at.checked_duration_since(origin)
            .map_or_else(|| Self(-nanos(origin.saturating_duration_since(at))), |after| Self(nanos(after)))
    }

    /// The moment that is so much later, or the last of all.
    pub(crate) fn after(self, time: Duration) -> Self {
        Self(self.0.saturating_add(nanos(time)))
    }

    pub(crate) fn instant(self, origin: Instant) -> Instant {
        let distance = Duration::from_nanos(self.0.unsigned_abs());
        let at = if self.0 < 0 { origin.checked_sub(distance) } else { origin.checked_add(distance) };
        at.unwrap_or(origin)
    }
}

fn nanos(time: Duration) -> i64 {
    i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)
}

/// The moments at which keep-alives are due, the same for all bodies of some options: the runtime wakes once for many of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grid {
    step: i64,
    interval: Duration,
}

impl Grid {
    /// How many steps an interval has at least.
    const STEPS: u32 = 64;
    const WIDEST: Duration = Duration::from_millis(250);

    /// The grid of keep-alives after this interval.
    pub(crate) fn new(interval: Duration) -> Self {
        Self { step: nanos((interval / Self::STEPS).min(Self::WIDEST)), interval }
    }

    /// The last moment of the grid that is not later.
    fn floor(&self, moment: Moment) -> Moment {
        Moment(moment.0 - moment.0.checked_rem_euclid(self.step).unwrap_or(0))
    }
}

/// The clock's part of one body. It is small, since a server has one for each client, and looks at it for each event.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    /// A little later than it was if it was a keep-alive.
    last_write: Moment,
    /// In a box, because most have none.
    end: Option<Box<End>>,
    /// By how many milliseconds the interval is shorter after an event; this body's own, so that bodies which wrote together do
    /// not write again together.
    earlier: u32,
}

/// When a body ends.
#[derive(Clone, Copy, Debug)]
struct End {
    at: Moment,
    reconnection_time: Option<Duration>,
}

impl Machine {
    /// The part of the interval by which bodies differ.
    const SPREAD: f64 = 1.0 / 16.0;

    /// A body that begins `now`, with a `random` number from 0 up to 1. Without a grid it has no keep-alives.
    pub(crate) fn new(grid: Option<&Grid>, now: Moment, random: f64) -> Self {
        let earlier = grid.map_or(0, |grid| grid.interval.mul_f64(Self::SPREAD * random).as_millis());
        Self { last_write: now, end: None, earlier: u32::try_from(earlier).unwrap_or(u32::MAX) }
    }

    /// Something was written.
    pub(crate) fn wrote(&mut self, now: Moment) {
        self.last_write = now;
    }

    /// A keep-alive was written. From one to the next the whole interval passes: bodies that differ in phase keep to that.
    pub(crate) fn kept_alive(&mut self, now: Moment) {
        self.last_write = now.after(self.earlier());
    }

    /// The body is to end at this moment, after telling the client a reconnection time. The earliest of several ends counts.
    pub(crate) fn end(&mut self, at: Moment, reconnection_time: Option<Duration>) {
        if self.end.as_ref().is_none_or(|end| at < end.at) {
            self.end = Some(Box::new(End { at, reconnection_time }));
        }
    }

    /// The body is to end at some moment of the `window` that begins `now`, with a reconnection time of at most the window;
    /// both by chance, with two numbers from 0 up to 1.
    pub(crate) fn drain(&mut self, window: Duration, now: Moment, random: [f64; 2]) {
        let reconnection_time = (!window.is_zero()).then(|| window.mul_f64(random[1]).max(Duration::from_millis(1)));
        self.end(now.after(window.mul_f64(random[0])), reconnection_time);
    }

    /// What is due.
    pub(crate) fn poll(&self, grid: Option<&Grid>, now: Moment) -> Due {
        match &self.end {
            Some(end) if end.at <= now => Due::End(end.reconnection_time),
            _ if self.keep_alive_at(grid).is_some_and(|at| at <= now) => Due::KeepAlive,
            _ => Due::Nothing,
        }
    }

    /// When something will be due unless something is written before.
    pub(crate) fn deadline(&self, grid: Option<&Grid>) -> Option<Moment> {
        let end = self.end.as_ref().map(|end| end.at);
        self.keep_alive_at(grid).into_iter().chain(end).min()
    }

    /// The last moment of the grid at which nothing was written for the interval at most.
    fn keep_alive_at(&self, grid: Option<&Grid>) -> Option<Moment> {
        let grid = grid?;
        Some(grid.floor(self.last_write.after(grid.interval.saturating_sub(self.earlier()))))
    }

    fn earlier(&self) -> Duration {
        Duration::from_millis(self.earlier.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// A machine with its grid.
    struct Tested(Machine, Option<Grid>);

    impl Tested {
        fn poll(&self, now: Moment) -> Due {
            self.0.poll(self.1.as_ref(), now)
        }

        fn deadline(&self) -> Option<Moment> {
            self.0.deadline(self.1.as_ref())
        }
    }

    fn machine(keep_alive: Option<Duration>, random: f64) -> (Tested, Moment) {
        let now = Moment(0);
        let grid = keep_alive.map(Grid::new);
        (Tested(Machine::new(grid.as_ref(), now, random), grid), now)
    }

    #[test]
    fn keep_alives_follow_the_last_write() {
        let (mut machine, start) = machine(Some(16 * SECOND), 0.0);
        assert_eq!(machine.deadline(), Some(start.after(16 * SECOND)));
        assert_eq!(machine.poll(start.after(15 * SECOND)), Due::Nothing);
        assert_eq!(machine.poll(start.after(16 * SECOND)), Due::KeepAlive);
        machine.0.wrote(start.after(10 * SECOND));
        assert_eq!(machine.poll(start.after(16 * SECOND)), Due::Nothing);
        assert_eq!(machine.deadline(), Some(start.after(26 * SECOND)));
    }

    #[test]
    fn keep_alives_are_never_late_and_on_the_grid() {
        let (mut machine, start) = machine(Some(16 * SECOND), 0.0);
        machine.0.wrote(start.after(Duration::from_millis(1_249)));
        assert_eq!(machine.deadline(), Some(start.after(17 * SECOND)));
        machine.0.wrote(start.after(Duration::from_millis(1_251)));
        assert_eq!(machine.deadline(), Some(start.after(17 * SECOND + Duration::from_millis(250))));
    }

    #[test]
    fn bodies_differ_in_phase() {
        let (early, start) = machine(Some(16 * SECOND), 0.999_999);
        let at = early.deadline().expect("it has keep-alives");
        let soon = start.after(Duration::from_millis(14_700))..start.after(Duration::from_millis(15_100));
        assert!(soon.contains(&at), "{at:?}");
    }

    #[test]
    fn between_keep_alives_is_the_whole_interval() {
        let (mut machine, start) = machine(Some(16 * SECOND), 0.999_999);
        let first = machine.deadline().expect("it has keep-alives");
        // A timer is not on time.
        machine.0.kept_alive(first.after(Duration::from_millis(2)));
        assert_eq!(machine.deadline(), Some(first.after(16 * SECOND)));
        machine.0.wrote(start.after(20 * SECOND));
        assert_eq!(machine.deadline(), Some(start.after(35 * SECOND)), "after an event it is shorter again");
    }

    #[test]
    fn intervals_of_any_size() {
        for interval in [Duration::from_nanos(1), Duration::from_millis(1), Duration::MAX] {
            let (machine, start) = machine(Some(interval), 0.5);
            assert!(machine.deadline().is_none_or(|at| at >= start && at <= start.after(interval)), "{interval:?}");
        }
    }

    #[test]
    fn moments_before_the_origin() {
        let before = Instant::now();
        let origin = before + SECOND;
        for at in [before, origin, origin + SECOND] {
            assert_eq!(Moment::new(at, origin).instant(origin), at);
        }
        assert_eq!(Moment::new(before, origin).after(3 * SECOND), Moment::new(origin + 2 * SECOND, origin));
        let grid = Grid::new(16 * SECOND);
        assert_eq!(grid.floor(Moment(-1)), Moment(-250_000_000));
    }

    #[test]
    fn without_keep_alive_nothing_is_due() {
        let (machine, start) = machine(None, 0.5);
        assert_eq!(machine.deadline(), None);
        assert_eq!(machine.poll(start.after(1_000_000 * SECOND)), Due::Nothing);
    }

    #[test]
    fn the_earliest_end_counts() {
        let (mut machine, start) = machine(Some(16 * SECOND), 0.0);
        machine.0.end(start.after(9 * SECOND), None);
        machine.0.end(start.after(5 * SECOND), Some(SECOND));
        machine.0.end(start.after(7 * SECOND), None);
        assert_eq!(machine.deadline(), Some(start.after(5 * SECOND)));
        assert_eq!(machine.poll(start.after(4 * SECOND)), Due::Nothing);
        assert_eq!(machine.poll(start.after(5 * SECOND)), Due::End(Some(SECOND)));
        assert_eq!(machine.poll(start.after(99 * SECOND)), Due::End(Some(SECOND)));
    }

    #[test]
    fn a_drained_body_ends_inside_the_window() {
        for random in [[0.0, 0.0], [0.5, 0.25], [0.999, 0.999]] {
            let (mut machine, start) = machine(None, 0.0);
            machine.0.drain(10 * SECOND, start, random);
            let at = machine.deadline().expect("it is to end");
            assert!(at >= start && at <= start.after(10 * SECOND));
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
