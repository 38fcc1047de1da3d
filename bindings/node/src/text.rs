//! Text in the encodings that V8 copies as they are.
//!
//! It takes V8 several times as long to make a string of UTF-8 that is not ASCII. `encoding_rs` has these conversions, but its
//! SIMD needs nightly Rust, and without it they were slower than these.

/// How many bytes are looked at together.
const BLOCK: usize = 16;
/// The bits that no ASCII byte of a block has.
const NOT_ASCII: u128 = u128::from_ne_bytes([0x80; BLOCK]);

/// As that of the standard library, but for long text in registers of 16 bytes, and for short text without a call.
#[inline(always)]
pub(crate) fn is_ascii(bytes: &[u8]) -> bool {
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
    room.iter_mut().zip(text.chars()).map(|(byte, letter)| *byte = letter as u8).count()
}

/// Writes a text, into room for as many units as it has bytes: how many it took, and its last letter in the order of Unicode.
pub(crate) fn to_utf16(text: &str, room: &mut [u16]) -> (usize, char) {
    let bytes = text.as_bytes();
    let (mut at, mut len, mut widest) = (0, 0, '\0');
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
            widest = widest.max(letter);
            len += letter.encode_utf16(&mut room[len..]).len();
            at += letter.len_utf8();
        }
    }
    // What is left, together with what came before it, if all of that is ASCII.
    let rest = bytes.len() - at;
    if let Some(last) = bytes.last_chunk::<BLOCK>()
        && u128::from_le_bytes(*last) & NOT_ASCII == 0
    {
        let end = len + rest;
        for (unit, byte) in room[end - BLOCK..end].iter_mut().zip(last) {
            *unit = u16::from(*byte);
        }
        return (end, widest);
    }
    for letter in text[at..].chars() {
        widest = widest.max(letter);
        len += letter.encode_utf16(&mut room[len..]).len();
    }
    (len, widest)
}

#[cfg(test)]
mod tests {
    use super::*;

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
                    let (len, widest) = to_utf16(&text, &mut wide);
                    assert_eq!(String::from_utf16_lossy(&wide[..len]), text);
                    assert_eq!(
                        Some(widest <= '\u{ff}'),
                        text.chars().max().map(|letter| letter <= '\u{ff}'),
                        "{text:?}"
                    );
                    if widest <= '\u{ff}' {
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
