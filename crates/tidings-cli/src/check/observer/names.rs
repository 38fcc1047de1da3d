//! Names that are almost right.

/// What is meant by a name of a field that is not known; `None` if it is none of the standard's.
pub(super) fn meant(name: &[u8]) -> Option<&'static str> {
    let text = str::from_utf8(name).ok()?;
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}');
    let known = ["data", "event", "id", "retry"];
    if let Some(known) = known.into_iter().find(|known| known.eq_ignore_ascii_case(text)) {
        return Some(known);
    }
    // A field of its own, one letter from another.
    if text.eq_ignore_ascii_case("date") {
        return None;
    }
    known.into_iter().filter(|known| known.len() > 2).find(|known| distance(&text.to_ascii_lowercase(), known) == 1)
}

/// How many letters have to be put in, taken out, changed, or exchanged with their neighbour, to make one of the other.
pub(in crate::check) fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().take(64).collect(), other.chars().take(64).collect());
    let mut rows = vec![vec![0; other.len() + 1]; one.len() + 1];
    for i in 0..=one.len() {
        for j in 0..=other.len() {
            rows[i][j] = match (i, j) {
                (0, _) | (_, 0) => i + j,
                _ => {
                    let changed = rows[i - 1][j - 1] + usize::from(one[i - 1] != other[j - 1]);
                    let least = changed.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
                    if i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1] {
                        least.min(rows[i - 2][j - 2] + 1)
                    } else {
                        least
                    }
                }
            };
        }
    }
    rows[one.len()][other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_meant() {
        for (name, expected) in [
            ("Data", Some("data")),
            ("DATA", Some("data")),
            (" data", Some("data")),
            ("datas", Some("data")),
            ("dtaa", Some("data")),
            ("evnet", Some("event")),
            ("events", Some("event")),
            ("ID", Some("id")),
            ("Retry", Some("retry")),
            ("\u{FEFF}data", Some("data")),
            ("date", None),
            ("if", None),
            ("name", None),
            ("x-custom", None),
            ("", None),
        ] {
            assert_eq!(meant(name.as_bytes()), expected, "{name:?}");
        }
        assert_eq!(meant(b"\xFF"), None);
    }
}
