//! How long to wait.

use std::time::Duration;

use super::Options;

impl Options {
    /// The delay before the next attempt (HTML 9.2.3: the reconnection time, and optionally some more).
    ///
    /// It is the reconnection time, doubled for each failure after the first; not shorter than the server wants it to be (`wait`);
    /// and then some of the jitter.
    pub(super) fn delay(&self, set: Option<Duration>, failures: u32, wait: Duration, random: u64) -> Duration {
        let base = limited(set.unwrap_or(self.reconnection_time));
        let doubled = 1_u32.checked_shl(failures.saturating_sub(1)).and_then(|factor| base.checked_mul(factor));
        let backed_off = doubled.unwrap_or(Duration::MAX).min(self.max_backoff.max(base));
        let delay = limited(backed_off.max(wait));
        delay.mul_f64(1.0 + self.jitter * fraction(random))
    }
}

fn limited(delay: Duration) -> Duration {
    delay.clamp(Options::MIN_RECONNECTION_TIME, Options::MAX_RECONNECTION_TIME)
}

/// From 0 to 1, without 1.
fn fraction(random: u64) -> f64 {
    f64::from((random >> 32) as u32) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn delays() {
        let options = Options::new().jitter(0.0).reconnection_time(SECOND).max_backoff(10 * SECOND);
        let day = Options::MAX_RECONNECTION_TIME;
        for (set, failures, wait, expected) in [
            (None, 0, Duration::ZERO, SECOND),
            (None, 1, Duration::ZERO, SECOND),
            (None, 2, Duration::ZERO, 2 * SECOND),
            (None, 4, Duration::ZERO, 8 * SECOND),
            (None, 5, Duration::ZERO, 10 * SECOND),
            (None, 33, Duration::ZERO, 10 * SECOND),
            (None, u32::MAX, Duration::ZERO, 10 * SECOND),
            // What the stream sets goes before, and is not shortened by the limit of the back-off.
            (Some(2 * SECOND), 2, Duration::ZERO, 4 * SECOND),
            (Some(20 * SECOND), 3, Duration::ZERO, 20 * SECOND),
            // Never at once, and never not at all.
            (Some(Duration::ZERO), 0, Duration::ZERO, Options::MIN_RECONNECTION_TIME),
            (Some(Duration::MAX), 9, Duration::ZERO, day),
            (None, 1, Duration::MAX, day),
            // The server's wish.
            (None, 1, 5 * SECOND, 5 * SECOND),
            (None, 4, 5 * SECOND, 8 * SECOND),
        ] {
            assert_eq!(options.delay(set, failures, wait, u64::MAX), expected, "{set:?} {failures} {wait:?}");
        }
    }

    #[test]
    fn jitter_lengthens_by_its_fraction_at_most() {
        let options = Options::new().jitter(0.5).reconnection_time(SECOND);
        assert_eq!(options.delay(None, 1, Duration::ZERO, 0), SECOND);
        let most = options.delay(None, 1, Duration::ZERO, u64::MAX);
        assert!(most > Duration::from_millis(1499) && most <= Duration::from_millis(1500), "{most:?}");
        assert_eq!(options.clone().jitter(f64::NAN).delay(None, 1, Duration::ZERO, u64::MAX), SECOND);
        assert!(options.jitter(9.0).delay(None, 1, Duration::ZERO, u64::MAX) <= 2 * SECOND);
    }
}
