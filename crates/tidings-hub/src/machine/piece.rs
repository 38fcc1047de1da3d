//! Reading events out of the log.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque, binary_heap::PeekMut},
};

use tidings_codec::EncodedFrame;

use super::{Entry, groups::Piece, topics::Table};
use crate::Topics;

/// How many bytes a subscriber is given at once, if one event has not more.
pub(super) const PIECE_BYTES: usize = 64 * 1024;

/// The events of some topics after a cursor, as many as go in one piece. There must be one.
pub(super) fn read(log: &VecDeque<Entry>, first: u64, table: &Table, topics: &Topics, cursor: u64) -> Piece {
    let from = (cursor + 1).saturating_sub(first) as usize;
    let mut gathered = Gathered::default();
    let later = log.range(from.min(log.len())..).zip(first.max(cursor + 1)..);
    if topics.are_all() {
        let _ = later.map(|(entry, sequence)| gathered.add(sequence, &entry.frame)).find(|more| !more);
    } else if let Some(mut merged) = Merged::new(table, topics, cursor, log.len() - from) {
        while let Some(sequence) = merged.next(table)
            && gathered.add(sequence, &log[(sequence - first) as usize].frame)
        {}
    } else {
        let included =
            later.filter(|(entry, _)| entry.topics.iter().any(|topic| topics.include(&table.get(topic).name)));
        let _ = included.map(|(entry, sequence)| gathered.add(sequence, &entry.frame)).find(|more| !more);
    }
    gathered.into_piece(cursor, first + log.len() as u64 - 1)
}

/// Frames that become a piece.
#[derive(Default)]
struct Gathered {
    frames: Vec<EncodedFrame>,
    bytes: usize,
    first: u64,
    last: u64,
}

impl Gathered {
    /// Adds an event. Returns whether there is room for more.
    fn add(&mut self, sequence: u64, frame: &EncodedFrame) -> bool {
        if self.frames.is_empty() {
            self.first = sequence;
        }
        self.last = sequence;
        self.bytes += frame.len();
        self.frames.push(frame.clone());
        self.bytes < PIECE_BYTES
    }

    fn into_piece(self, after: u64, head: u64) -> Piece {
        let full = self.bytes >= PIECE_BYTES;
        let upto = if full { self.last } else { head };
        let joined = self.frames.len() > 1;
        Piece { after, first: self.first, upto, full, joined, frames: EncodedFrame::join(&self.frames) }
    }
}

/// The kept events of some topics in order, by what is known of each topic: for topics of which little is in a long log.
struct Merged {
    /// For each topic its next event, the topic, and where in its kept events that is.
    heads: BinaryHeap<Reverse<(u64, usize, usize)>>,
}

impl Merged {
    /// How many events to look through rather than to look into every topic.
    const SHORT: usize = 32;

    /// `None` if it is cheaper to look through the `later` events.
    fn new(table: &Table, topics: &Topics, cursor: u64, later: usize) -> Option<Self> {
        if later <= Self::SHORT {
            return None;
        }
        let most = later / Self::SHORT;
        let topics: Vec<usize> = table.included(topics).take(most + 1).collect();
        if topics.len() > most {
            return None;
        }
        let head = |topic| {
            let kept = &table.get(topic).kept;
            let at = kept.partition_point(|sequence| *sequence <= cursor);
            kept.get(at).map(|sequence| Reverse((*sequence, topic, at)))
        };
        Some(Self { heads: topics.into_iter().filter_map(head).collect() })
    }

    fn next(&mut self, table: &Table) -> Option<u64> {
        let Reverse((sequence, ..)) = *self.heads.peek()?;
        // An event can be of several of them.
        while let Some(mut head) = self.heads.peek_mut()
            && head.0.0 == sequence
        {
            let (_, topic, at) = head.0;
            match table.get(topic).kept.get(at + 1) {
                Some(later) => head.0 = (*later, topic, at + 1),
                None => drop(PeekMut::pop(head)),
            }
        }
        Some(sequence)
    }
}
