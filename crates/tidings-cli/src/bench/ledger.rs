//! What a subscriber has seen, and what that says of the server.

/// What all subscribers have seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Numbered events, each counted once for each subscriber.
    pub(super) delivered: u64,
    pub(super) lost: u64,
    pub(super) doubled: u64,
    /// Events that came after a later one.
    pub(super) out_of_order: u64,
    /// Events of the type `gap`.
    pub(super) gaps: u64,
    /// Events that did not come, and a gap said so.
    pub(super) told: u64,
    /// Events without a number in their data.
    pub(super) other: u64,
    /// How many of these had an ID with a number.
    pub(super) with_id: u64,
}

impl Tally {
    /// How many events have come.
    pub(super) fn arrived(&self) -> u64 {
        self.delivered + self.doubled + self.gaps + self.other
    }
}

/// What one subscriber has seen.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// The number that comes next; `None` before the first, if that may be any.
    next: Option<u64>,
    /// The number in the last ID of an event without a number of its own.
    id: u64,
    /// A gap was told, and no event has come since.
    gap: bool,
    /// Numbers that were left out. There are none unless something is wrong.
    missing: Vec<Hole>,
}

/// Numbers that were left out.
#[derive(Clone, Copy, Debug)]
struct Hole {
    from: u64,
    to: u64,
    told: bool,
}

impl Ledger {
    /// How many holes are remembered, so that a server cannot fill the memory: an event that comes later into one that is
    /// forgotten counts as doubled.
    const MOST_HOLES: usize = 1000;

    /// Expects this number first.
    pub(super) fn from(number: u64) -> Self {
        Self { next: Some(number), ..Self::default() }
    }

    /// The number that comes next; 0 if that may be any.
    pub(super) fn next(&self) -> u64 {
        self.next.unwrap_or_default()
    }

    /// Notes an event with a number.
    #[inline]
    pub(super) fn number(&mut self, number: u64, tally: &mut Tally) {
        if self.next == Some(number) {
            tally.delivered += 1;
            self.gap = false;
            self.next = Some(number.saturating_add(1));
        } else {
            self.unexpected(number, tally);
        }
    }

    #[cold]
    fn unexpected(&mut self, number: u64, tally: &mut Tally) {
        let next = self.next.unwrap_or(number);
        if number >= next {
            self.skip(number, tally);
            self.next = Some(number.saturating_add(1));
            tally.delivered += 1;
            return;
        }
        let hole = self.missing.iter().position(|hole| (hole.from..hole.to).contains(&number));
        let Some(hole) = hole else {
            tally.doubled += 1;
            return;
        };
        let Hole { from, to, told } = self.missing.swap_remove(hole);
        tally.delivered += 1;
        tally.out_of_order += 1;
        *(if told { &mut tally.told } else { &mut tally.lost }) -= 1;
        self.remember(Hole { from, to: number, told });
        self.remember(Hole { from: number + 1, to, told });
    }

    /// Notes that what comes before a number has not come.
    pub(super) fn skip(&mut self, to: u64, tally: &mut Tally) {
        let told = std::mem::take(&mut self.gap);
        let from = self.next.unwrap_or(to);
        if from >= to {
            return;
        }
        *(if told { &mut tally.told } else { &mut tally.lost }) += to - from;
        self.remember(Hole { from, to, told });
        self.next = Some(to);
    }

    fn remember(&mut self, hole: Hole) {
        if hole.from < hole.to && self.missing.len() < Self::MOST_HOLES {
            self.missing.push(hole);
        }
    }

    /// Notes a gap.
    pub(super) fn gap(&mut self, tally: &mut Tally) {
        self.gap = true;
        tally.gaps += 1;
    }

    /// Notes an event without a number in its data, but with one in its ID. Such numbers may have holes. The same number again is
    /// no fault: an event without an ID has that of the one before.
    pub(super) fn id(&mut self, id: u64, tally: &mut Tally) {
        tally.other += 1;
        tally.with_id += 1;
        if id < self.id {
            tally.out_of_order += 1;
        }
        self.id = self.id.max(id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Delivered, lost, doubled, out of order, told.
    fn check(first: Ledger, numbers: &[u64]) -> [u64; 5] {
        let (mut ledger, mut tally) = (first, Tally::default());
        for &number in numbers {
            if number == GAP {
                ledger.gap(&mut tally);
            } else {
                ledger.number(number, &mut tally);
            }
        }
        [tally.delivered, tally.lost, tally.doubled, tally.out_of_order, tally.told]
    }

    const GAP: u64 = 1_000_000;

    #[test]
    fn each_fault_is_counted_as_what_it_is() {
        for (numbers, expected) in [
            (&[0, 1, 2, 3][..], [4, 0, 0, 0, 0]),
            (&[0, 1, 3], [3, 1, 0, 0, 0]),
            (&[2, 3], [2, 2, 0, 0, 0]),
            (&[0, 1, 1, 2], [3, 0, 1, 0, 0]),
            (&[0, 2, 1, 3], [4, 0, 0, 1, 0]),
            (&[0, 2, 1, 1, 3], [4, 0, 1, 1, 0]),
            (&[0, 5, 2], [3, 3, 0, 1, 0]),
            (&[0, 5, 2, 4, 1, 3], [6, 0, 0, 4, 0]),
            (&[0, GAP, 5, 6], [3, 0, 0, 0, 4]),
            (&[0, GAP, 5, 7], [3, 1, 0, 0, 4]),
            (&[0, GAP, 1, 3], [3, 1, 0, 0, 0]),
            (&[0, GAP, 5, 4], [3, 0, 0, 1, 3]),
        ] {
            assert_eq!(check(Ledger::from(0), numbers), expected, "{numbers:?}");
        }
        assert_eq!(check(Ledger::default(), &[7, 8, 10]), [3, 1, 0, 0, 0], "the first may be any");
        assert_eq!(check(Ledger::default(), &[u64::MAX, u64::MAX]), [2, 0, 0, 0, 0], "the last number is its own next");
    }

    #[test]
    fn the_holes_of_a_hostile_server_are_limited() {
        let numbers = (0..10_000).map(|number| number * 2);
        let (mut ledger, mut tally) = (Ledger::from(0), Tally::default());
        for number in numbers {
            ledger.number(number, &mut tally);
        }
        assert_eq!((ledger.missing.len(), tally.lost), (Ledger::MOST_HOLES, 9_999));
    }

    #[test]
    fn ids_rise() {
        let (mut ledger, mut tally) = (Ledger::default(), Tally::default());
        for id in [0, 5, 9, 9, 7, 12] {
            ledger.id(id, &mut tally);
        }
        assert_eq!((tally.with_id, tally.out_of_order, tally.lost), (6, 1, 0));
    }
}
