//! One line on the terminal that says how far it is.

use std::io::{self, IsTerminal as _, Write as _};

use super::{report::grouped, room::Room};

/// The line, if standard error is a terminal.
pub(super) struct Progress {
    terminal: bool,
    phase: &'static str,
    /// When it was shown, and how many events there were.
    shown: (u64, u64),
}

impl Progress {
    pub(super) fn new() -> Self {
        Self { terminal: io::stderr().is_terminal(), phase: "", shown: (0, 0) }
    }

    /// What is done now.
    pub(super) fn phase(&mut self, phase: &'static str) {
        self.phase = phase;
    }

    pub(super) fn show(&mut self, room: &Room, total: usize, now: u64) {
        const EVERY: u64 = 250_000_000;
        let (before, had) = self.shown;
        if !self.terminal || now.saturating_sub(before) < EVERY {
            return;
        }
        let events = room.tally.delivered + room.tally.other;
        let rate = (events - had).saturating_mul(1_000_000_000) / (now - before);
        self.shown = (now, events);
        // There is nothing to be done if it cannot be written.
        let _ = write!(
            io::stderr(),
            "\r\x1b[K{}: {}/{} open, {} events, {}/s",
            self.phase,
            grouped(room.open as u64),
            grouped(total as u64),
            grouped(events),
            grouped(rate)
        );
    }

    /// Removes the line.
    pub(super) fn clear(&self) {
        if self.terminal {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
