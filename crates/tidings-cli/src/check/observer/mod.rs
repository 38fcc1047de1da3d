//! The bytes of an event stream as they were written, with all that a decoder drops or mends: without IO, and in bounded memory.
//!
//! It reads the standard (HTML 9.2.6) for itself, and not with the codec, whose purpose is to make such differences vanish. The
//! tests compare it with the codec, so that what it counts is what clients get.

mod arrival;
mod block;
mod facts;
mod names;
mod stamp;
#[cfg(test)]
mod tests;
mod utf8;

pub(super) use arrival::{Arrival, Burst, LATE, Moment};
pub(super) use facts::{Spots, Stream, beginning};
pub(super) use names::distance;

use block::Block;
use utf8::Utf8;

/// How much of a line is kept to look at.
const LINE_BYTES: usize = 64 * 1024;
/// From how many bytes on an event is called large.
const LARGE_EVENT: u64 = 1024 * 1024;
const BOM: &[u8] = b"\xEF\xBB\xBF";
/// What `tidings serve` says of itself every second, with the time at which it did.
const VITALS: &[u8] = b"tidings/vitals";

/// Looks at an event stream: [`feed`](Self::feed) it the chunks as they come, and [`finish`](Self::finish) at the end.
#[derive(Debug, Default)]
pub(super) struct Observer {
    pub(super) stream: Stream,
    pub(super) arrival: Arrival,
    utf8: Utf8,
    line: Line,
    block: Block,
    /// The last line ended with CR: an LF that follows belongs to it.
    after_cr: bool,
    /// The data of the last event began like JSON, and was none.
    broken_json: bool,
    /// Now.
    now: Moment,
}

/// The line in the making.
#[derive(Debug, Default)]
struct Line {
    start: u64,
    length: u64,
    kept: Vec<u8>,
}

impl Observer {
    /// Looks at a chunk, which is seen at this moment.
    pub(super) fn feed(&mut self, chunk: &[u8], now: Moment) {
        if chunk.is_empty() {
            return;
        }
        self.now = now;
        self.arrival.chunk(now, chunk.len());
        let wrong = &mut self.stream.wrong.invalid_utf8;
        self.utf8.feed(chunk, |position, bytes| wrong.add(position, hex(bytes).as_bytes()));
        let mut rest = chunk;
        while let Some(end) = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            self.line.add(&rest[..end]);
            self.stream.bytes += end as u64 + 1;
            self.line_end(rest[end]);
            rest = &rest[end + 1..];
        }
        if !rest.is_empty() {
            self.line.add(rest);
            self.stream.bytes += rest.len() as u64;
            self.after_cr = false;
        }
        let inside = self.line.length > 0 || self.block.has_begun();
        self.arrival.burst(|burst| burst.ends_inside = inside);
        self.stream.unfinished = self.is_unfinished();
        // A line that never ends is a long one, too.
        self.stream.longest_line = self.stream.longest_line.max(self.line.length);
    }

    /// It is not watched any further: because the stream has ended, or for another reason.
    pub(super) fn finish(&mut self, ended: bool) {
        let wrong = &mut self.stream.wrong;
        if ended {
            self.utf8.finish(|position, bytes| wrong.invalid_utf8.add(position, hex(bytes).as_bytes()));
        }
        if self.line.length > LINE_BYTES as u64 {
            wrong.long_line.add(self.line.start, &self.line.kept);
        }
        self.block.take_unknown(wrong);
    }

    fn line_end(&mut self, byte: u8) {
        let ends = &mut self.stream.line_ends;
        if byte == b'\n' && self.after_cr && self.line.length == 0 {
            // It was CRLF.
            self.after_cr = false;
            self.line.start = self.stream.bytes;
            ends.cr -= 1;
            ends.crlf += 1;
            return;
        }
        self.after_cr = byte == b'\r';
        *(if self.after_cr { &mut ends.cr } else { &mut ends.lf }) += 1;
        let line = std::mem::take(&mut self.line);
        self.read(&line);
        // The room is used again.
        self.line = Line { start: self.stream.bytes, length: 0, kept: line.kept };
        self.line.kept.clear();
    }

    /// A line is complete.
    fn read(&mut self, line: &Line) {
        let mut text = &line.kept[..];
        self.stream.longest_line = self.stream.longest_line.max(line.length);
        if let Some(rest) = text.strip_prefix(BOM) {
            if line.start == 0 {
                self.stream.begins_with_bom = true;
                text = rest;
            } else {
                self.stream.wrong.bom_inside.add(line.start, text);
                return self.block.note();
            }
        }
        if line.length > LINE_BYTES as u64 {
            self.stream.wrong.long_line.add(line.start, text);
        }
        match text.first() {
            None => self.blank(),
            Some(b':') => {
                self.stream.comments += 1;
                self.block.comment();
            }
            Some(_) => self.block.field(&mut self.stream, line.start, text, line.length),
        }
    }

    /// An empty line: the event is dispatched, if there is one.
    fn blank(&mut self) {
        let block = std::mem::take(&mut self.block);
        if block.is_keep_alive() {
            self.arrival.burst(|burst| burst.keep_alives += 1);
        }
        self.broken_json = block.dispatch(&mut self.stream, self.broken_json);
        if !block.has_data() {
            return;
        }
        let stamp = block.stamp();
        self.arrival.burst(|burst| {
            burst.events += 1;
            if let Some(stamp) = stamp {
                burst.stamp(stamp);
            }
        });
        // Those from before the request were kept, and are old for that reason.
        let Moment { at, late, clock } = self.now;
        let asked = clock.saturating_sub_unsigned(at);
        let sent_since = |stamp: &i64| *stamp >= asked && block.event_type() == VITALS && late < LATE;
        if let Some(stamp) = stamp.filter(sent_since) {
            let after = clock.saturating_sub(stamp);
            let (least, most) = self.arrival.vitals_after_ms.unwrap_or((after, after));
            self.arrival.vitals_after_ms = Some((least.min(after), most.max(after)));
        }
    }

    /// Whether there is data that the end of the stream would drop.
    fn is_unfinished(&self) -> bool {
        let line = self.line.kept.strip_prefix(BOM).unwrap_or(&self.line.kept);
        self.block.has_data() || line.starts_with(b"data:") || line == b"data"
    }
}

impl Line {
    fn add(&mut self, bytes: &[u8]) {
        self.length += bytes.len() as u64;
        let room = LINE_BYTES.saturating_sub(self.kept.len());
        self.kept.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }
}

fn hex(bytes: &[u8]) -> String {
    let bytes: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    bytes.join(" ")
}
