//! The kernels against each other and against a loop that says the same in three lines.

use alloc::{vec, vec::Vec};

use tidings_testkit::Random;

use super::{
    LineEnds,
    kernel::{Entries, Entry, Kernel},
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
        ends.extend(entries.iter().map(|entry| (scanned + entry.position(), !entry.is_ascii())));
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
