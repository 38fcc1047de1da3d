//! The lines from one empty line to the next: an event, a keep-alive, or nothing.

use serde_json::Value;

use super::{
    LARGE_EVENT,
    facts::{Spots, Stream, Wrong, beginning},
    names, stamp,
};

/// How much data of an event is kept to look at.
const DATA_BYTES: usize = 256 * 1024;

/// The event in the making.
#[derive(Debug, Default)]
pub(super) struct Block {
    /// Whether there was any line.
    begun: bool,
    comments: u64,
    start: u64,
    data: Vec<u8>,
    /// The length of all data, of which not all may be kept.
    data_bytes: u64,
    data_lines: u64,
    /// How many of them are a JSON object each.
    objects: u64,
    event_type: Vec<u8>,
    id: Option<Vec<u8>>,
    unknown: Spots,
}

impl Block {
    pub(super) fn has_begun(&self) -> bool {
        self.begun
    }

    pub(super) fn has_data(&self) -> bool {
        self.data_lines > 0
    }

    pub(super) fn is_keep_alive(&self) -> bool {
        self.comments > 0 && !self.has_data() && self.id.is_none() && self.event_type.is_empty()
    }

    pub(super) fn event_type(&self) -> &[u8] {
        &self.event_type
    }

    /// When it was sent, if it tells.
    pub(super) fn stamp(&self) -> Option<i64> {
        stamp::find(&self.data).filter(|_| self.is_whole())
    }

    fn is_whole(&self) -> bool {
        self.data.len() as u64 == self.data_bytes
    }

    /// A line that means nothing.
    pub(super) fn note(&mut self) {
        self.begun = true;
    }

    pub(super) fn comment(&mut self) {
        self.begun = true;
        self.comments += 1;
    }

    /// A field: the line as far as it is kept, and its length.
    pub(super) fn field(&mut self, stream: &mut Stream, position: u64, line: &[u8], length: u64) {
        if !self.begun {
            self.start = position;
        }
        self.begun = true;
        let colon = line.iter().position(|byte| *byte == b':');
        let name = &line[..colon.unwrap_or(line.len())];
        let value = colon.map_or(&[][..], |colon| &line[colon + 1..]);
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match name {
            b"data" => {
                stream.data_fields += 1;
                self.add_data(value, length - (line.len() - value.len()) as u64);
            }
            b"event" => self.event_type = value.to_vec(),
            b"id" if value.contains(&0) => stream.wrong.id_nul.add(position, value),
            b"id" => self.id = Some(value.to_vec()),
            b"retry" => match number(value) {
                Some(milliseconds) => stream.retry = Some(milliseconds),
                // An empty one is ignored by the standard, and harms nobody.
                None if value.is_empty() => {}
                None => stream.wrong.retry_invalid.add(position, value),
            },
            _ => self.unknown(&mut stream.wrong, position, line, name, colon.is_some()),
        }
    }

    fn add_data(&mut self, value: &[u8], length: u64) {
        if self.data_lines > 0 {
            self.data_bytes += 1;
            if self.data.len() < DATA_BYTES {
                self.data.push(b'\n');
            }
        }
        self.data_lines += 1;
        self.data_bytes += length;
        let room = DATA_BYTES.saturating_sub(self.data.len());
        self.data.extend_from_slice(&value[..value.len().min(room)]);
        self.objects += u64::from(is_object(value));
    }

    fn unknown(&mut self, wrong: &mut Wrong, position: u64, line: &[u8], name: &[u8], colon: bool) {
        let text = line.trim_ascii_start();
        if text.starts_with(b"<") {
            wrong.markup.add(position, line);
        } else if !self.has_data() && is_json(text) {
            wrong.json_without_data.add(position, line);
        } else if colon && names::meant(name).is_some() {
            wrong.misspelt_field.add(position, name);
        } else {
            // What it is shows at the end of the event.
            self.unknown.add(position, name);
        }
    }

    /// What an unfinished event has in it that is wrong.
    pub(super) fn take_unknown(&mut self, wrong: &mut Wrong) {
        wrong.unknown_field.merge(std::mem::take(&mut self.unknown));
    }

    /// It is complete. Takes whether the data before began like JSON and was none, and returns that of this.
    pub(super) fn dispatch(&self, stream: &mut Stream, broken_before: bool) -> bool {
        let broken = self.is_broken_json();
        let split = self.unknown.count > 0 && (broken || (broken_before && !self.has_data()));
        let wrong = &mut stream.wrong;
        if split {
            wrong.split_data.add(self.unknown.first, &self.data);
        } else {
            wrong.unknown_field.merge(self.unknown.clone());
        }
        if !self.has_data() {
            if !self.event_type.is_empty() {
                wrong.event_without_data.add(self.start, &self.event_type);
            }
            return broken_before && !self.begun;
        }
        if self.data_lines > 1 && self.objects == self.data_lines {
            wrong.joined_events.add(self.start, &self.data);
        }
        if self.data_bytes > LARGE_EVENT {
            wrong.large_event.add(self.start, beginning(&self.event_type, 40).as_bytes());
        }
        stream.largest_event = stream.largest_event.max(self.data_bytes);
        stream.event(&self.event_type);
        match &self.id {
            Some(id) => stream.id(self.start, id),
            None => stream.without_id += 1,
        }
        broken
    }

    /// Whether the data begins like JSON, and is none. `[DONE]` is well known.
    fn is_broken_json(&self) -> bool {
        let begins = matches!(self.data.trim_ascii_start().first(), Some(b'{' | b'['));
        begins && self.is_whole() && !is_json(&self.data)
    }
}

fn is_object(text: &[u8]) -> bool {
    text.trim_ascii_start().starts_with(b"{") && is_json(text)
}

fn is_json(text: &[u8]) -> bool {
    matches!(text.trim_ascii_start().first(), Some(b'{' | b'[')) && serde_json::from_slice::<Value>(text).is_ok()
}

/// One or more ASCII digits; as large as it gets if there are too many.
fn number(value: &[u8]) -> Option<u64> {
    if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let add = |number: u64, digit: &u8| number.saturating_mul(10).saturating_add(u64::from(digit - b'0'));
    Some(value.iter().fold(0, add))
}
