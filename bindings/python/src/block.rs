//! Whether a reconnection time belongs to the next event.

use std::time::Duration;

/// The reconnection time that a block set, until the block ends: in an event, or without one.
///
/// The codec says when a reconnection time was set and when an event was dispatched, not whether an empty line that
/// dispatched nothing stood between. So that is looked for here, behind a `retry` field and nowhere else.
#[derive(Default)]
pub(crate) struct Block {
    retry: Option<Duration>,
    /// What the bytes seen last were.
    at: At,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum At {
    #[default]
    InLine,
    LineStart,
    /// At the start of a line, and an LF would still belong to the line end before.
    AfterCr,
}

impl Block {
    /// A reconnection time was set. `line` ends in the byte that ended its line.
    pub(crate) fn set(&mut self, line: &[u8], retry: Duration) {
        let at = if line.last() == Some(&b'\r') { At::AfterCr } else { At::LineStart };
        *self = Self { retry: Some(retry), at };
    }

    /// Whether there is one that an event may still take.
    #[inline]
    pub(crate) fn has_retry(&self) -> bool {
        self.retry.is_some()
    }

    /// Takes it, if there is one, for the event that the last line of `lines` dispatches.
    pub(crate) fn take(&mut self, lines: &[u8]) -> Option<Duration> {
        // Without the empty line that dispatches the event, and the end of the line before it. There is no more than that at
        // the end: an earlier empty line would have dispatched the event.
        self.pass(without_line_ends(lines));
        self.retry.take()
    }

    /// Lines without an event went by.
    #[inline]
    pub(crate) fn pass(&mut self, bytes: &[u8]) {
        if self.retry.is_some() {
            self.look_at(bytes);
        }
    }

    fn look_at(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.at = match (byte, self.at) {
                (b'\n' | b'\r', At::LineStart) | (b'\r', At::AfterCr) => return *self = Self::default(),
                (b'\n', At::InLine | At::AfterCr) => At::LineStart,
                (b'\r', At::InLine) => At::AfterCr,
                _ => At::InLine,
            };
        }
    }
}

fn without_line_ends(lines: &[u8]) -> &[u8] {
    let end = lines.iter().rposition(|byte| !matches!(byte, b'\n' | b'\r')).map_or(0, |last| last + 1);
    &lines[..end]
}
