//! What can be wrong with a connection.

use std::{collections::BTreeMap, fmt, io};

use tidings_codec::DecoderOptions;

/// Why a connection is of no more use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// There is no connection.
    Connect(String),
    /// There was no use in trying.
    NotTried,
    /// No answer has come in time.
    NoAnswer,
    /// The connection was closed before the answer.
    ClosedBeforeAnswer,
    /// The head of the response is longer than it may be.
    HeadTooLarge,
    /// The head of the response is none.
    Head(String),
    Status(u16),
    ContentType(String),
    /// The body is encoded in a way that was not asked for.
    Encoding(String),
    /// The body is not in chunks, although the head says so.
    Chunk,
    /// An event is larger than the decoder takes.
    EventTooLarge,
    /// The server ended the response.
    Ended,
    /// The connection was closed in the middle of the response.
    Cut,
    Connection(String),
}

impl Fault {
    pub(super) fn connect(error: &io::Error) -> Self {
        Self::Connect(plain(error))
    }

    pub(super) fn connection(error: &io::Error) -> Self {
        Self::Connection(plain(error))
    }

    /// A fault with a text that comes from the server: no more of it than fits into a line.
    pub(super) fn with_text(kind: fn(String) -> Self, text: &[u8]) -> Self {
        const MOST: usize = 80;
        let text = String::from_utf8_lossy(&text[..text.len().min(MOST)]);
        kind(text.replace(char::is_control, "\u{FFFD}"))
    }
}

/// The text of a system's error without its number.
fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_lowercase()
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect(error) => write!(f, "cannot connect: {error}"),
            Self::NotTried => f.write_str("not tried, as no other got an answer"),
            Self::NoAnswer => f.write_str("no answer in time"),
            Self::ClosedBeforeAnswer => f.write_str("closed before the answer"),
            Self::HeadTooLarge => f.write_str("the head of the response is too large"),
            Self::Head(error) => write!(f, "the head of the response is malformed: {error}"),
            Self::Status(status) => write!(f, "status {status}"),
            Self::ContentType(value) if value.is_empty() => f.write_str("no content type"),
            Self::ContentType(value) => write!(f, "content type {value}"),
            Self::Encoding(value) => write!(f, "the body is encoded: {value}"),
            Self::Chunk => f.write_str("the chunks of the body are malformed"),
            Self::EventTooLarge => {
                write!(f, "an event has more than {} bytes", DecoderOptions::DEFAULT_MAX_EVENT_BYTES)
            }
            Self::Ended => f.write_str("ended by the server"),
            Self::Cut => f.write_str("cut off in the middle of the response"),
            Self::Connection(error) => write!(f, "connection: {error}"),
        }
    }
}

/// How often each fault came.
#[derive(Clone, Debug, Default)]
pub(super) struct Faults(BTreeMap<String, u64>);

impl Faults {
    /// How many kinds are told apart: a server can make up as many as it likes.
    const MOST_KINDS: usize = 32;

    pub(super) fn count(&mut self, fault: &Fault) {
        let text = fault.to_string();
        let known = self.0.len() < Self::MOST_KINDS || self.0.contains_key(&text);
        *self.0.entry(if known { text } else { "other faults".to_owned() }).or_default() += 1;
    }

    /// All of them, by their text.
    pub(super) fn into_inner(self) -> BTreeMap<String, u64> {
        self.0
    }

    pub(super) fn total(&self) -> u64 {
        self.0.values().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_limited() {
        let mut faults = Faults::default();
        (0..1000).for_each(|number| faults.count(&Fault::ContentType(number.to_string())));
        faults.count(&Fault::ContentType("7".to_owned()));
        assert_eq!(faults.total(), 1001);
        let faults = faults.into_inner();
        assert_eq!((faults.len(), faults["content type 7"]), (33, 2));
    }

    #[test]
    fn texts_of_a_server_are_made_harmless() {
        let fault = Fault::with_text(Fault::ContentType, &[b"\x1b[2J\xFF".as_slice(), &[b'a'; 1000]].concat());
        assert!(fault.to_string().starts_with("content type \u{FFFD}[2J\u{FFFD}aaa"), "{fault}");
        assert!(fault.to_string().len() < 120);
    }
}
