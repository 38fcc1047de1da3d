//! The head of a response, as far as an event source looks at it.

use std::time::{Duration, UNIX_EPOCH};

/// The longest content type that is kept, in bytes.
const MAX_CONTENT_TYPE: usize = 128;

/// The head of a response: what the rules need of it.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Response<'a> {
    pub(super) status: u16,
    content_type: Option<&'a [u8]>,
    retry_after: Option<(&'a [u8], Duration)>,
}

impl<'a> Response<'a> {
    /// A response with this status and no headers.
    pub const fn new(status: u16) -> Self {
        Self { status, content_type: None, retry_after: None }
    }

    /// The value of its header `Content-Type`; of the last one, if there are several.
    pub const fn content_type(mut self, value: &'a [u8]) -> Self {
        self.content_type = Some(value);
        self
    }

    /// The value of its header `Retry-After`: seconds, or a date (RFC 9110, 10.2.3). `wall_time` is the time of day, from the start
    /// of 1970 in UTC: a date is compared with it.
    pub const fn retry_after(mut self, value: &'a [u8], wall_time: Duration) -> Self {
        self.retry_after = Some((value, wall_time));
        self
    }

    /// Whether the body is an event stream. Parameters do not matter: it is decoded as UTF-8 whatever they say (HTML 9.2.6).
    pub fn is_event_stream(&self) -> bool {
        self.content_type.is_some_and(is_event_stream)
    }

    /// The content type for an error. It is the server's text, so it is limited.
    pub(super) fn content_type_text(&self) -> Option<Box<str>> {
        let value = self.content_type?;
        Some(String::from_utf8_lossy(&value[..value.len().min(MAX_CONTENT_TYPE)]).into())
    }

    /// How long the server wants to be left alone; zero if it does not say.
    pub(super) fn wait(&self) -> Duration {
        self.retry_after.and_then(|(value, now)| wait(value, now)).unwrap_or_default()
    }
}

/// The essence of a MIME type is what stands before its parameters, in any case of letters, with white space around it.
fn is_event_stream(value: &[u8]) -> bool {
    let essence = value.split(|byte| *byte == b';').next().unwrap_or_default();
    essence.trim_ascii().eq_ignore_ascii_case(b"text/event-stream")
}

fn wait(value: &[u8], now: Duration) -> Option<Duration> {
    let value = value.trim_ascii();
    if !value.is_empty() && value.iter().all(u8::is_ascii_digit) {
        let add = |seconds: u64, digit: &u8| seconds.saturating_mul(10).saturating_add(u64::from(digit - b'0'));
        return Some(Duration::from_secs(value.iter().fold(0, add)));
    }
    let date = httpdate::parse_http_date(str::from_utf8(value).ok()?).ok()?;
    Some(date.duration_since(UNIX_EPOCH).ok()?.saturating_sub(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_types() {
        for (value, expected) in [
            ("text/event-stream", true),
            ("Text/Event-Stream", true),
            ("text/event-stream;", true),
            ("text/event-stream; charset=utf-8", true),
            ("text/event-stream;charset=windows-1251", true),
            (" text/event-stream ;x", true),
            ("text/event-stream-x", false),
            ("text/event-steam", false),
            ("text/event-stream, text/html", false),
            ("text/plain", false),
            (";", false),
            ("", false),
        ] {
            assert_eq!(Response::new(200).content_type(value.as_bytes()).is_event_stream(), expected, "{value:?}");
        }
        assert!(!Response::new(200).is_event_stream());
    }

    #[test]
    fn retry_after() {
        // Sun, 06 Nov 1994 08:49:37 GMT is RFC 9110's own example.
        let now = Duration::from_secs(784_111_777);
        for (value, expected) in [
            ("120", 120),
            (" 7 ", 7),
            ("0", 0),
            ("99999999999999999999999", u64::MAX),
            ("Sun, 06 Nov 1994 08:49:47 GMT", 10),
            ("Sunday, 06-Nov-94 08:49:47 GMT", 10),
            ("Sun Nov  6 08:49:47 1994", 10),
            ("Sun, 06 Nov 1994 08:49:27 GMT", 0),
            ("-1", 0),
            ("1.5", 0),
            ("", 0),
            ("soon", 0),
        ] {
            let wait = Response::new(503).retry_after(value.as_bytes(), now).wait();
            assert_eq!(wait, Duration::from_secs(expected), "{value:?}");
        }
        assert_eq!(Response::new(503).retry_after(b"\xFF", now).wait(), Duration::ZERO);
        assert_eq!(Response::new(503).wait(), Duration::ZERO);
    }
}
