//! The loader of the conformance vectors. `conformance/README.md` has their format.

use std::{collections::HashSet, fmt, fs, path::PathBuf};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::{Deserialize, Deserializer};

use crate::{Item, Options, Outcome, TooLarge};

/// A conformance vector: an event stream, and what decoding it must yield.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vector {
    /// The name of the file it stands in.
    pub file: String,
    /// Its name, unique over all files.
    pub name: String,
    /// The section of the standard, or the failure of a released decoder, that it comes from.
    pub source: String,
    /// The event stream, in the chunks that matter most for it.
    pub chunks: Vec<Vec<u8>>,
    /// What the decoder is to be asked. Comments are asked for unless the vector says otherwise.
    pub options: Options,
    /// What decoding with these options yields.
    pub expected: Outcome,
    /// Whether the vector holds both for a decoder that is asked for comments and for one that is not.
    pub holds_without_comments: bool,
}

impl Vector {
    /// Returns each way to replay the vector: as it is, and without asking for comments if it holds then as well.
    pub fn runs(&self) -> Vec<(Options, Outcome)> {
        let mut runs = vec![(self.options.clone(), self.expected.clone())];
        if self.holds_without_comments {
            let options = Options { comments: false, ..self.options.clone() };
            runs.push((options, self.expected.clone().without_comments()));
        }
        runs
    }
}

impl fmt::Display for Vector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.file, self.name, self.source)
    }
}

/// Reads all vectors of `conformance/vectors`, the files in the order of their names.
///
/// # Panics
///
/// If a file cannot be read, or is not as the format demands.
pub fn load() -> Vec<Vector> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../conformance/vectors");
    let mut paths: Vec<PathBuf> = fs::read_dir(&folder)
        .expect("conformance/vectors can be listed")
        .map(|entry| entry.expect("conformance/vectors can be listed").path())
        .collect();
    paths.sort();
    let mut vectors = Vec::new();
    for path in paths {
        let file = path.file_name().expect("a listed file has a name").to_string_lossy();
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("reading {file}: {error}"));
        vectors.extend(parse(&file, &text).unwrap_or_else(|error| panic!("{file}: {error}")));
    }
    let mut names = HashSet::new();
    for vector in &vectors {
        assert!(names.insert(&vector.name), "{vector}: not a unique name");
    }
    vectors
}

/// Reads the vectors of one file, whose name is `file` and whose text is `text`.
///
/// # Errors
///
/// A sentence on the first thing that is not as the format demands.
pub fn parse(file: &str, text: &str) -> Result<Vec<Vector>, String> {
    let content: File = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if content.schema != "../schema.json" {
        return Err(format!("$schema is {:?}", content.schema));
    }
    if content.description.is_empty() {
        return Err("the description is empty".to_owned());
    }
    content
        .vectors
        .into_iter()
        .map(|vector| {
            let name = vector.name.clone();
            vector.convert(file).map_err(|error| format!("{name}: {error}"))
        })
        .collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "$schema")]
    schema: String,
    description: String,
    vectors: Vec<JsonVector>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct JsonVector {
    name: String,
    source: String,
    chunks: Vec<JsonChunk>,
    max_event_bytes: Option<usize>,
    initial_last_event_id: Option<String>,
    comments: Option<bool>,
    items: Vec<JsonItem>,
    last_event_id: String,
    #[serde(deserialize_with = "present")]
    reconnection_time: Option<u64>,
    error: Option<JsonError>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum JsonChunk {
    Text(String),
    Bytes(JsonBytes),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JsonBytes {
    base64: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum JsonItem {
    Event(JsonEvent),
    ReconnectionTime(JsonReconnectionTime),
    Comment(JsonComment),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct JsonEvent {
    r#type: String,
    data: String,
    last_event_id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JsonReconnectionTime {
    retry: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JsonComment {
    comment: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JsonError {
    position: u64,
}

/// Reads a value that may be null but not absent.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Option::deserialize(deserializer)
}

impl JsonVector {
    fn convert(self, file: &str) -> Result<Vector, String> {
        if !is_kebab_case(&self.name) {
            return Err("the name is not in kebab-case".to_owned());
        }
        if self.source.is_empty() {
            return Err("the source is empty".to_owned());
        }
        let defaults = Options::default();
        let chunks: Result<_, String> = self.chunks.into_iter().map(JsonChunk::convert).collect();
        Ok(Vector {
            file: file.to_owned(),
            name: self.name,
            source: self.source,
            chunks: chunks?,
            options: Options {
                max_event_bytes: self.max_event_bytes.unwrap_or(defaults.max_event_bytes),
                last_event_id: self.initial_last_event_id.unwrap_or_default(),
                comments: self.comments.unwrap_or(true),
            },
            expected: Outcome {
                items: self.items.into_iter().map(Item::from).collect(),
                last_event_id: self.last_event_id,
                reconnection_time: self.reconnection_time,
                error: self.error.map(|error| TooLarge { position: error.position }),
            },
            holds_without_comments: self.comments.is_none(),
        })
    }
}

impl JsonChunk {
    fn convert(self) -> Result<Vec<u8>, String> {
        match self {
            Self::Text(text) => Ok(text.into_bytes()),
            Self::Bytes(bytes) => {
                BASE64_STANDARD.decode(&bytes.base64).map_err(|error| format!("the chunk {:?}: {error}", bytes.base64))
            }
        }
    }
}

impl From<JsonItem> for Item {
    fn from(item: JsonItem) -> Self {
        match item {
            JsonItem::Event(event) => {
                Self::Event { event_type: event.r#type, data: event.data, last_event_id: event.last_event_id }
            }
            JsonItem::ReconnectionTime(time) => Self::ReconnectionTime(time.retry),
            JsonItem::Comment(comment) => Self::Comment(comment.comment),
        }
    }
}

fn is_kebab_case(name: &str) -> bool {
    name.split('-')
        .all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file with one vector, after replacing `old` by `new` in it.
    fn parse_with(old: &str, new: &str) -> Result<Vec<Vector>, String> {
        let text = r#"{
            "$schema": "../schema.json",
            "description": "about this",
            "vectors": [{
                "name": "a-name",
                "source": "HTML 9.2.6",
                "chunks": ["text", {"base64": "77u/"}],
                "maxEventBytes": 64,
                "initialLastEventId": "7",
                "items": [{"type": "message", "data": "x", "lastEventId": "8"}, {"retry": 5}, {"comment": "hi"}],
                "lastEventId": "8",
                "reconnectionTime": 5,
                "error": {"position": 70}
            }]
        }"#;
        assert!(text.contains(old), "{old}");
        parse("file.json", &text.replace(old, new))
    }

    #[test]
    fn a_vector_is_read() {
        let vector = Vector {
            file: "file.json".into(),
            name: "a-name".into(),
            source: "HTML 9.2.6".into(),
            chunks: vec![b"text".to_vec(), b"\xEF\xBB\xBF".to_vec()],
            options: Options { max_event_bytes: 64, last_event_id: "7".into(), comments: true },
            expected: Outcome {
                items: vec![
                    Item::Event { event_type: "message".into(), data: "x".into(), last_event_id: "8".into() },
                    Item::ReconnectionTime(5),
                    Item::Comment("hi".into()),
                ],
                last_event_id: "8".into(),
                reconnection_time: Some(5),
                error: Some(TooLarge { position: 70 }),
            },
            holds_without_comments: true,
        };
        assert_eq!(parse_with("text", "text"), Ok(vec![vector]));
    }

    #[test]
    fn comments_decide_the_runs() {
        for (key, want) in
            [("", &[true, false][..]), (r#""comments": true,"#, &[true]), (r#""comments": false,"#, &[false])]
        {
            let vectors = parse_with(r#""maxEventBytes": 64,"#, key).expect("a valid file");
            let runs = vectors[0].runs();
            let comments: Vec<bool> = runs.iter().map(|(options, _)| options.comments).collect();
            assert_eq!(comments, want, "{key}");
        }
    }

    #[test]
    fn what_is_malformed_is_rejected() {
        for (old, new) in [
            (r#""name": "a-name""#, r#""name": "A name""#),
            (r#""name": "a-name""#, r#""name": "a--name""#),
            (r#""source": "HTML 9.2.6""#, r#""source": """#),
            (r#""description": "about this""#, r#""description": """#),
            ("../schema.json", "schema.json"),
            ("77u/", "77u"),
            ("base64", "base32"),
            (r#""base64": "77u/""#, r#""base64": "77u/", "more": 1"#),
            ("maxEventBytes", "maxEventbytes"),
            (r#""maxEventBytes": 64"#, r#""maxEventBytes": -1"#),
            (r#""retry": 5"#, r#""retry": 5.5"#),
            (r#""retry": 5"#, r#""retry": 5, "comment": """#),
            (r#""comment": "hi""#, r#""comments": "hi""#),
            (r#", "lastEventId": "8"}"#, "}"),
            (r#""lastEventId": "8","#, ""),
            (r#""reconnectionTime": 5,"#, ""),
            (r#"{"position": 70}"#, r#"{"position": 70, "more": 1}"#),
            (r#"{"position": 70}"#, "70"),
            (r#""vectors": ["#, r#""more": 1, "vectors": ["#),
        ] {
            let parsed = parse_with(old, new);
            assert!(parsed.is_err(), "{new} was taken: {parsed:?}");
        }
    }
}
