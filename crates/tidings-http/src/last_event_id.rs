//! From where the client wants to go on.

use std::borrow::Cow;

use http::{HeaderMap, Uri};
use tidings_codec::EventId;

/// The last event ID that a client has, if it has one: where a source of events is to go on.
///
/// A client that reestablishes a connection sends it in the header `Last-Event-ID` (HTML 9.2.3). A page that begins one cannot set
/// headers with `EventSource`, so the query parameter `lastEventId` counts when there is no header; in any case, and with hyphens
/// or underscores, as others spell it (`lastEventID`, `Last-Event-ID`, `last_event_id`).
///
/// It is text from the network: look it up, do not trust it. What is there is never an error. What is not UTF-8, and the
/// line ends and NULs that an ID cannot have, are U+FFFD here, so that it is an ID that nobody gave rather than none: a client
/// that shows an unknown ID has missed events.
///
/// # Examples
///
/// ```
/// use tidings_http::LastEventId;
///
/// let request = http::Request::get("/feed?lastEventId=6").header("last-event-id", "7").body(())?;
/// let last = LastEventId::from_request(request.headers(), request.uri());
/// assert_eq!(last.as_str(), Some("7"));
/// assert_eq!(last.as_str().and_then(|id| id.parse().ok()), Some(7_u64));
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct LastEventId(Option<Box<str>>);

impl LastEventId {
    /// The name of the header, in lower case.
    pub const HEADER: &str = "last-event-id";
    /// The name of the query parameter, which may be spelled in other ways too.
    pub const QUERY_PARAMETER: &str = "lastEventId";

    /// From the value of the header, if the request has it, and the query of its target, without the `?`. Of several headers,
    /// give the first.
    pub fn new(header: Option<&[u8]>, query: Option<&str>) -> Self {
        let header = header.filter(|value| !value.is_empty()).map(String::from_utf8_lossy);
        let id = header.or_else(|| from_query(query?)).map(|id| id.replace(['\r', '\n', '\0'], "\u{fffd}").into());
        Self(id)
    }

    /// From the headers and the target of a request.
    pub fn from_request(headers: &HeaderMap, uri: &Uri) -> Self {
        Self::new(headers.get(Self::HEADER).map(http::HeaderValue::as_bytes), uri.query())
    }

    /// The ID. It is never empty: that is none.
    pub fn as_str(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// The ID as that of a frame.
    pub fn as_event_id(&self) -> Option<EventId<'_>> {
        self.as_str().and_then(|id| EventId::new(id).ok())
    }
}

fn from_query(query: &str) -> Option<Cow<'_, str>> {
    form_urlencoded::parse(query.as_bytes())
        .find(|(name, value)| is_query_parameter(name) && !value.is_empty())
        .map(|(_, value)| value)
}

/// Whether it is the query parameter's name, but for case, hyphens and underscores.
fn is_query_parameter(name: &str) -> bool {
    let letters = name.bytes().filter(|byte| !matches!(byte, b'-' | b'_')).map(|byte| byte.to_ascii_lowercase());
    letters.eq(LastEventId::QUERY_PARAMETER.bytes().map(|byte| byte.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last(header: Option<&'static [u8]>, query: Option<&'static str>) -> Option<String> {
        let last = LastEventId::new(header, query);
        assert_eq!(last.as_event_id().map(EventId::as_str), last.as_str(), "it can be sent as it is");
        last.as_str().map(str::to_owned)
    }

    #[test]
    fn header_then_query() {
        assert_eq!(last(None, None), None);
        assert_eq!(last(Some(b"7"), None).as_deref(), Some("7"));
        assert_eq!(last(Some(b"7"), Some("lastEventId=6")).as_deref(), Some("7"));
        assert_eq!(last(Some(b""), Some("lastEventId=6")).as_deref(), Some("6"));
        assert_eq!(last(Some(b""), None), None);
    }

    #[test]
    fn queries() {
        for (query, expected) in [
            ("", None),
            ("lastEventId", None),
            ("lastEventId=", None),
            ("a=b&lastEventId=6&lastEventId=5", Some("6")),
            ("lastEventID=6", Some("6")),
            ("Last-Event-ID=6", Some("6")),
            ("last_event_id=6", Some("6")),
            ("lastEvent=6&lastEventIds=6", None),
            ("lastEventId=&lastEventId=5", Some("5")),
            ("lastEventId=a%20b+c%C3%A9", Some("a b c\u{e9}")),
            ("lastEventId=%ff%0A%0d%00%", Some("\u{fffd}\u{fffd}\u{fffd}\u{fffd}%")),
        ] {
            assert_eq!(last(None, Some(query)).as_deref(), expected, "{query}");
        }
    }

    #[test]
    fn headers() {
        for (header, expected) in [
            ("\u{e9}".as_bytes(), "\u{e9}"),
            (b"a\xffb", "a\u{fffd}b"),
            (b"a\r\nb\0", "a\u{fffd}\u{fffd}b\u{fffd}"),
            (b" 7 ", " 7 "),
        ] {
            assert_eq!(last(Some(header), None).as_deref(), Some(expected), "{header:?}");
        }
    }

    #[test]
    fn of_several_headers_the_first() {
        let mut headers = HeaderMap::new();
        headers.append("Last-Event-ID", http::HeaderValue::from_static("1"));
        headers.append("last-event-id", http::HeaderValue::from_static("2"));
        assert_eq!(LastEventId::from_request(&headers, &Uri::from_static("/")).as_str(), Some("1"));
    }

    #[test]
    fn of_any_length() {
        let long = "x".repeat(1 << 20);
        assert_eq!(LastEventId::new(Some(long.as_bytes()), None).as_str(), Some(&long[..]));
    }
}
