//! Text in the encodings that V8 copies as they are.
//!
//! It takes V8 several times as long to make a string of UTF-8 that is not ASCII. `encoding_rs` has these conversions, but its
//! SIMD needs nightly Rust, and without it they were slower than these.

/// What it takes to write down a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Width {
    Ascii,
    /// A byte for each character, up to U+00FF.
    Latin1,
    /// UTF-16.
    Wide,
}

/// The first byte of the UTF-8 of U+0100. What comes before has a smaller one.
const FIRST_WIDE: u8 = 0xC4;
/// How many bytes are looked at together.
const BLOCK: usize = 16;
/// The bits that no ASCII byte of a block has.
const NOT_ASCII: u128 = u128::from_ne_bytes([0x80; BLOCK]);

/// What a text needs.
#[inline(always)]
pub(crate) fn width(text: &str) -> Width {
    if is_ascii(text.as_bytes()) {
        return Width::Ascii;
    }
    if text.bytes().fold(0, u8::max) < FIRST_WIDE { Width::Latin1 } else { Width::Wide }
}

/// As that of the standard library, but for long text in registers of 16 bytes, and for short text without a call.
#[inline(always)]
fn is_ascii(bytes: &[u8]) -> bool {
    let (words, rest) = bytes.as_chunks::<8>();
    let words = words.iter().fold(0, |all, word| all | u64::from_ne_bytes(*word));
    let rest = match bytes.last_chunk::<8>() {
        // The rest with some of what came before it.
        Some(end) => u64::from_ne_bytes(*end),
        None => u64::from(rest.iter().fold(0, |all, byte| all | byte)),
    };
    (words | rest) & NOT_ASCII as u64 == 0
}

/// Whether two texts are the same. Most are when their lengths are. Types and IDs are short, and a call of `memcmp` takes longer
/// than the comparison; with the dangling pointers of two empty texts it takes longer than decoding an event.
#[inline(always)]
pub(crate) fn same(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    match one.len() {
        0 => true,
        4..=8 => one.first_chunk::<4>() == other.first_chunk() && one.last_chunk::<4>() == other.last_chunk(),
        _ => one.last() == other.last() && one == other,
    }
}

/// Writes a text that needs no more than Latin-1, into room for all its bytes: how many it took.
pub(crate) fn to_latin1(text: &str, room: &mut [u8]) -> usize {
    if text.is_ascii() {
        room[..text.len()].copy_from_slice(text.as_bytes());
        return text.len();
    }
    room.iter_mut().zip(text.chars()).map(|(byte, letter)| *byte = letter as u8).count()
}

/// Writes a text, into room for as many units as it has bytes: how many it took.
pub(crate) fn to_utf16(text: &str, room: &mut [u16]) -> usize {
    let bytes = text.as_bytes();
    let (mut at, mut len) = (0, 0);
    // A unit takes a byte or more, so there is as much room as there are bytes left.
    while let (Some(block), Some(units)) = (bytes[at..].first_chunk::<BLOCK>(), room[len..].first_chunk_mut::<BLOCK>())
    {
        // All of it, though it counts only up to the first byte that is not ASCII.
        for (unit, byte) in units.iter_mut().zip(block) {
            *unit = u16::from(*byte);
        }
        let others = u128::from_le_bytes(*block) & NOT_ASCII;
        // A constant step: the processor need not wait to know where the next block is.
        if others == 0 {
            (at, len) = (at + BLOCK, len + BLOCK);
            continue;
        }
        let ascii = others.trailing_zeros() as usize / 8;
        (at, len) = (at + ascii, len + ascii);
        for letter in text[at..].chars().take_while(|letter| !letter.is_ascii()) {
            len += letter.encode_utf16(&mut room[len..]).len();
            at += letter.len_utf8();
        }
    }
    for letter in text[at..].chars() {
        len += letter.encode_utf16(&mut room[len..]).len();
    }
    len
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths() {
        for (text, want) in [
            ("", Width::Ascii),
            ("0123456789abcdef0123456789abcdef\u{e9}0123456789", Width::Latin1),
            ("0123456\u{4e2d}", Width::Wide),
            ("\u{4e2d}0123456", Width::Wide),
            ("0123456789abcdef\u{4e2d}", Width::Wide),
            ("\u{7f}", Width::Ascii),
            ("\u{80}", Width::Latin1),
            ("caf\u{e9} \u{ff}", Width::Latin1),
            ("\u{100}", Width::Wide),
            ("\u{10ffff}", Width::Wide),
        ] {
            assert_eq!(width(text), want, "{text:?}");
        }
    }

    #[test]
    fn sameness() {
        for length in 0..20 {
            let one = vec![b'a'; length];
            assert!(same(&one, &one.clone()));
            assert!(!same(&one, &vec![b'a'; length + 1]));
            for at in 0..length {
                let mut other = one.clone();
                other[at] = b'b';
                assert!(!same(&one, &other), "{length} {at}");
            }
        }
    }

    #[test]
    fn conversions() {
        for letter in ["x", "\u{e9}", "\u{4e2d}", "\u{1f600}"] {
            for before in 0..40 {
                for after in [0, 1, 15, 16, 17, 33] {
                    let text = format!("{}{letter}{}", "a".repeat(before), "b".repeat(after));
                    let mut wide = vec![0; text.len()];
                    let len = to_utf16(&text, &mut wide);
                    assert_eq!(String::from_utf16_lossy(&wide[..len]), text);
                    if width(&text) != Width::Wide {
                        let mut narrow = vec![0; text.len()];
                        let len = to_latin1(&text, &mut narrow);
                        assert!(
                            text.chars().map(u32::from).eq(narrow[..len].iter().map(|byte| u32::from(*byte))),
                            "{text:?}"
                        );
                    }
                }
            }
        }
    }
}
