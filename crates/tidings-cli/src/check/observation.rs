//! What was seen of an endpoint: the rules judge nothing else.

use serde::Serialize;

use super::observer::{Arrival, Stream};

/// All that was seen. Times are in milliseconds.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Observation {
    pub(super) asked: Asked,
    /// Why there is no response to look at.
    pub(super) fault: Option<Fault>,
    pub(super) redirects: Vec<Redirect>,
    pub(super) head: Option<Head>,
    /// The status that a HEAD request was answered with, when there was no head in time.
    pub(super) other_request: Option<u16>,
    /// The beginning of a body that is no event stream.
    pub(super) excerpt: Option<String>,
    pub(super) end: End,
    #[serde(rename = "watched_ms")]
    pub(super) watched: u64,
    /// How long this machine has kept it from looking at most: what came meanwhile was seen late.
    #[serde(rename = "late_ms")]
    pub(super) late: u64,
    pub(super) arrival: Arrival,
    pub(super) stream: Stream,
    /// After how long the first byte came of a response that was not compressed, when none came of a compressed one.
    #[serde(rename = "uncompressed_first_byte_ms")]
    pub(super) uncompressed: Option<u64>,
    pub(super) resumed: Option<Resumed>,
    pub(super) preflight: Option<Preflight>,
}

/// The request.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Asked {
    pub(super) method: String,
    /// Without what may be secret.
    pub(super) url: String,
    pub(super) origin: Option<String>,
    /// The names of the headers that were given.
    pub(super) headers: Vec<String>,
    #[serde(rename = "time_ms")]
    pub(super) time: u64,
}

/// Why there is no response.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Fault {
    pub(super) kind: FaultKind,
    pub(super) text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum FaultKind {
    Dns,
    Connection,
    Tls,
    Response,
    Timeout,
    RedirectLoop,
    RedirectBroken,
}

#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Redirect {
    pub(super) status: u16,
    /// Without what may be secret.
    pub(super) to: String,
    /// From https to http.
    pub(super) insecure: bool,
    /// The method became GET.
    pub(super) method_lost: bool,
    /// To another origin, so that the headers given were left out.
    pub(super) headers_lost: bool,
}

/// The head of the response, after redirects.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Head {
    pub(super) status: u16,
    pub(super) version: String,
    /// Since the request, the last one if there were redirects.
    #[serde(rename = "after_ms")]
    pub(super) after: u64,
    /// How much earlier it may have come, had this machine not been busy.
    #[serde(rename = "late_ms")]
    pub(super) late: u64,
    /// Those headers that matter here, with names in lower case.
    pub(super) headers: Vec<(String, String)>,
}

/// Why it was not watched any further.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "how", content = "text")]
pub(super) enum End {
    /// There was no body to watch.
    #[default]
    None,
    /// The time was over.
    Time,
    /// The stream came to its end.
    Stream,
    /// The connection broke, or the body is not what the head says.
    Broken(String),
    /// It had sent as much as is looked at.
    TooMuch,
    /// It is compressed in a way that was not asked for.
    Coding,
    /// The user has seen enough.
    Interrupted,
}

/// What came of connecting again with a last event ID.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Resumed {
    pub(super) last_event_id: String,
    /// The status; `None` if there was no head in time.
    pub(super) status: Option<u16>,
    /// The IDs of the events that had come after that one.
    pub(super) expected: Vec<String>,
    /// The IDs that came now.
    pub(super) came: Vec<String>,
    /// An event says that some are not kept any more: that is no silent hole.
    pub(super) told_gap: bool,
}

/// The answer to a preflight request.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Preflight {
    /// The status; `None` if there was no answer in time.
    pub(super) status: Option<u16>,
    /// The headers that were asked for, in lower case.
    pub(super) asked_headers: Vec<String>,
    pub(super) headers: Vec<(String, String)>,
}

impl Head {
    /// All values of a header, in order.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        all(&self.headers, name)
    }

    /// The first value of a header.
    pub(super) fn first(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// Whether a header that is a list of words has this one, in any case of letters.
    pub(super) fn has_word(&self, name: &str, word: &str) -> bool {
        words(&self.headers, name).any(|found| found.eq_ignore_ascii_case(word))
    }

    /// Whether `EventSource` would take the body for an event stream.
    pub(super) fn is_event_stream(&self) -> bool {
        let essence = self.first("content-type").and_then(|value| value.split(';').next());
        essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("text/event-stream"))
    }
}

/// All values of a header, in order.
pub(super) fn all<'a>(headers: &'a [(String, String)], name: &str) -> impl Iterator<Item = &'a str> {
    headers.iter().filter(move |(found, _)| found == name).map(|(_, value)| &**value)
}

/// The words of a header that is a list of them, without their arguments.
pub(super) fn words<'a>(headers: &'a [(String, String)], name: &str) -> impl Iterator<Item = &'a str> {
    let words = all(headers, name).flat_map(|value| value.split(','));
    words.map(|word| word.split('=').next().unwrap_or_default().trim()).filter(|word| !word.is_empty())
}

impl Observation {
    /// Whether the body is worth looking at as an event stream: it says so, or looks so.
    pub(super) fn has_stream(&self) -> bool {
        self.head.as_ref().is_some_and(|head| head.status == 200 && head.is_event_stream())
            || self.stream.data_fields > 0
    }

    pub(super) fn is_get(&self) -> bool {
        self.asked.method == "GET"
    }
}
