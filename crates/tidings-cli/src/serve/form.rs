//! Names and values, as queries and forms have them.

use std::borrow::Cow;

use super::refusal::Refusal;

/// How many pairs there can be: more than anybody needs, but not so many that they take much more memory than their text.
const MOST_PAIRS: usize = 1024;

/// The pairs of a query or a form, in order.
pub(super) struct Form<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Form<'a> {
    /// Reads a query or the body of a form. Any bytes are one, if they have not too many pairs.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, Refusal> {
        let pairs: Vec<_> = form_urlencoded::parse(bytes).take(MOST_PAIRS + 1).collect();
        if pairs.len() > MOST_PAIRS {
            return Err(Refusal::bad(format!("more than {MOST_PAIRS} names and values")));
        }
        Ok(Self(pairs))
    }

    /// The first value with this name that is not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.all(name).find(|value| !value.is_empty())
    }

    /// All names, with their values.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }

    /// All values with this name.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(other, _)| other == name).map(|(_, value)| &**value)
    }
}
