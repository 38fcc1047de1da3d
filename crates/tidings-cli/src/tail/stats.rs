//! What came, in numbers.

use std::{fmt, time::Instant};

/// Counts what comes.
#[derive(Default)]
pub(super) struct Stats {
    events: u64,
    /// Of data, which is less than what came over the network.
    bytes: u64,
    reconnections: u64,
    opened: Option<Instant>,
}

impl Stats {
    /// The connection is open.
    pub(super) fn open(&mut self) {
        self.opened.get_or_insert_with(Instant::now);
    }

    /// An event came, printed or not.
    pub(super) fn event(&mut self, bytes: usize) {
        self.events += 1;
        self.bytes += bytes as u64;
    }

    /// The connection was lost, or there was none.
    pub(super) fn reconnection(&mut self) {
        self.reconnections += 1;
    }
}

impl fmt::Display for Stats {
    #[expect(clippy::cast_precision_loss, reason = "the numbers are for people")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { events, bytes, reconnections, .. } = *self;
        let seconds = self.opened.map_or(0.0, |opened| opened.elapsed().as_secs_f64());
        let rate = |amount: u64| if seconds > 0.0 { amount as f64 / seconds } else { 0.0 };
        write!(
            f,
            "{events} events, {bytes} bytes of data in {seconds:.1} s: {:.1} events/s, {:.3} MiB/s; {reconnections} reconnections",
            rate(events),
            rate(bytes) / (1024.0 * 1024.0),
        )
    }
}
