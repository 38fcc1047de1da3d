//! What the data of a numbered event begins with: `<number> <unix-nanoseconds>`, and then a space or nothing more.
//!
//! Any server that sends such data is checked for what it loses, and its latency is known: see `docs/bench.md`.

use std::{
    io::Write as _,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

/// The number of an event, and when it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Note {
    /// Without holes, from any number on.
    pub(super) number: u64,
    /// In nanoseconds of Unix time.
    pub(super) sent: u64,
}

impl Note {
    /// Reads what data begins with; `None` if that is something else.
    pub(super) fn read(data: &str) -> Option<Self> {
        let (number, rest) = digits(data.as_bytes())?;
        let (sent, rest) = digits(rest.strip_prefix(b" ")?)?;
        (rest.is_empty() || rest[0] == b' ').then_some(Self { number, sent })
    }

    /// Writes data of so many bytes as the value of a form's field, or of a few more if it would not fit.
    pub(super) fn write(self, size: usize, form: &mut Vec<u8>) {
        let begin = form.len();
        // A vector takes everything.
        let _ = write!(form, "{}+{}+", self.number, self.sent);
        let end = form.len().max(begin.saturating_add(size));
        form.resize(end, b'x');
    }
}

/// Takes a number off the bytes. One that does not fit is none.
fn digits(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let length = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = bytes.split_at(length);
    Some((number(digits)?, rest))
}

/// A number made of digits only.
pub(super) fn number(digits: &[u8]) -> Option<u64> {
    let add = |sum: u64, byte: &u8| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        sum.checked_mul(10)?.checked_add(digit)
    };
    if digits.is_empty() { None } else { digits.iter().try_fold(0, add) }
}

/// Unix time in nanoseconds that is never set back: taken once, and counted from there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    start: Instant,
    unix: u64,
}

impl Clock {
    pub(super) fn new() -> Self {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { start: Instant::now(), unix: unix.as_nanos() as u64 }
    }

    pub(super) fn now(&self) -> u64 {
        self.unix + self.start.elapsed().as_nanos() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_read_from_data() {
        let note = |number, sent| Some(Note { number, sent });
        for (data, expected) in [
            ("7 1700000000000000000 xxx", note(7, 1_700_000_000_000_000_000)),
            ("0 0", note(0, 0)),
            ("18446744073709551615 1 ", note(u64::MAX, 1)),
            ("18446744073709551616 1 ", None),
            ("", None),
            ("7", None),
            ("7 ", None),
            (" 7 1", None),
            ("7 1x", None),
            ("7  1", None),
            ("-7 1", None),
            ("hello", None),
        ] {
            assert_eq!(Note::read(data), expected, "{data:?}");
        }
    }

    #[test]
    fn what_is_written_has_the_size_and_is_read() {
        for (size, expected) in [(100, 100), (0, 7), (7, 7), (8, 8)] {
            let mut form = Vec::new();
            Note { number: 12, sent: 345 }.write(size, &mut form);
            assert_eq!(form.len(), expected);
            let data = String::from_utf8(form).expect("it is ASCII").replace('+', " ");
            assert_eq!(Note::read(&data), Some(Note { number: 12, sent: 345 }), "{data}");
        }
    }
}
