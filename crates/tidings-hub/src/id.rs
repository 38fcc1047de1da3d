//! The IDs of a hub's events.

use std::fmt;

/// The ID of an event of a hub: `<epoch>-<sequence>`, such as `k3x9q2ma-42`.
///
/// The sequence counts the events of one hub over all topics; the epoch is that of the hub's log, so that the ID of another
/// log is never taken for one of this. To clients it is text without a meaning.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Id {
    pub(crate) epoch: Epoch,
    pub(crate) sequence: u64,
}

impl Id {
    /// The ID of an event of a log.
    pub const fn new(epoch: Epoch, sequence: u64) -> Self {
        Self { epoch, sequence }
    }

    /// Which log it is of.
    pub const fn epoch(self) -> Epoch {
        self.epoch
    }

    /// How many events were published before this one, and it.
    pub const fn sequence(self) -> u64 {
        self.sequence
    }

    /// The length of the longest ID, in bytes.
    pub(crate) const MOST_BYTES: usize = Epoch::BYTES + 1 + 20;

    /// Calls `with` with the text of the ID.
    pub(crate) fn with_text<T>(self, with: impl FnOnce(&str) -> T) -> T {
        let mut text = [0; Self::MOST_BYTES];
        let mut start = text.len();
        let mut rest = self.sequence;
        loop {
            start -= 1;
            text[start] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        start -= 1;
        text[start] = b'-';
        start -= Epoch::BYTES;
        text[start..start + Epoch::BYTES].copy_from_slice(&self.epoch.0);
        with(std::str::from_utf8(&text[start..]).unwrap_or_default())
    }

    /// The ID of the event that follows.
    pub(crate) fn next(self) -> Self {
        Self { sequence: self.sequence + 1, ..self }
    }

    /// Reads an ID: exactly what [`Display`](fmt::Display) writes.
    pub fn parse(text: &str) -> Option<Self> {
        let (epoch, sequence) = text.split_once('-')?;
        let epoch = Epoch::parse(epoch)?;
        let canonical =
            sequence == "0" || (!sequence.starts_with('0') && sequence.bytes().all(|byte| byte.is_ascii_digit()));
        let sequence = sequence.parse().ok().filter(|_| canonical)?;
        Some(Self { epoch, sequence })
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with_text(|text| f.write_str(text))
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Id({self})")
    }
}

/// What tells the logs of hubs apart: eight letters and digits, drawn when a log begins.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Epoch([u8; Epoch::BYTES]);

impl Epoch {
    const BYTES: usize = 8;
    /// Without letters and digits that look alike.
    const ALPHABET: &[u8; 32] = b"23456789abcdefghijkmnpqrstuvwxyz";

    /// A new epoch.
    #[cfg(feature = "tokio")]
    pub fn random() -> Self {
        Self::new(fastrand::u64(..))
    }

    /// The epoch of these 40 bits, which should be random.
    pub fn new(random: u64) -> Self {
        Self(std::array::from_fn(|at| Self::ALPHABET[(random >> (5 * at)) as usize % 32]))
    }

    /// Reads an epoch: exactly what [`Display`](fmt::Display) writes.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; Self::BYTES] = text.as_bytes().try_into().ok()?;
        bytes.iter().all(|byte| Self::ALPHABET.contains(byte)).then_some(Self(bytes))
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.escape_ascii().fmt(f)
    }
}

impl fmt::Debug for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Epoch({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for (random, sequence) in [(0, 0), (1, 9), (u64::MAX, 10), (0x1234_5678_9abc, u64::MAX)] {
            let id = Id { epoch: Epoch::new(random), sequence };
            assert_eq!(Id::parse(&id.to_string()), Some(id));
        }
        assert_eq!(Id { epoch: Epoch::new(0), sequence: 42 }.to_string(), "22222222-42");
    }

    #[test]
    fn what_was_not_written_is_not_read() {
        for text in [
            "",
            "-",
            "22222222",
            "22222222-",
            "22222222-042",
            "22222222-+4",
            "22222222--4",
            "22222222-4 ",
            "22222222-٤",
            "22222222-18446744073709551616",
            "2222222-4",
            "222222222-4",
            "2222222O-4",
            "22222222-4-4",
            "4",
        ] {
            assert_eq!(Id::parse(text), None, "{text:?}");
        }
    }
}
