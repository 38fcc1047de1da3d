//! What events are about, and who wants which.

use std::{error::Error, fmt};

/// Checks the name of a topic: 1 to 1024 bytes of text without control characters.
///
/// # Errors
///
/// If it is something else.
pub fn check_topic(name: &str) -> Result<(), InvalidTopic> {
    match name.len() {
        0 => Err(InvalidTopic::Empty),
        1..=InvalidTopic::MOST_BYTES if name.chars().any(char::is_control) => Err(InvalidTopic::ControlCharacter),
        1..=InvalidTopic::MOST_BYTES => Ok(()),
        _ => Err(InvalidTopic::TooLong),
    }
}

/// A text cannot be the name of a topic, or select topics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidTopic {
    /// It is empty; or it selects nothing at all.
    Empty,
    /// It has more than 1024 bytes.
    TooLong,
    /// It has a control character.
    ControlCharacter,
    /// There are more than 256 selectors in a subscription, or more than 16 topics of one event.
    TooMany,
}

impl InvalidTopic {
    const MOST_BYTES: usize = 1024;
    const MOST_SELECTORS: usize = 256;
}

impl fmt::Display for InvalidTopic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "no topic",
            Self::TooLong => "a topic of more than 1024 bytes",
            Self::ControlCharacter => "a topic with a control character",
            Self::TooMany => "too many topics",
        })
    }
}

impl Error for InvalidTopic {}

/// Which topics a subscriber wants: some by name, some by a prefix, or all.
///
/// # Examples
///
/// ```
/// use tidings_hub::Topics;
///
/// let topics = Topics::parse(["prices/gold", "orders/*"])?;
/// assert!(topics.include("prices/gold") && topics.include("orders/7/state"));
/// assert!(!topics.include("prices/silver"));
/// # Ok::<(), tidings_hub::InvalidTopic>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Topics {
    /// Sorted, and none of them is included by a prefix.
    exact: Box<[Box<str>]>,
    /// Sorted, and none of them begins with another; the empty one includes all.
    prefixes: Box<[Box<str>]>,
}

impl Topics {
    /// All topics.
    pub fn all() -> Self {
        Self { exact: Box::default(), prefixes: Box::new([Box::default()]) }
    }

    /// One topic by its name, which is no selector: a `*` in it is only that.
    ///
    /// # Errors
    ///
    /// If it cannot be a topic.
    pub fn of(name: &str) -> Result<Self, InvalidTopic> {
        check_topic(name)?;
        Ok(Self { exact: Box::new([name.into()]), prefixes: Box::default() })
    }

    /// Topics by their names, which are no selectors: for names that others have chosen.
    ///
    /// # Errors
    ///
    /// If there are none or more than 256, or if one of them cannot be a topic.
    pub fn named<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidTopic> {
        Ok(Self { exact: boxed(checked(names)?), prefixes: Box::default() })
    }

    /// Topics by selectors: `*` is all, `name/*` is all that begin with `name/`, anything else is the name of one.
    ///
    /// # Errors
    ///
    /// If there are none or more than 256, or if one of them cannot be a topic.
    pub fn parse<'a>(selectors: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidTopic> {
        let (mut exact, mut prefixes) = (Vec::new(), Vec::new());
        for selector in checked(selectors)? {
            match selector.strip_suffix('*') {
                Some(prefix) if prefix.is_empty() || prefix.ends_with('/') => prefixes.push(prefix),
                _ => exact.push(selector),
            }
        }
        prefixes.sort_unstable();
        prefixes.dedup_by(|later, earlier| later.starts_with(*earlier));
        exact.retain(|name| !prefixes.iter().any(|prefix| name.starts_with(prefix)));
        Ok(Self { exact: boxed(exact), prefixes: boxed(prefixes) })
    }

    /// Whether it includes the topic of this name.
    pub fn include(&self, name: &str) -> bool {
        self.prefixes.iter().any(|prefix| name.starts_with(&**prefix))
            || self.exact.binary_search_by(|exact| (**exact).cmp(name)).is_ok()
    }

    pub(crate) fn are_all(&self) -> bool {
        self.prefixes.first().is_some_and(|prefix| prefix.is_empty())
    }

    pub(crate) fn exact(&self) -> &[Box<str>] {
        &self.exact
    }

    pub(crate) fn prefixes(&self) -> &[Box<str>] {
        &self.prefixes
    }
}

/// Names that can be topics; no more than a subscriber may have, and not none.
fn checked<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Vec<&'a str>, InvalidTopic> {
    let mut checked = Vec::new();
    for name in names {
        check_topic(name)?;
        if checked.len() == InvalidTopic::MOST_SELECTORS {
            return Err(InvalidTopic::TooMany);
        }
        checked.push(name);
    }
    if checked.is_empty() { Err(InvalidTopic::Empty) } else { Ok(checked) }
}

/// Names in order, each once.
fn boxed(mut names: Vec<&str>) -> Box<[Box<str>]> {
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(Into::into).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_are_reduced() {
        let topics = |selectors: &[&str]| Topics::parse(selectors.iter().copied());
        assert_eq!(topics(&["b", "a", "b"]), topics(&["a", "b"]));
        assert_eq!(topics(&["a/*", "a/b/*", "a/c", "a/"]), topics(&["a/*"]));
        assert_eq!(topics(&["*", "a", "b/*"]), Ok(Topics::all()));
        assert_ne!(topics(&["a"]), topics(&["a/*"]));
    }

    #[test]
    fn what_is_included() {
        for (selector, included, not_included) in [
            ("a", vec!["a"], vec!["b", "a/b", ""]),
            ("a/*", vec!["a/", "a/b", "a/b/c"], vec!["a", "ab", "b/a/c"]),
            ("a*", vec!["a*"], vec!["a", "ab"]),
            ("*", vec!["a", "b/c", "*"], vec![]),
            ("\u{e9}/*", vec!["\u{e9}/\u{e9}"], vec!["e/e"]),
        ] {
            let topics = Topics::parse([selector]).expect("it is a selector");
            assert!(included.iter().all(|name| topics.include(name)), "{selector}");
            assert!(!not_included.iter().any(|name| topics.include(name)), "{selector}");
        }
    }

    #[test]
    fn a_name_is_no_selector() {
        let topics = Topics::of("room/*").expect("it is a topic");
        assert!(topics.include("room/*") && !topics.include("room/1"));
        assert_eq!(Topics::of("a"), Topics::parse(["a"]));
        assert_eq!(Topics::of(""), Err(InvalidTopic::Empty));
        let topics = Topics::named(["*", "b", "room/*", "b"]).expect("they are topics");
        assert!(topics.include("*") && topics.include("b") && !topics.include("room/1") && !topics.include("c"));
        assert_eq!(Topics::named(["b", "a", "b"]), Topics::parse(["a", "b"]));
        assert_eq!(Topics::named([]), Err(InvalidTopic::Empty));
        assert_eq!(Topics::named(["a", "\n"]), Err(InvalidTopic::ControlCharacter));
        assert_eq!(Topics::named(["a"; 257]), Err(InvalidTopic::TooMany));
    }

    #[test]
    fn what_is_refused() {
        assert_eq!(Topics::parse([]), Err(InvalidTopic::Empty));
        assert_eq!(Topics::parse([""]), Err(InvalidTopic::Empty));
        assert_eq!(Topics::parse(["a\nb"]), Err(InvalidTopic::ControlCharacter));
        assert_eq!(check_topic(&"x".repeat(1024)), Ok(()));
        assert_eq!(check_topic(&"x".repeat(1025)), Err(InvalidTopic::TooLong));
        let many: Vec<String> = (0..257).map(|n| n.to_string()).collect();
        assert_eq!(Topics::parse(many.iter().map(String::as_str)), Err(InvalidTopic::TooMany));
        assert!(Topics::parse(many[1..].iter().map(String::as_str)).is_ok());
    }
}
