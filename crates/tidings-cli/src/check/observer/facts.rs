//! What the bytes of an event stream show.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

/// How many samples are kept of what is wrong, and how long they are.
const SAMPLES: usize = 8;
pub(in crate::check) const SAMPLE_BYTES: usize = 40;
/// How many event types are told apart.
const TYPES: usize = 16;
/// How many IDs are kept, and how long they may be to be sent back.
const IDS: usize = 256;
pub(in crate::check) const ID_BYTES: usize = 1024;

/// The facts. They are bounded, whatever the stream sends.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(in crate::check) struct Stream {
    pub(in crate::check) bytes: u64,
    pub(in crate::check) events: u64,
    /// How many events of each type; of the first types only.
    pub(in crate::check) types: BTreeMap<String, u64>,
    /// How many fields `data` there were, whatever became of them.
    pub(in crate::check) data_fields: u64,
    pub(in crate::check) comments: u64,
    pub(in crate::check) line_ends: LineEnds,
    /// What the last valid field said, in milliseconds.
    pub(in crate::check) retry: Option<u64>,
    pub(in crate::check) with_id: u64,
    pub(in crate::check) without_id: u64,
    /// The last IDs that events had, without those that were the same as the one before.
    pub(in crate::check) ids: VecDeque<String>,
    pub(in crate::check) longest_line: u64,
    pub(in crate::check) largest_event: u64,
    pub(in crate::check) begins_with_bom: bool,
    /// Whether there is data for which the empty line is missing.
    pub(in crate::check) unfinished: bool,
    pub(in crate::check) wrong: Wrong,
}

/// What is wrong with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(in crate::check) struct Wrong {
    pub(in crate::check) bom_inside: Spots,
    pub(in crate::check) invalid_utf8: Spots,
    pub(in crate::check) markup: Spots,
    pub(in crate::check) json_without_data: Spots,
    pub(in crate::check) misspelt_field: Spots,
    pub(in crate::check) unknown_field: Spots,
    pub(in crate::check) split_data: Spots,
    pub(in crate::check) joined_events: Spots,
    pub(in crate::check) event_without_data: Spots,
    pub(in crate::check) long_line: Spots,
    pub(in crate::check) large_event: Spots,
    pub(in crate::check) retry_invalid: Spots,
    pub(in crate::check) id_nul: Spots,
    pub(in crate::check) id_repeated: Spots,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(in crate::check) struct LineEnds {
    pub(in crate::check) lf: u64,
    pub(in crate::check) crlf: u64,
    pub(in crate::check) cr: u64,
}

/// How often something was seen, where first, and what it looked like.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(in crate::check) struct Spots {
    pub(in crate::check) count: u64,
    /// The byte of the stream, from 0 on, at which it was first.
    pub(in crate::check) first: u64,
    /// The first of those that differ.
    pub(in crate::check) samples: Vec<String>,
}

impl Spots {
    pub(in crate::check) fn add(&mut self, position: u64, sample: &[u8]) {
        if self.count == 0 {
            self.first = position;
        }
        self.count += 1;
        if self.samples.len() < SAMPLES {
            let sample = beginning(sample, SAMPLE_BYTES);
            if !self.samples.contains(&sample) {
                self.samples.push(sample);
            }
        }
    }

    /// Adds what was seen elsewhere, and later.
    pub(super) fn merge(&mut self, other: Self) {
        if other.count == 0 {
            return;
        }
        if self.count == 0 {
            self.first = other.first;
        }
        self.count += other.count;
        for sample in other.samples {
            if self.samples.len() < SAMPLES && !self.samples.contains(&sample) {
                self.samples.push(sample);
            }
        }
    }
}

impl Stream {
    /// An event was dispatched.
    pub(super) fn event(&mut self, event_type: &[u8]) {
        self.events += 1;
        let name = if event_type.is_empty() { "message".to_owned() } else { beginning(event_type, SAMPLE_BYTES) };
        if self.types.len() < TYPES || self.types.contains_key(&name) {
            *self.types.entry(name).or_default() += 1;
        }
    }

    /// Its own ID.
    pub(super) fn id(&mut self, position: u64, id: &[u8]) {
        self.with_id += 1;
        // One that is as long, or is no text, is not sent back.
        let Ok(id) = str::from_utf8(id) else { return };
        if id.is_empty() || id.len() > ID_BYTES {
            return;
        }
        if self.ids.back().is_some_and(|last| last == id) {
            return self.wrong.id_repeated.add(position, id.as_bytes());
        }
        if self.ids.len() == IDS {
            self.ids.pop_front();
        }
        self.ids.push_back(id.to_owned());
    }
}

/// The beginning of what the server sent, as text.
pub(in crate::check) fn beginning(bytes: &[u8], longest: usize) -> String {
    if bytes.len() <= longest {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    let mut end = longest;
    // Not within a character.
    while end > longest - 4 && bytes[end] & 0xC0 == 0x80 {
        end -= 1;
    }
    String::from_utf8_lossy(&bytes[..end]).into_owned() + "…"
}
