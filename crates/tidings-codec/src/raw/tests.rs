//! The kernels against each other and against a loop that says the same in three lines.

#![allow(unsafe_code)]

use alloc::{string::String, vec, vec::Vec};
use core::mem::MaybeUninit;

use tidings_testkit::Random;

use super::{
    LineEnds, Slice,
    kernel::{Entries, Entry, Kernel, Split},
};

/// The line ends of `bytes` and whether bytes outside ASCII precede each, and then whether some come behind the last.
fn naive(bytes: &[u8]) -> (Vec<(usize, bool)>, bool) {
    let (mut ends, mut nonascii) = (Vec::new(), false);
    for (position, byte) in bytes.iter().enumerate() {
        nonascii |= !byte.is_ascii();
        if matches!(byte, b'\n' | b'\r') {
            ends.push((position, core::mem::take(&mut nonascii)));
        }
    }
    (ends, nonascii)
}

/// What a kernel finds in `bytes`, called until it has seen all of them.
fn found(kernel: Kernel, bytes: &[u8]) -> (Vec<(usize, bool)>, bool) {
    let mut entries: Entries = [Entry::NONE; _];
    let (mut ends, mut scanned, mut nonascii) = (Vec::new(), 0, false);
    while scanned < bytes.len() {
        let filled = kernel.fill(&bytes[scanned..], nonascii, &mut entries);
        let entries = &entries[..usize::from(filled.len)];
        ends.extend(entries.iter().map(|entry| (scanned + entry.position(), !entry.known().is_ascii())));
        assert!(filled.scanned > 0, "{kernel:?} makes no progress");
        scanned += filled.scanned as usize;
        nonascii = filled.nonascii;
    }
    (ends, nonascii)
}

/// Positions must be equal. A mark may be set where it need not be, but not be missing.
fn assert_finds(kernel: Kernel, bytes: &[u8]) {
    let ((got, got_last), (expected, expected_last)) = (found(kernel, bytes), naive(bytes));
    let positions = |ends: &[(usize, bool)]| ends.iter().map(|(position, _)| *position).collect::<Vec<_>>();
    assert_eq!(positions(&got), positions(&expected), "{kernel:?}, {}", bytes.escape_ascii());
    let marks = got.iter().zip(&expected).all(|((_, got), (_, expected))| *got || !expected);
    assert!(marks && (got_last || !expected_last), "{kernel:?} misses a mark, {}", bytes.escape_ascii());
}

#[test]
fn every_kernel_finds_every_byte_value_everywhere() {
    for kernel in Kernel::all() {
        for length in [1, 2, 31, 63, 64, 65, 127, 128, 129, 200] {
            for position in 0..length {
                for byte in [0x00, b'\t', b'\n', 0x0B, 0x0C, b'\r', 0x0E, 0x1A, 0x1D, 0x4A, 0x8A, 0x8D, 0x80, 0xFF] {
                    let mut bytes = vec![b'x'; length];
                    bytes[position] = byte;
                    assert_finds(kernel, &bytes);
                }
            }
        }
    }
}

#[test]
fn every_kernel_finds_what_is_dense_and_what_is_sparse() {
    let mut random = Random::new(1);
    for round in 0..600 {
        let length = random.below(2000);
        let density = 1 + round % 40;
        let bytes: Vec<u8> = (0..length)
            .map(|_| match random.below(density) {
                0 => random.pick(b"\n\r"),
                1 => random.pick(b"\x80\xE4\xFF"),
                _ => b'x',
            })
            .collect();
        for kernel in Kernel::all() {
            assert_finds(kernel, &bytes);
        }
    }
}

#[test]
fn the_portable_kernel_is_among_all_and_the_best_one_too() {
    let all: Vec<_> = Kernel::all().map(|kernel| alloc::format!("{kernel:?}")).collect();
    assert_eq!(all[0], "portable");
    assert!(all.contains(&alloc::format!("{:?}", Kernel::detect())));
    #[cfg(tidings_portable)]
    assert_eq!(alloc::format!("{:?}", Kernel::detect()), "portable");
}

/// The lines of `text`, put together by hand.
#[test]
fn lines_end_at_lf_cr_and_crlf() {
    for (text, expected) in [
        (&b""[..], vec![&b""[..]]),
        (b"a", vec![b"a"]),
        (b"a\n", vec![b"a", b""]),
        (b"a\r", vec![b"a", b""]),
        (b"a\r\n", vec![b"a", b""]),
        (b"a\n\rb\r\r\n\nc", vec![b"a", b"", b"b", b"", b"", b"c"]),
    ] {
        let mut ends = LineEnds::new();
        let mut lines = ends.lines(text, 0);
        let mut cursor = lines.cursor();
        let mut got = Vec::new();
        while let Some(line) = cursor.next() {
            got.push(line.slice.bytes());
        }
        got.push(cursor.rest().slice.bytes());
        assert_eq!(got, expected, "{}", text.escape_ascii());
    }
}

/// Text as lines of data, written with as many bytes of room beyond its own length. Returns how much of the text was used, too.
fn split(kernel: Kernel, text: &str, spare: usize) -> (usize, Vec<u8>) {
    let mut room = vec![MaybeUninit::new(b'?'); text.len() + spare];
    let Split { read, written } = kernel.split(text.as_bytes(), &mut room);
    // SAFETY: all of it was initialized here.
    let bytes = room[..written].iter().map(|byte| unsafe { byte.assume_init() });
    (read, bytes.collect())
}

/// Makes sure that the lines are right, and that where the room ends changes nothing but how far they are written.
fn assert_splits(kernel: Kernel, text: &str) {
    let expected = text.replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\ndata: ");
    let growth = expected.len() - text.len();
    assert_eq!(kernel.growth(text.as_bytes()), growth, "{kernel:?}, {text:?}");
    for spare in [1, 2, 7, 8, growth / 2 + 1, growth, growth + 1, growth + 2, growth + 3, growth + 100] {
        let spare = spare.max(1);
        let (read, written) = split(kernel, text, spare);
        assert!(read == text.len() || spare < growth + 2, "{kernel:?} stops at {read} of {text:?} with {spare}");
        let ended = read < text.len() || growth == 0 || written.len() + 2 <= text.len() + spare;
        assert!(ended, "{kernel:?} leaves no room for the end of {text:?} with {spare}");
        let (rest, after) = split(kernel, &text[read..], growth + 2);
        assert_eq!(rest, text.len() - read);
        let whole = String::from_utf8([written, after].concat()).expect("what was text is text");
        assert_eq!(whole, expected, "{kernel:?}, {spare}");
    }
}

#[test]
fn every_kernel_splits_text_at_every_line_end() {
    let texts = ["", "\n", "\r\n", "\r", "\n\r", "\r\r\n\n", "one", "\n\r\n\ra\r\nb\n"];
    for kernel in Kernel::all() {
        for text in texts {
            assert_splits(kernel, text);
        }
        for length in [1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 62, 63, 64, 65, 66, 127, 128, 129, 200] {
            for position in 0..length {
                for end in ["\n", "\r", "\r\n", "\n\n", "\r\r\n"] {
                    let text: String = (0..length).map(|index| char::from(b'a' + (index % 23) as u8)).collect();
                    let (before, behind) = text.split_at(position);
                    assert_splits(kernel, &[before, end, behind].concat());
                }
            }
        }
    }
}

#[test]
fn every_kernel_splits_text_with_few_line_ends_and_with_many() {
    let mut random = Random::new(2);
    for round in 0..600 {
        let density = 2 + round % 60;
        let text: String = (0..random.below(600))
            .map(|index| match random.below(density) {
                0 => random.pick(b"\n\r"),
                _ => b'a' + (index % 23) as u8,
            })
            .map(char::from)
            .collect();
        for kernel in Kernel::all() {
            assert_splits(kernel, &text);
        }
    }
}

#[test]
fn a_short_chunk_is_known_to_have_no_line_end_and_to_be_ascii() {
    for length in 0..300 {
        let mut chunk = vec![b'x'; length];
        let seen = Slice::short_without_line_end(&chunk).map(|slice| (slice.bytes().len(), slice.is_ascii()));
        assert_eq!(seen, (length <= 256).then_some((length, true)));
        for position in 0..length {
            for (byte, ascii) in
                [(b'\n', None), (b'\r', None), (0x0B, Some(true)), (0x8A, Some(false)), (0xFF, Some(false))]
            {
                chunk[position] = byte;
                let seen = Slice::short_without_line_end(&chunk).map(Slice::is_ascii);
                assert_eq!(seen, ascii.filter(|_| length <= 256), "{byte} at {position} of {length}");
            }
            chunk[position] = b'x';
        }
    }
}

/// Lines are checked together where there are several, so each is looked at as well from each of its bytes on.
fn assert_is_text(chunk: &[u8]) {
    let mut ends = LineEnds::new();
    let mut lines = ends.lines(chunk, 0);
    let mut cursor = lines.cursor();
    for expected in chunk.split_inclusive(|byte| *byte == b'\n') {
        let slice = match cursor.next() {
            Some(line) => line.slice,
            None => cursor.rest().slice,
        };
        let expected = expected.strip_suffix(b"\n").unwrap_or(expected);
        assert_eq!(slice.bytes(), expected);
        for from in 0..=expected.len() {
            assert_eq!(
                slice.skip(from).text(),
                core::str::from_utf8(&expected[from..]).ok(),
                "{}",
                chunk.escape_ascii()
            );
        }
    }
}

#[test]
fn lines_are_text_if_each_is() {
    const LINES: [&[u8]; 7] = [
        "\u{4e2d}\u{6587}".as_bytes(),
        b"ascii",
        b"",
        "caf\u{e9} \u{1f600}".as_bytes(),
        b"\xB8\xAD the end of a character",
        b"its beginning \xE4\xB8",
        b"\xFF",
    ];
    let mut random = Random::new(7);
    for count in 0..200 {
        // Half of the chunks have nothing that is wrong but in their first line, which may go on with a character.
        let lines = if count % 2 == 0 { &LINES[..4] } else { &LINES };
        let mut chunk = random.pick(&LINES).to_vec();
        for _ in 0..count {
            chunk.push(b'\n');
            chunk.extend_from_slice(random.pick(lines));
        }
        assert_is_text(&chunk);
    }
}
