//! What is asked of the server.

use std::{io::Read as _, path::Path};

use reqwest::{
    Method, Url,
    header::{ACCEPT, ACCEPT_LANGUAGE, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT},
};
use serde::de::IgnoredAny;
use tidings_client::{
    EventSource,
    machine::{Options, TRANSIENT_STATUSES},
};
use tidings_codec::EventId;

use super::Arguments;
use crate::{failure::Failure, input::Input};

/// Headers that may go wherever the server sends the request. Any other may be a key.
const PUBLIC: [HeaderName; 4] = [ACCEPT, ACCEPT_LANGUAGE, CONTENT_TYPE, USER_AGENT];

const AGENT: &str = concat!("tidings/", env!("CARGO_PKG_VERSION"));

/// The event source that the arguments describe.
pub(super) fn source(arguments: &Arguments) -> Result<EventSource, Failure> {
    let body = arguments.data.as_deref().map(body).transpose()?;
    let by_default = if body.is_some() { Method::POST } else { Method::GET };
    let mut builder = EventSource::builder(arguments.url.clone())
        .method(arguments.method.clone().unwrap_or(by_default))
        .header(USER_AGENT, AGENT)
        .options(options(arguments));
    if let Some(body) = body {
        builder = builder.header(CONTENT_TYPE, content_type(&body)).body(body);
    }
    let mut headers = HeaderMap::new();
    for (name, value) in arguments.headers.iter().cloned() {
        headers.append(name, value);
    }
    builder.headers(headers).build().map_err(|error| Failure::connection(&error))
}

fn options(arguments: &Arguments) -> Options {
    Options::new()
        // It was checked with the other arguments.
        .last_event_id(EventId::new(&arguments.last_event_id).unwrap_or_default())
        .max_event_bytes(arguments.max_event_bytes)
        .comments(arguments.comments)
        .reconnect(!arguments.no_reconnect)
        .idle_timeout(arguments.idle_timeout)
        .retry_statuses(TRANSIENT_STATUSES)
}

/// What `--data` says, or what is in the file that it names.
fn body(data: &str) -> Result<Vec<u8>, Failure> {
    let mut input = match data.strip_prefix('@') {
        Some(file) => Input::open(Some(Path::new(file)))?,
        None if data == "-" => Input::open(None)?,
        None => return Ok(data.as_bytes().to_vec()),
    };
    let mut body = Vec::new();
    match input.read_to_end(&mut body) {
        Ok(_) => Ok(body),
        Err(error) => Err(input.failure(format_args!("cannot read: {error}"))),
    }
}

fn content_type(body: &[u8]) -> &'static str {
    if serde_json::from_slice::<IgnoredAny>(body).is_ok() {
        "application/json"
    } else {
        "application/x-www-form-urlencoded"
    }
}

/// Reads the argument that is a URL.
pub(super) fn url(text: &str) -> Result<Url, String> {
    let url = if text.contains("://") { Url::parse(text) } else { Url::parse(&format!("http://{text}")) };
    let url = url.map_err(|error| error.to_string())?;
    if matches!(url.scheme(), "http" | "https") { Ok(url) } else { Err("not a URL of http or https".to_owned()) }
}

/// Reads an argument that is a header.
pub(super) fn header(text: &str) -> Result<(HeaderName, HeaderValue), String> {
    let (name, value) = text.split_once(':').ok_or_else(|| "there is no colon behind the name".to_owned())?;
    let name = HeaderName::from_bytes(name.trim().as_bytes()).map_err(|error| error.to_string())?;
    if name == "last-event-id" {
        return Err("use --last-event-id, which is kept up to date".to_owned());
    }
    let mut value = HeaderValue::from_str(value.trim()).map_err(|error| error.to_string())?;
    value.set_sensitive(!PUBLIC.contains(&name));
    Ok((name, value))
}

/// Reads the argument that is a method.
pub(super) fn method(text: &str) -> Result<Method, String> {
    Method::from_bytes(text.as_bytes()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        for (text, expected) in [
            ("http://localhost:3000/a?b=c", Some("http://localhost:3000/a?b=c")),
            ("https://example.com", Some("https://example.com/")),
            ("localhost:3000/a", Some("http://localhost:3000/a")),
            ("example.com", Some("http://example.com/")),
            ("ftp://example.com", None),
            ("", None),
            ("http://", None),
        ] {
            assert_eq!(url(text).ok().as_ref().map(Url::as_str), expected, "{text}");
        }
    }

    #[test]
    fn only_harmless_headers_may_go_anywhere() {
        for (text, secret) in [("X-Api-Key: 7", true), ("authorization:Bearer x", true), ("accept: */*", false)] {
            let (_, value) = header(text).expect("it is a header");
            assert_eq!(value.is_sensitive(), secret, "{text}");
        }
        for text in ["no colon", ": no name", "a b: c", "a: b\nc: d", "Last-Event-ID: 7"] {
            header(text).expect_err(text);
        }
    }

    #[test]
    fn the_type_of_a_body() {
        assert_eq!(content_type(br#"{"stream":true}"#), "application/json");
        assert_eq!(content_type(b"a=b&c=d"), "application/x-www-form-urlencoded");
        assert_eq!(content_type(b""), "application/x-www-form-urlencoded");
    }
}
