//! What happens often, told now and then.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How long nothing is told after something was.
const PAUSE: Duration = Duration::from_secs(5);

/// Says when something is to be told that may happen thousands of times a second: whoever causes it must not fill the disk.
#[derive(Default)]
pub(super) struct Seldom(Mutex<Told>);

#[derive(Default)]
struct Told {
    last: Option<Instant>,
    left_out: u64,
}

impl Seldom {
    /// Whether it is to be told now. If so, how often it was not since it was told.
    pub(super) fn tell(&self) -> Option<u64> {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if told.last.is_some_and(|last| now.duration_since(last) < PAUSE) {
            told.left_out += 1;
            return None;
        }
        told.last = Some(now);
        Some(std::mem::take(&mut told.left_out))
    }
}
