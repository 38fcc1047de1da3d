//! When the bytes came.

use serde::Serialize;

/// Chunks that come within so many milliseconds of each other are one burst.
const TOGETHER: u64 = 20;
/// How many bursts are kept.
const BURSTS: usize = 512;
/// From so many milliseconds on, what was seen late does not tell how it was sent.
pub(in crate::check) const LATE: u64 = 250;

/// When something is seen.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::check) struct Moment {
    /// Milliseconds since the request.
    pub(in crate::check) at: u64,
    /// How many milliseconds earlier it may have come.
    pub(in crate::check) late: u64,
    /// Milliseconds since 1970.
    pub(in crate::check) clock: i64,
}

/// When the bytes came, in milliseconds since the request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(in crate::check) struct Arrival {
    #[serde(rename = "first_byte_ms")]
    pub(in crate::check) first: Option<u64>,
    #[serde(rename = "last_byte_ms")]
    pub(in crate::check) last: Option<u64>,
    /// The longest time without a byte, before one came.
    #[serde(rename = "longest_quiet_ms")]
    pub(in crate::check) longest_quiet: u64,
    /// The first bursts.
    pub(in crate::check) bursts: Vec<Burst>,
    /// How many milliseconds after the server's time stamp its vitals arrived, at least and at most.
    pub(in crate::check) vitals_after_ms: Option<(i64, i64)>,
}

/// Bytes that came together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(in crate::check) struct Burst {
    #[serde(rename = "at_ms")]
    pub(in crate::check) at: u64,
    /// How many milliseconds earlier it may have come: this machine was busy.
    #[serde(rename = "late_ms")]
    pub(in crate::check) late: u64,
    /// Milliseconds without a byte before it, at least: since the last one, or since the request.
    #[serde(rename = "quiet_ms")]
    pub(in crate::check) quiet: u64,
    pub(in crate::check) bytes: u64,
    pub(in crate::check) events: u64,
    /// Comments that stand alone.
    pub(in crate::check) keep_alives: u64,
    /// Whether it ends in the middle of an event or comment.
    pub(in crate::check) ends_inside: bool,
    /// The first and the last time that its events tell, in milliseconds since 1970.
    pub(in crate::check) stamps: Option<(i64, i64)>,
}

impl Arrival {
    /// A chunk comes.
    pub(super) fn chunk(&mut self, Moment { at, late, .. }: Moment, bytes: usize) {
        let after = at.saturating_sub(self.last.unwrap_or(0));
        let quiet = after.saturating_sub(late);
        let new = self.last.is_none() || after > TOGETHER;
        self.first = self.first.or(Some(at));
        self.last = Some(at);
        self.longest_quiet = self.longest_quiet.max(quiet);
        if new && self.bursts.len() < BURSTS {
            self.bursts.push(Burst { at, late, quiet, ..Burst::default() });
        }
        self.burst(|burst| burst.bytes += bytes as u64);
    }

    /// What the chunk had in it.
    pub(super) fn burst(&mut self, note: impl FnOnce(&mut Burst)) {
        // Those after the last that is kept would only blur it.
        if self.bursts.len() < BURSTS
            && let Some(burst) = self.bursts.last_mut()
        {
            note(burst);
        }
    }

    /// The longest time without a byte, up to this one.
    pub(in crate::check) fn longest_silence(&self, end: u64) -> u64 {
        self.longest_quiet.max(end.saturating_sub(self.last.unwrap_or(0)))
    }

    /// The bursts of which it is known when they came. Of others, what was sent bit by bit may have been seen at once.
    pub(in crate::check) fn in_time(&self) -> impl Iterator<Item = &Burst> + Clone {
        self.bursts.iter().filter(|burst| burst.late < LATE)
    }

    /// How long it was quiet before keep-alives, as the median.
    pub(in crate::check) fn keep_alive_interval(&self) -> Option<u64> {
        let alone = self.in_time().filter(|burst| burst.keep_alives > 0 && burst.events == 0 && burst.quiet > 100);
        let mut quiet: Vec<u64> = alone.map(|burst| burst.quiet).collect();
        quiet.sort_unstable();
        quiet.get(quiet.len() / 2).copied()
    }
}

impl Burst {
    /// An event comes with a time.
    pub(super) fn stamp(&mut self, stamp: i64) {
        let first = self.stamps.map_or(stamp, |(first, _)| first);
        self.stamps = Some((first, stamp));
    }
}
