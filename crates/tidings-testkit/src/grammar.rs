//! Random event streams, dense in corner cases.
//!
//! The streams follow the grammar of HTML 9.2.5 loosely: mostly fields, comments and empty lines, so that events come
//! out, but in every place something that a decoder got wrong once. They say nothing about real traffic.

use crate::Random;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The longest value, in bytes: several blocks of any scanner.
const LONGEST_VALUE: usize = 300;

/// The line ends of a stream: one sort, or all of them.
const LINE_ENDS: &[&[&[u8]]] = &[&[b"\n"], &[b"\r"], &[b"\r\n"], &[b"\n", b"\r", b"\r\n"]];

const KNOWN_NAMES: &[&[u8]] = &[b"data", b"data", b"event", b"id", b"retry"];

const UNKNOWN_NAMES: &[&[u8]] = &[
    b"Data",
    b"DATA",
    b"dat",
    b"dataa",
    b"data ",
    b" data",
    b"\tdata",
    b"data\0",
    b"da\xFFta",
    b"data\xC3",
    b"d",
    b"e",
    b"Event",
    b"even",
    b"events",
    b"event ",
    b"ID",
    b"i",
    b"ids",
    b"id ",
    b"Retry",
    b"retr",
    b"retry-after",
    b"retry ",
    b"comment",
    b"\xEF\xBB\xBFdata",
    b"\xEF\xBB\xBF",
    "字段".as_bytes(),
    b" ",
    b"\0",
    b"{\"data\"",
];

/// Texts without line ends.
const TEXTS: &[&str] = &[
    "",
    "a",
    "hello, world",
    "data: x",
    "id: 7",
    ":",
    "::: a:b:",
    "{\"choices\":[{\"delta\":{\"content\":\" the\"}}]}",
    "[DONE]",
    " ",
    " leading",
    "trailing ",
    "\ttab",
    "消息",
    "𠜎字",
    "🎉",
    "👩‍👩‍👧",
    "é",
    "e\u{301}",
    "\0",
    "a\0b",
    "\u{FEFF}",
    "\u{FEFF}a",
    "a\u{FEFF}",
    "a\u{2028}b",
    "a\u{2029}b",
    "a\u{85}b",
    "a\u{B}b",
    "a\u{C}b",
    "a\u{1C}b\u{1D}c\u{1E}d",
    "\u{7F}",
    "\u{80}",
    "\u{7FF}\u{800}",
    "\u{D7FF}\u{E000}",
    "\u{FFFD}",
    "\u{FFFF}\u{10000}",
    "\u{10FFFF}",
    "ï»¿",
];

/// What is not UTF-8, one kind each.
const INVALID: &[&[u8]] = &[
    // Continuation bytes on their own.
    b"\x80",
    b"\xBF\x80",
    // Overlong.
    b"\xC0\xAF",
    b"\xC1\xBF",
    b"\xE0\x80\xAF",
    b"\xE0\x9F\xBF",
    b"\xF0\x80\x80\xAF",
    b"\xF0\x8F\xBF\xBF",
    // Surrogates.
    b"\xED\xA0\x80",
    b"\xED\xBF\xBF",
    b"\xED\xA0\xBD\xED\xB8\x80",
    // Beyond U+10FFFF.
    b"\xF4\x90\x80\x80",
    b"\xF5\x80\x80\x80",
    b"\xF8\x88\x80\x80\x80",
    b"\xFE",
    b"\xFF",
    // Cut short.
    b"\xC3",
    b"\xE2",
    b"\xE2\x82",
    b"\xED\x9F",
    b"\xEF\xBB",
    b"\xF0",
    b"\xF0\x9F",
    b"\xF0\x9F\x98",
    b"\xF4\x8F\xBF",
];

/// Values of `retry` that are numbers.
const NUMBERS: &[&str] = &[
    "0",
    "1",
    "007",
    "3000",
    "4294967296",
    "18446744073709551615",
    "18446744073709551616",
    "99999999999999999999999999",
];

/// Values of `retry` that something other than the standard would take for numbers.
const NEAR_NUMBERS: &[&str] =
    &["", " 5", "5 ", "+5", "-5", "1_000", "1e3", "5.0", "0x10", "٣", "²", "５", "5\0", "five"];

/// Generates an event stream of at most `max_lines` lines, an unfinished one at the end included.
///
/// Known, misspelt and unknown field names, with and without colon and spaces; text, control characters and every kind
/// of invalid UTF-8; the three line ends, mixed or not; runs of empty lines; byte order marks where they belong and
/// where not; sometimes a line cut off at the end.
pub fn stream(random: &mut Random, max_lines: usize) -> Vec<u8> {
    let mut stream = Vec::new();
    match random.below(16) {
        0 | 1 => stream.extend_from_slice(BYTE_ORDER_MARK),
        2 => stream.extend_from_slice(&BYTE_ORDER_MARK.repeat(2)),
        3 => stream.extend_from_slice(&BYTE_ORDER_MARK[..2]),
        _ => {}
    }
    let line_ends = random.pick(LINE_ENDS);
    for _ in 0..random.below(max_lines + 1) {
        if !random.one_in(3) {
            line(random, &mut stream);
        }
        stream.extend_from_slice(random.pick(line_ends));
    }
    if random.one_in(4) {
        let cut = random.below(stream.len() + 1).min(12);
        stream.truncate(stream.len() - cut);
    }
    stream
}

/// Writes a field or a comment, without its line end.
fn line(random: &mut Random, stream: &mut Vec<u8>) {
    let name: &[u8] = match random.below(8) {
        0 => b"",
        1 => random.pick(UNKNOWN_NAMES),
        _ => random.pick(KNOWN_NAMES),
    };
    stream.extend_from_slice(name);
    if !name.is_empty() && random.one_in(8) {
        return;
    }
    stream.push(b':');
    stream.extend_from_slice(random.pick(&["", " ", " ", "  "]).as_bytes());
    if name == b"retry" && !random.one_in(4) {
        let numbers = random.pick(&[NUMBERS, NUMBERS, NEAR_NUMBERS]);
        stream.extend_from_slice(random.pick(numbers).as_bytes());
    } else {
        value(random, stream);
    }
}

/// Writes a value.
fn value(random: &mut Random, stream: &mut Vec<u8>) {
    if random.one_in(8) {
        return long_value(random, stream);
    }
    for _ in 0..random.below(4) {
        if random.one_in(4) {
            stream.extend_from_slice(random.pick(INVALID));
        } else {
            stream.extend_from_slice(random.pick(TEXTS).as_bytes());
        }
    }
}

/// Writes a value that spans blocks of a scanner, with something in it that is not ASCII, or nothing.
fn long_value(random: &mut Random, stream: &mut Vec<u8>) {
    let length = random.below(LONGEST_VALUE + 1);
    let end = stream.len() + length;
    let text = if random.one_in(3) { "消息" } else { "tidings " };
    stream.extend(text.bytes().cycle().take(length));
    if length > 0 && random.one_in(2) {
        let position = end - 1 - random.below(length);
        stream[position] = random.pick(b"\x80\xC3\xE2\xF0\xFF\0: ");
    }
}

#[cfg(test)]
mod tests {
    use crate::{Item, Options, naive};

    use super::*;

    #[test]
    fn streams_repeat() {
        for seed in 0..50 {
            let first = stream(&mut Random::new(seed), 20);
            assert_eq!(first, stream(&mut Random::new(seed), 20), "seed {seed}");
        }
    }

    #[test]
    fn lines_are_limited() {
        let mut random = Random::new(1);
        let mut most = 0;
        for _ in 0..500 {
            let stream = stream(&mut random, 5);
            most = most.max(stream.split(|byte| *byte == b'\n').count() - 1);
        }
        assert_eq!(most, 5);
        assert!((0..500).all(|_| !stream(&mut random, 0).contains(&b':')));
    }

    /// A generator of streams that mean nothing would test nothing.
    #[test]
    fn everything_occurs() {
        let mut random = Random::new(2);
        let (mut events, mut times, mut comments, mut replaced, mut ids) = (0, 0, 0, 0, 0);
        for _ in 0..1000 {
            let stream = stream(&mut random, 20);
            for item in naive::decode(&stream, &Options::default()).items {
                match item {
                    Item::Event { data, last_event_id, .. } => {
                        events += 1;
                        replaced += usize::from(data.contains('\u{FFFD}'));
                        ids += usize::from(!last_event_id.is_empty());
                    }
                    Item::ReconnectionTime(_) => times += 1,
                    Item::Comment(_) => comments += 1,
                }
            }
        }
        for (what, count) in [
            ("events", events),
            ("reconnection times", times),
            ("comments", comments),
            ("replaced", replaced),
            ("last event IDs", ids),
        ] {
            assert!(count > 200, "only {count} {what} in 1000 streams");
        }
    }
}
