//! Saying what is wrong with an outcome.

use std::fmt::{Debug, Write as _};

use crate::Outcome;

/// Asserts that `got` is `expected`; `label` says what was decoded, and how.
///
/// # Panics
///
/// If the outcomes differ, with both of them side by side, item by item.
#[track_caller]
pub fn assert_outcome(label: &str, got: &Outcome, expected: &Outcome) {
    assert!(got == expected, "{label}\n{}", difference(got, expected));
}

/// Lists both outcomes, one line for what is equal and two for what is not.
fn difference(got: &Outcome, expected: &Outcome) -> String {
    let mut text = String::new();
    for index in 0..got.items.len().max(expected.items.len()) {
        compare(&mut text, &format!("item {index}"), got.items.get(index), expected.items.get(index));
    }
    compare(&mut text, "last event ID", Some(&got.last_event_id), Some(&expected.last_event_id));
    compare(&mut text, "reconnection time", got.reconnection_time.as_ref(), expected.reconnection_time.as_ref());
    compare(&mut text, "error", got.error.as_ref(), expected.error.as_ref());
    text
}

fn compare<T: Debug + PartialEq>(text: &mut String, what: &str, got: Option<&T>, expected: Option<&T>) {
    let show = |value: Option<&T>| value.map_or("none".to_owned(), |value| format!("{value:?}"));
    let written = if got == expected {
        writeln!(text, "  {what}: {}", show(got))
    } else {
        writeln!(text, "- {what}: expected {}\n+ {what}: got      {}", show(expected), show(got))
    };
    written.expect("writing into a string does not fail");
}

#[cfg(test)]
mod tests {
    use crate::Item;

    use super::*;

    #[test]
    fn equal_outcomes_pass() {
        assert_outcome("nothing", &Outcome::default(), &Outcome::default());
    }

    #[test]
    fn differences_are_marked() {
        let got = Outcome {
            items: vec![Item::ReconnectionTime(1), Item::Comment("a\n".into())],
            reconnection_time: Some(1),
            ..Outcome::default()
        };
        let expected = Outcome { items: vec![Item::ReconnectionTime(1)], last_event_id: "7".into(), ..got.clone() };
        assert_eq!(
            difference(&got, &expected),
            "  item 0: ReconnectionTime(1)\n\
             - item 1: expected none\n\
             + item 1: got      Comment(\"a\\n\")\n\
             - last event ID: expected \"7\"\n\
             + last event ID: got      \"\"\n  \
               reconnection time: 1\n  \
               error: none\n"
        );
    }

    #[test]
    #[should_panic(expected = "- item 0: expected ReconnectionTime(5)")]
    fn different_outcomes_panic() {
        let expected = Outcome { items: vec![Item::ReconnectionTime(5)], ..Outcome::default() };
        assert_outcome("label", &Outcome::default(), &expected);
    }
}
