//! The topics of a subscription, as the Mercure protocol has them.

use tidings_hub::{InvalidTopic, Topics};

use super::form::Form;

/// Reads the topics: the values of `match`, and of `topic` as older clients say. Each is a topic, `*`, `prefix/*`, or the simplest
/// URI template, `prefix/{name}`, which is taken as `prefix/*`.
pub(super) fn topics(query: &Form<'_>) -> Result<Topics, InvalidTopic> {
    let selectors: Vec<String> = query.all("match").chain(query.all("topic")).map(selector).collect();
    Topics::parse(selectors.iter().map(String::as_str))
}

fn selector(text: &str) -> String {
    match text.split_once("/{") {
        Some((prefix, name)) if name.strip_suffix('}').is_some_and(|name| !name.contains(['{', '}'])) => {
            format!("{prefix}/*")
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_of_both_ages() {
        for (query, expected) in [
            ("topic=a", vec!["a"]),
            ("match=a&topic=b", vec!["a", "b"]),
            ("topic=*", vec!["*"]),
            ("topic=https%3A%2F%2Fexample.com%2Fbooks%2F%7Bid%7D", vec!["https://example.com/books/*"]),
            ("topic=a/%7Bb%7D/c", vec!["a/{b}/c"]),
            ("topic=a/%7Bb%7D/%7Bc%7D", vec!["a/{b}/{c}"]),
        ] {
            assert_eq!(parsed(query), Topics::parse(expected), "{query}");
        }
        assert_eq!(parsed("other=a"), Err(InvalidTopic::Empty));
    }

    fn parsed(query: &str) -> Result<Topics, InvalidTopic> {
        topics(&Form::parse(query.as_bytes()).ok().expect("it has few pairs"))
    }
}
