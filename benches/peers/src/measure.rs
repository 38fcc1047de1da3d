//! The clock, the repetitions and what is kept of them.

#![allow(unsafe_code)]

use std::hint::black_box;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What stops the program: an engine that returned something wrong, or a file that could not be written.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// A timed run repeats its work until it takes at least this long, in seconds.
pub const MIN_RUN: f64 = 0.025;

/// The repetitions of one engine: seconds per unit of work, in the order in which they ran.
#[derive(Clone, Debug)]
pub struct Samples(Vec<f64>);

/// Median, least and greatest of the repetitions.
#[derive(Clone, Copy, Debug)]
pub struct Spread {
    /// The median.
    pub median: f64,
    /// The least.
    pub min: f64,
    /// The greatest.
    pub max: f64,
}

impl Samples {
    /// `amount` of work per second.
    pub fn rate(&self, amount: f64) -> Spread {
        Spread::of(self.0.iter().map(|seconds| amount / seconds))
    }

    /// Seconds per `amount` of work.
    pub fn per(&self, amount: f64) -> Spread {
        Spread::of(self.0.iter().map(|seconds| seconds / amount))
    }

    /// How many times faster this is than the other.
    ///
    /// It is the median of the quotients and not the quotient of the medians: both ran within one repetition, right
    /// after each other, and a moment in which the machine was slow was slow for both.
    pub fn speed_over(&self, other: &Self) -> f64 {
        Spread::of(other.0.iter().zip(&self.0).map(|(other, own)| other / own)).median
    }

    /// What remains of each repetition without what `part` took in it, but not less than a twentieth: the difference of
    /// two figures that close says nothing.
    pub fn less(&self, part: &Self) -> Self {
        Self(self.0.iter().zip(&part.0).map(|(whole, part)| (whole - part).max(whole / 20.0)).collect())
    }
}

impl Spread {
    /// Of at least one value.
    fn of(values: impl Iterator<Item = f64>) -> Self {
        let mut values: Vec<_> = values.collect();
        values.sort_by(f64::total_cmp);
        let (last, middle) = (values.len() - 1, values.len() / 2);
        Self { median: values[middle].midpoint(values[last - middle]), min: values[0], max: values[last] }
    }
}

/// CPU time that this thread has used, in seconds.
///
/// CPU time and not wall time, because the machine may be shared.
pub fn cpu_seconds() -> f64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a `timespec` that lives as long as the call.
    let result = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut now) };
    assert_eq!(result, 0, "this system has no clock of a thread's CPU time");
    now.tv_sec as f64 + now.tv_nsec as f64 * 1e-9
}

/// CPU seconds that `work` takes.
pub fn time<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = cpu_seconds();
    let result = black_box(work());
    (cpu_seconds() - start, result)
}

/// One of the things that are compared.
pub struct Contestant<'a> {
    /// Its name, for messages.
    pub name: &'a str,
    /// Does the work of this repetition the given number of times and returns the seconds that it took.
    pub run: Box<dyn FnMut(usize, usize) -> Result<f64, Error> + 'a>,
}

/// Runs everybody `reps` times in turn and returns the seconds of one unit of work.
///
/// A first run, not measured, warms up; a second finds out how often the work has to be repeated for [`MIN_RUN`]. With
/// `once`, for work that is long enough or for a smoke test, both are left out.
pub fn interleave(reps: usize, once: bool, mut contestants: Vec<Contestant<'_>>) -> Result<Vec<Samples>, Error> {
    let mut times = vec![1; contestants.len()];
    if !once {
        for (contestant, times) in contestants.iter_mut().zip(&mut times) {
            contestant.run(0, 1)?;
            // Doubling until the clock's resolution and the first touch of memory do not matter any more.
            loop {
                let seconds = contestant.run(0, *times)?;
                if seconds >= MIN_RUN / 8.0 {
                    let wanted = (*times as f64 * MIN_RUN / seconds).ceil() as usize;
                    *times = wanted.max(1);
                    break;
                }
                *times *= 2;
            }
        }
    }
    let mut seconds = vec![Vec::with_capacity(reps); contestants.len()];
    for rep in 0..reps {
        let _holes = fragment_heap(rep);
        for ((contestant, &times), seconds) in contestants.iter_mut().zip(&times).zip(&mut seconds) {
            seconds.push(contestant.run(rep, times)? / times as f64);
        }
    }
    Ok(seconds.into_iter().map(Samples).collect())
}

/// Leaves the heap with holes of all sizes, others in each repetition, for as long as the result lives.
///
/// Whether a block of 64 KiB can grow in place depends on what lies behind it, so on what ran before, and it changes
/// what some peers take by a half. Real programs have such holes; here everybody meets the same changing ones.
fn fragment_heap(rep: usize) -> Vec<Vec<u8>> {
    let mut random = 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(rep as u64 + 1);
    let mut blocks: Vec<Vec<u8>> = (0..512)
        .map(|_| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            // From 64 B to 512 KiB, as many of each magnitude; never touched.
            let magnitude = 64 << ((random >> 32) % 13);
            Vec::with_capacity(magnitude + random as usize % magnitude)
        })
        .collect();
    let mut index = 0;
    blocks.retain(|_| {
        index += 1;
        index % 2 == 0
    });
    blocks
}

impl Contestant<'_> {
    /// A panic is a wrong result of its own, with a name to it.
    fn run(&mut self, rep: usize, times: usize) -> Result<f64, Error> {
        catch_unwind(AssertUnwindSafe(|| (self.run)(rep, times)))
            .unwrap_or_else(|_| Err("it panicked".into()))
            .map_err(|error| format!("{}: {error}", self.name).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_summed_up() {
        let samples = Samples(vec![4.0, 1.0, 2.0, 8.0]);
        let spread = samples.per(1.0);
        assert_eq!((spread.min, spread.median, spread.max), (1.0, 3.0, 8.0));
        let rate = samples.rate(24.0);
        assert_eq!((rate.min, rate.median, rate.max), (3.0, 9.0, 24.0));
    }

    #[test]
    fn quotients_are_taken_within_a_repetition() {
        let (fast, slow) = (Samples(vec![1.0, 10.0, 2.0]), Samples(vec![3.0, 30.0, 6.0]));
        assert!((fast.speed_over(&slow) - 3.0).abs() < 1e-9);
        assert!((slow.less(&fast).speed_over(&fast) - 0.5).abs() < 1e-9);
    }

    #[test]
    fn cpu_time_advances_with_work() {
        let (seconds, _) = time(|| (0..1_000_000_u64).map(black_box).sum::<u64>());
        assert!(seconds > 0.0);
    }
}
