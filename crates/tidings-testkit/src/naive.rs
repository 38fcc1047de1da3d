//! The naive decoder: the HTML standard, sections 9.2.5 and 9.2.6, turned into code sentence by sentence.
//!
//! Other decoders are compared with this one. To whoever changes it: it is never optimised, and the comments retell the
//! sentence of the standard that the code below them carries out. What is not in the standard is marked "ours".

use crate::item::{Item, Outcome, TooLarge};

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// What the naive decoder is asked to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// How many bytes the values of one event may have, as [`decode`] counts them. Default: 16 MiB.
    pub max_event_bytes: usize,
    /// The last event ID at the start of the stream, as known from an earlier connection. Default: empty.
    pub last_event_id: String,
    /// Whether comments are handed over. Default: yes.
    pub comments: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { max_event_bytes: 16 * 1024 * 1024, last_event_id: String::new(), comments: true }
    }
}

/// Decodes a whole event stream.
///
/// # The size limit
///
/// Ours, not the standard's. Bytes are counted as received (so an invalid byte is 1, not the 3 of U+FFFD) and only in
/// values (the line less the field name, the colon and one leading space). A counter starts at 0 and goes back to 0 at
/// each empty line.
///
/// - A value of `n` bytes needs `n` bytes of room, that is: counter + `n` must not exceed
///   [`max_event_bytes`](Options::max_event_bytes). Then `data` adds `n` + 1 to the counter (the line end that joins
///   the lines), `event` and `id` add `n` (an `id` that is ignored for its NUL as well), `retry` and comments add
///   nothing.
/// - Unknown fields, and comments that were not asked for, need no room.
/// - A line that the stream leaves unfinished is looked at as far as it came, from the first byte after its colon on
///   (before that byte it is not known where the value starts, because one space does not belong to it).
/// - Without room, decoding stops. The error's position is that of the first byte of the value for which there was no
///   room: where the value starts, plus what room there was. A byte order mark counts in positions.
pub fn decode(stream: &[u8], options: &Options) -> Outcome {
    let mut interpreter = Interpreter::new(options);
    // 9.2.6: streams are decoded with the "UTF-8 decode" algorithm, which strips one leading byte order mark, if any,
    // and replaces what is not UTF-8 with U+FFFD. The replacing is done later, value by value (see `text`).
    let mut position = if stream.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
    // 9.2.6: the stream is then read line by line.
    while position < stream.len() {
        let line = Line::starting_at(position, stream);
        if let Err(too_large) = interpreter.process_line(&line) {
            interpreter.outcome.error = Some(too_large);
            break;
        }
        position = line.next;
    }
    // 9.2.6: at the end of the stream pending data is discarded; an event whose final empty line did not come is not
    // dispatched. So there is nothing left to do.
    interpreter.outcome
}

/// A line of the stream.
struct Line<'a> {
    /// Its bytes without the line end.
    bytes: &'a [u8],
    /// Where it starts in the stream.
    position: usize,
    /// Where the next line starts in the stream.
    next: usize,
    /// Whether its line end came, or the stream ended first.
    finished: bool,
}

impl<'a> Line<'a> {
    /// Reads the line that starts at `position`.
    ///
    /// 9.2.6: a line ends with CR LF, with an LF that follows no CR, or with a CR that no LF follows. 9.2.5 has the
    /// same as ABNF: `end-of-line = ( cr lf / cr / lf )`.
    fn starting_at(position: usize, stream: &'a [u8]) -> Self {
        let rest = &stream[position..];
        let length = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(rest.len());
        let line_end = match &rest[length..] {
            [b'\r', b'\n', ..] => 2,
            [b'\r' | b'\n', ..] => 1,
            _ => 0,
        };
        Self { bytes: &rest[..length], position, next: position + length + line_end, finished: line_end > 0 }
    }
}

/// A field name and its value. A comment has the empty name, which no field has.
struct Field<'a> {
    name: &'a [u8],
    value: &'a [u8],
    /// Where the value starts in the stream.
    position: usize,
}

impl<'a> Field<'a> {
    fn new(line: &Line<'a>) -> Self {
        let Some(colon) = line.bytes.iter().position(|byte| *byte == b':') else {
            // A line that has no colon is a field name as a whole; the value is the empty string.
            return Self { name: line.bytes, value: b"", position: line.position + line.bytes.len() };
        };
        // Otherwise the name is what comes before the first colon, and the value what comes after it. If the value
        // starts with a space, that is removed from it.
        let after_colon = &line.bytes[colon + 1..];
        let value = after_colon.strip_prefix(b" ").unwrap_or(after_colon);
        Self { name: &line.bytes[..colon], value, position: line.position + line.bytes.len() - value.len() }
    }
}

/// Turns bytes as received into text, each maximal invalid part into one U+FFFD.
///
/// The standard decodes the whole stream before it looks for lines. Doing it after gives the same result, and keeps the
/// offsets in bytes: LF, CR, colon, space, NUL and digits are ASCII; no ASCII byte is ever part of a longer UTF-8
/// sequence, an invalid one included, since a sequence that is cut short ends before the byte that cuts it; and no
/// U+FFFD is any of them. Field names are compared as bytes for the same reason.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// 9.2.6: with a stream being parsed go a data buffer, an event type buffer and a last event ID buffer.
struct Interpreter<'o> {
    options: &'o Options,
    data: String,
    event_type: String,
    last_event_id: String,
    /// Ours: the bytes counted since the last empty line.
    used: usize,
    outcome: Outcome,
}

impl<'o> Interpreter<'o> {
    fn new(options: &'o Options) -> Self {
        Self {
            options,
            // The buffers start as the empty string. Ours: the last event ID buffer starts as the last event ID of the
            // connection before, or else the first empty line after a reconnection would forget it. Browsers do the
            // same.
            data: String::new(),
            event_type: String::new(),
            last_event_id: options.last_event_id.clone(),
            used: 0,
            outcome: Outcome { last_event_id: options.last_event_id.clone(), ..Outcome::default() },
        }
    }

    /// 9.2.6: the lines are processed in the order in which they come.
    fn process_line(&mut self, line: &Line<'_>) -> Result<(), TooLarge> {
        if !line.finished {
            // Not a line by the standard's grammar: it is dropped with the rest at the end of the stream.
            return self.count_unfinished(line);
        }
        if line.bytes.is_empty() {
            // The line is empty: dispatch the event.
            self.dispatch();
            self.used = 0;
            return Ok(());
        }
        let field = Field::new(line);
        self.count(&field)?;
        self.process_field(&field);
        Ok(())
    }

    /// 9.2.6: what to do with a field depends on its name, which is compared literally, without case folding.
    fn process_field(&mut self, field: &Field<'_>) {
        let value = field.value;
        match field.name {
            // A line that starts with a colon is ignored. Ours: it is handed over if that was asked for.
            b"" if self.options.comments => self.outcome.items.push(Item::Comment(text(value))),
            // The event type buffer is set to the value.
            b"event" => self.event_type = text(value),
            // The value is appended to the data buffer, and after it an LF.
            b"data" => {
                self.data.push_str(&text(value));
                self.data.push('\n');
            }
            // The last event ID buffer is set to the value, unless there is a NUL in it: then the field is ignored.
            b"id" if !value.contains(&0) => self.last_event_id = text(value),
            b"retry" => self.process_retry(value),
            // Any other field is ignored.
            _ => {}
        }
    }

    /// 9.2.6: a value of only ASCII digits is an integer in base ten, and the reconnection time is set to it. Any other
    /// value is ignored.
    ///
    /// The empty string has no digit to make an integer of, and is ignored. Ours: a number beyond 64 bits saturates.
    fn process_retry(&mut self, value: &[u8]) {
        if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
            return;
        }
        let mut milliseconds: u64 = 0;
        for digit in value {
            milliseconds = milliseconds.saturating_mul(10).saturating_add(u64::from(digit - b'0'));
        }
        self.outcome.reconnection_time = Some(milliseconds);
        self.outcome.items.push(Item::ReconnectionTime(milliseconds));
    }

    /// 9.2.6: dispatches the event, in the numbered steps for web browsers.
    fn dispatch(&mut self) {
        // 1. The last event ID of the event source is set to the last event ID buffer, which keeps its value.
        self.outcome.last_event_id.clone_from(&self.last_event_id);
        // 2. If the data buffer is empty, the event type buffer is emptied too, and that is all.
        if self.data.is_empty() {
            self.event_type.clear();
            return;
        }
        // 3. If the last character of the data buffer is an LF, it is removed.
        if self.data.ends_with('\n') {
            self.data.pop();
        }
        // 4 and 5. The event has the type `message`, the data buffer as data, and the last event ID of the event
        // source.
        // 6. If the event type buffer is not empty, it is the event's type instead.
        let event_type = if self.event_type.is_empty() { "message".to_owned() } else { self.event_type.clone() };
        let event =
            Item::Event { event_type, data: self.data.clone(), last_event_id: self.outcome.last_event_id.clone() };
        // 7. The data buffer and the event type buffer are emptied.
        self.data.clear();
        self.event_type.clear();
        // 8. The event is dispatched.
        self.outcome.items.push(event);
    }

    /// Ours: the size limit, see [`decode`].
    fn count(&mut self, field: &Field<'_>) -> Result<(), TooLarge> {
        let adds = match field.name {
            b"data" => field.value.len() + 1,
            b"event" | b"id" => field.value.len(),
            b"retry" => 0,
            b"" if self.options.comments => 0,
            _ => return Ok(()),
        };
        let limit = self.options.max_event_bytes;
        if self.used + field.value.len() > limit {
            let room = limit.saturating_sub(self.used);
            return Err(TooLarge { position: (field.position + room) as u64 });
        }
        self.used += adds;
        Ok(())
    }

    /// Ours: the size limit for a line as far as it came. Its field is known if there is a byte after the colon.
    fn count_unfinished(&mut self, line: &Line<'_>) -> Result<(), TooLarge> {
        match line.bytes.iter().position(|byte| *byte == b':') {
            Some(colon) if colon + 1 < line.bytes.len() => self.count(&Field::new(line)),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Random, assert_outcome, grammar, vectors};

    use super::*;

    #[test]
    fn every_vector() {
        let vectors = vectors::load();
        assert!(vectors.len() > 160, "only {} vectors", vectors.len());
        for vector in vectors {
            for (options, expected) in vector.runs() {
                let outcome = decode(&vector.chunks.concat(), &options);
                assert_outcome(&vector.to_string(), &outcome, &expected);
            }
        }
    }

    /// The claim of [`text`]: replacing what is not UTF-8 first, as the standard says, gives the same.
    #[test]
    fn decoding_utf8_first_gives_the_same() {
        let mut random = Random::new(1);
        let options = Options::default();
        for _ in 0..2000 {
            let stream = grammar::stream(&mut random, 12);
            assert_outcome(
                &stream.escape_ascii().to_string(),
                &decode(&stream, &options),
                &decode(String::from_utf8_lossy(&stream).as_bytes(), &options),
            );
        }
    }

    #[test]
    fn not_asking_for_comments_changes_nothing_else() {
        let mut random = Random::new(2);
        let asked = Options::default();
        let not_asked = Options { comments: false, ..Options::default() };
        for _ in 0..500 {
            let stream = grammar::stream(&mut random, 12);
            assert_outcome(
                &stream.escape_ascii().to_string(),
                &decode(&stream, &not_asked),
                &decode(&stream, &asked).without_comments(),
            );
        }
    }

    /// What makes the limit independent of chunks: an error found in a part of a stream is the error of the whole.
    #[test]
    fn an_error_does_not_depend_on_what_follows() {
        let mut random = Random::new(3);
        let mut errors = 0;
        for _ in 0..300 {
            let stream = grammar::stream(&mut random, 6);
            let options = Options { max_event_bytes: random.below(12), ..Options::default() };
            let whole = decode(&stream, &options);
            for end in 0..stream.len() {
                let part = decode(&stream[..end], &options);
                if part.error.is_some() {
                    let label = format!("{} of {}", end, stream.escape_ascii());
                    assert_outcome(&label, &part, &whole);
                    errors += 1;
                }
            }
        }
        assert!(errors > 1000, "only {errors} errors");
    }
}
