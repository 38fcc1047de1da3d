//! The topics of a subscription, as the Mercure protocol has them.

use std::borrow::Cow;

use tidings_hub::{Topics, check_topic};

use super::{form::Form, refusal::Refusal, vitals};

/// What stands for something else where it is no name.
const SPECIAL: [char; 3] = ['*', '{', '}'];

/// What a subscription is to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Selected {
    pub(super) topics: Topics,
    /// Whether it is to the vitals, and not only to everything.
    pub(super) vitals: bool,
}

/// Reads the topics: the values of `match`, and of `topic` as older clients say, which can be selectors; and those of `match_exact`,
/// which are names.
///
/// The protocol has other kinds of selectors, and demands that what is not known be refused.
pub(super) fn selected(query: &Form<'_>) -> Result<Selected, Refusal> {
    let mut selectors = Vec::new();
    for (parameter, value) in query.pairs() {
        let bad = |reason: String| Refusal::bad_with(format!("{parameter}: {reason}"));
        let selector = match parameter {
            "match" | "topic" => selector(value),
            "match_exact" => name(value),
            _ if parameter.get(..5).is_some_and(|begin| begin.eq_ignore_ascii_case("match")) => {
                Err("not known; there are match, match_exact and topic".to_owned())
            }
            _ => continue,
        };
        selectors.push(selector.map_err(bad)?);
    }
    let vitals = selectors.iter().any(|selector| vitals::SELECTORS.contains(&&**selector));
    let topics = Topics::parse(selectors.iter().map(|selector| &**selector));
    Ok(Selected { topics: topics.map_err(|error| Refusal::bad(format!("match: {error}")))?, vitals })
}

/// A selector of the hub: a name, `*`, `prefix/*`, or the simplest URI template, `prefix/{name}`, which is taken as `prefix/*`.
///
/// Anything else with a `*` or a brace in it was meant to select something that it would not. A topic can have such a name, although
/// no IRI has braces: that is what `match_exact` is for.
fn selector(text: &str) -> Result<Cow<'_, str>, String> {
    check_topic(text).map_err(|error| error.to_string())?;
    let Some(special) = text.find(SPECIAL) else { return Ok(text.into()) };
    let (begin, rest) = text.split_at(special);
    match rest {
        "*" if begin.is_empty() || begin.ends_with('/') => Ok(text.into()),
        _ if begin.ends_with('/') && is_expression(rest) => Ok(format!("{begin}*").into()),
        _ => {
            let prefix = begin.rfind('/').map_or("", |slash| &begin[..=slash]);
            Err(format!(
                "only *, prefix/* and prefix/{{name}} stand for more than one topic: write {prefix}* in its place, or match_exact \
                 for a topic of this very name"
            ))
        }
    }
}

/// Whether it is `{name}`, and nothing more.
fn is_expression(text: &str) -> bool {
    let name = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or_default();
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// A name that the hub does not take for a selector.
fn name(text: &str) -> Result<Cow<'_, str>, String> {
    check_topic(text).map_err(|error| error.to_string())?;
    if text == "*" || text.ends_with("/*") {
        return Err(format!("that topic cannot be told from a selector: write match={text} in its place"));
    }
    Ok(text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_of_all_ages() {
        for (query, expected) in [
            ("topic=a", vec!["a"]),
            ("match=a&topic=b", vec!["a", "b"]),
            ("topic=*", vec!["*"]),
            ("topic=https%3A%2F%2Fexample.com%2Fbooks%2F%7Bid%7D", vec!["https://example.com/books/*"]),
            ("match_exact=a/%7Bb%7D/c&match=d", vec!["a/{b}/c", "d"]),
            ("match_exact=a*&other=b*", vec!["a*"]),
        ] {
            assert_eq!(
                parsed(query).map(|selected| selected.topics),
                Some(Topics::parse(expected).expect("topics")),
                "{query}"
            );
        }
        for query in
            ["other=a", "match=", "match=a*", "topic=a/%7Bb%7D/c", "topic=%7Bb%7D", "Match=a", "matches=a&match=b"]
        {
            assert_eq!(parsed(query), None, "{query}");
        }
    }

    #[test]
    fn who_wants_the_vitals() {
        for (query, vitals) in [
            ("match=tidings/vitals", true),
            ("match=a&match=tidings/*", true),
            ("topic=*&match_exact=tidings/vitals", true),
            ("topic=*", false),
            ("match=tidings", false),
            ("match=tidings/vitals/*", false),
        ] {
            assert_eq!(parsed(query).map(|selected| selected.vitals), Some(vitals), "{query}");
        }
    }

    fn parsed(query: &str) -> Option<Selected> {
        selected(&Form::parse(query.as_bytes()).ok().expect("it has few pairs")).ok()
    }
}
