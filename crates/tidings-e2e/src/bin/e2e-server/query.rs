//! The query of a request.

use std::borrow::Cow;

/// The parameters of a query, as forms write them.
pub(crate) struct Query<'a>(&'a str);

impl<'a> Query<'a> {
    /// Those of the text after the `?`.
    pub(crate) fn new(query: Option<&'a str>) -> Self {
        Self(query.unwrap_or_default())
    }

    /// The value of a parameter.
    pub(crate) fn text(&self, name: &str) -> Option<Cow<'a, str>> {
        form_urlencoded::parse(self.0.as_bytes()).find_map(|(key, value)| (key == name).then_some(value))
    }

    /// The value of a parameter that is a number.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.text(name)?.parse().ok()
    }
}
