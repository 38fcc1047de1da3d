//! The JSON lines, which say in one object each what an event stream says.
//!
//! | line | what it is |
//! |---|---|
//! | `{"type":"message","data":"…","lastEventId":"…"}` | an event |
//! | `{"retry":3000}` | a reconnection time, in milliseconds |
//! | `{"comment":"…"}` | a comment |
//!
//! What is read may leave out `type` and `lastEventId`, call the latter `id`, and combine all three in one line.

use std::{
    borrow::Cow,
    fmt,
    io::{self, Write},
    marker::PhantomData,
};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{DeserializeSeed, Error, MapAccess, Visitor},
};

/// A line as it is written: one item of an event stream.
#[derive(Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub(crate) enum JsonItem<'a> {
    Event { r#type: &'a str, data: &'a str, last_event_id: &'a str },
    ReconnectionTime { retry: u64 },
    Comment { comment: &'a str },
}

impl JsonItem<'_> {
    /// Writes the line with its line end.
    pub(crate) fn write_line(&self, output: &mut impl Write) -> io::Result<()> {
        serde_json::to_writer(&mut *output, self)?;
        output.write_all(b"\n")
    }
}

/// A line as it is read. Text without escapes is borrowed from it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct JsonLine<'a> {
    pub(crate) event_type: Option<Cow<'a, str>>,
    pub(crate) data: Option<Cow<'a, str>>,
    pub(crate) last_event_id: Option<Cow<'a, str>>,
    pub(crate) retry: Option<u64>,
    pub(crate) comment: Option<Cow<'a, str>>,
}

impl<'a> JsonLine<'a> {
    /// Reads a line, which is without its line end.
    pub(crate) fn parse(line: &'a [u8]) -> serde_json::Result<Self> {
        serde_json::from_slice(line)
    }
}

/// The keys of an object. Another one is an error that names it.
#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum Key {
    Type,
    Data,
    LastEventId,
    Id,
    Retry,
    Comment,
}

/// By hand, not derived: a derived one takes an array for an object and null for an absent value, and its errors do not say
/// which key has a value of the wrong type.
impl<'de> Deserialize<'de> for JsonLine<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(LineVisitor)
    }
}

struct LineVisitor;

impl<'de> Visitor<'de> for LineVisitor {
    type Value = JsonLine<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut line = JsonLine::default();
        while let Some(key) = map.next_key()? {
            match key {
                Key::Type => set(&mut line.event_type, &mut map, "type")?,
                Key::Data => set(&mut line.data, &mut map, "data")?,
                // Two keys for one thing, so that both in one line are a duplicate as well.
                Key::LastEventId => set(&mut line.last_event_id, &mut map, "lastEventId")?,
                Key::Id => set(&mut line.last_event_id, &mut map, "id")?,
                Key::Retry => set(&mut line.retry, &mut map, "retry")?,
                Key::Comment => set(&mut line.comment, &mut map, "comment")?,
            }
        }
        Ok(line)
    }
}

/// Reads the value of `key`, which must not have been there yet.
fn set<'de, T, A: MapAccess<'de>>(slot: &mut Option<T>, map: &mut A, key: &'static str) -> Result<(), A::Error>
where
    Value<T>: DeserializeSeed<'de, Value = T>,
{
    if slot.is_some() {
        return Err(A::Error::duplicate_field(key));
    }
    *slot = Some(map.next_value_seed(Value { key, value: PhantomData })?);
    Ok(())
}

/// The value of a key, which has one type.
struct Value<T> {
    key: &'static str,
    value: PhantomData<T>,
}

impl<'de> DeserializeSeed<'de> for Value<Cow<'de, str>> {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Value<Cow<'de, str>> {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a string for `{}`", self.key)
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

impl<'de> DeserializeSeed<'de> for Value<u64> {
    type Value = u64;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_u64(self)
    }
}

impl Visitor<'_> for Value<u64> {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a whole number of milliseconds for `{}`", self.key)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_read() {
        let line = br#" {"comment":"c","retry":18446744073709551615,"lastEventId":"7","data":"d","type":"t"} "#;
        let want = JsonLine {
            event_type: Some("t".into()),
            data: Some("d".into()),
            last_event_id: Some("7".into()),
            retry: Some(u64::MAX),
            comment: Some("c".into()),
        };
        assert_eq!(JsonLine::parse(line).expect("valid"), want);
        let line = JsonLine::parse(br#"{"id":"7"}"#).expect("valid");
        assert_eq!(line, JsonLine { last_event_id: Some("7".into()), ..JsonLine::default() });
    }

    #[test]
    fn only_escaped_text_is_copied() {
        let line = JsonLine::parse(r#"{"data":"消息","comment":"\n"}"#.as_bytes()).expect("valid");
        assert!(matches!(line.data, Some(Cow::Borrowed("消息"))));
        assert!(matches!(line.comment, Some(Cow::Owned(text)) if text == "\n"));
    }

    #[test]
    fn what_is_no_line_is_rejected() {
        for line in [
            "",
            "{",
            "[]",
            r#"["message","d","7",null,null]"#,
            "null",
            r#""data""#,
            "{} {}",
            r#"{"data":null}"#,
            r#"{"data":1}"#,
            r#"{"data":["d"]}"#,
            r#"{"type":true,"data":""}"#,
            r#"{"data":"d","data":"d"}"#,
            r#"{"data":"d","id":"1","lastEventId":"1"}"#,
            r#"{"Data":"d"}"#,
            r#"{"last_event_id":"1"}"#,
            r#"{"retry":"5"}"#,
            r#"{"retry":-1}"#,
            r#"{"retry":5.0}"#,
            r#"{"retry":18446744073709551616}"#,
            r#"{"retry":null}"#,
            r#"{"comment":"\ud800"}"#,
        ] {
            let parsed = JsonLine::parse(line.as_bytes());
            assert!(parsed.is_err(), "{line} was taken: {parsed:?}");
        }
        assert!(JsonLine::parse(b"{\"data\":\"\xFF\"}").is_err());
    }
}
