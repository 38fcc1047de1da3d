//! Which field a line is (HTML 9.2.6, "process the field").

/// What a line says, and where in it the value starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Data,
    Event,
    Id,
    Retry,
    Comment,
    /// Unknown, and so without meaning.
    Other,
}

/// Reads the field name of a line of `length` bytes that begins with `head` (its first eight bytes, lowest first; beyond the
/// line's end, whatever follows). Returns the field and the offset of its value, which is past the end of the line if the
/// line has no colon.
///
/// A line has no line end inside it, so a name with its colon that matches lies inside the line; and a byte behind the colon
/// that is a space does too.
#[inline(always)]
pub(crate) fn classify(head: u64, length: usize) -> (Field, usize) {
    let (field, colon) = match head as u8 {
        _ if is_data(head) => return (Field::Data, data_value(head)),
        b'e' if starts_with(head, b"event:") => (Field::Event, 5),
        b'i' if starts_with(head, b"id:") => (Field::Id, 2),
        b'r' if starts_with(head, b"retry:") => (Field::Retry, 5),
        b':' => (Field::Comment, 0),
        _ => return without_colon(head, length),
    };
    let space = (head >> ((colon + 1) * 8)) as u8 == b' ';
    (field, colon + 1 + usize::from(space))
}

/// Whether a line that begins with `head` is data with a colon.
#[inline(always)]
pub(crate) fn is_data(head: u64) -> bool {
    starts_with(head, b"data:")
}

/// Where the value of such a line starts.
#[inline(always)]
pub(crate) fn data_value(head: u64) -> usize {
    5 + usize::from((head >> 40) as u8 == b' ')
}

/// A line that is a name only: the value is empty.
#[cold]
#[inline(never)]
fn without_colon(head: u64, length: usize) -> (Field, usize) {
    let field = match length {
        2 if starts_with(head, b"id") => Field::Id,
        4 if starts_with(head, b"data") => Field::Data,
        5 if starts_with(head, b"event") => Field::Event,
        5 if starts_with(head, b"retry") => Field::Retry,
        _ => Field::Other,
    };
    (field, length)
}

/// What can be said of a line of which only the first `length` bytes have arrived.
///
/// `None` means that the bytes to come decide: the name is not complete, or the colon is the last byte and a space may follow.
pub(crate) fn classify_unfinished(head: u64, length: usize) -> Option<(Field, usize)> {
    const NAMES: [(&[u8], Field); 5] = [
        (b"data:", Field::Data),
        (b"event:", Field::Event),
        (b"id:", Field::Id),
        (b"retry:", Field::Retry),
        (b":", Field::Comment),
    ];
    for (name, field) in NAMES {
        if length > name.len() && starts_with(head, name) {
            let space = (head >> (name.len() * 8)) as u8 == b' ';
            return Some((field, name.len() + usize::from(space)));
        }
        if length <= name.len() && starts_with(head, &name[..length]) {
            return None;
        }
    }
    Some((Field::Other, 0))
}

/// Whether the line begins with `name`, of at most seven bytes.
#[inline(always)]
fn starts_with(head: u64, name: &[u8]) -> bool {
    let mut wanted = [0; 8];
    wanted[..name.len()].copy_from_slice(name);
    let mask = (1 << (name.len() * 8)) - 1;
    head & mask == u64::from_le_bytes(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(line: &[u8]) -> u64 {
        line.iter().take(8).rev().fold(0, |head, byte| head << 8 | u64::from(*byte))
    }

    #[test]
    fn whole_lines() {
        for (line, length, want) in [
            (&b"data: x"[..], 7, (Field::Data, 6)),
            (b"data:x", 6, (Field::Data, 5)),
            (b"data:\n data", 5, (Field::Data, 5)),
            (b"data\n", 4, (Field::Data, 4)),
            (b"datax", 5, (Field::Other, 5)),
            (b"Data: x", 7, (Field::Other, 7)),
            (b"event: x", 8, (Field::Event, 7)),
            (b"event\rx", 5, (Field::Event, 5)),
            (b"events: x", 9, (Field::Other, 9)),
            (b"id:7", 4, (Field::Id, 3)),
            (b"id\n", 2, (Field::Id, 2)),
            (b"id :7", 5, (Field::Other, 5)),
            (b"retry: 1", 8, (Field::Retry, 7)),
            (b"retry", 5, (Field::Retry, 5)),
            (b":", 1, (Field::Comment, 1)),
            (b":  x", 4, (Field::Comment, 2)),
            (b"\xEF\xBB\xBFdata:", 8, (Field::Other, 8)),
        ] {
            assert_eq!(classify(head(line), length), want, "{:?}", line.escape_ascii());
        }
    }

    #[test]
    fn unfinished_lines() {
        for (line, want) in [
            (&b"d"[..], None),
            (b"data", None),
            (b"data:", None),
            (b"data:x", Some((Field::Data, 5))),
            (b"data: ", Some((Field::Data, 6))),
            (b"datax", Some((Field::Other, 0))),
            (b"event:", None),
            (b"event: ", Some((Field::Event, 7))),
            (b"retry:1", Some((Field::Retry, 6))),
            (b":", None),
            (b":x", Some((Field::Comment, 1))),
            (b"\xEF", Some((Field::Other, 0))),
        ] {
            assert_eq!(classify_unfinished(head(line), line.len()), want, "{:?}", line.escape_ascii());
        }
    }
}
