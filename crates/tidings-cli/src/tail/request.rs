//! What is asked of the server.

use reqwest::header::{ACCEPT, ACCEPT_LANGUAGE, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use tidings_client::{
    EventSource,
    machine::{Options, TRANSIENT_STATUSES},
};
use tidings_codec::EventId;

use super::Arguments;
use crate::{failure::Failure, request};

/// Headers that may go wherever the server sends the request. Any other may be a key.
const PUBLIC: [HeaderName; 4] = [ACCEPT, ACCEPT_LANGUAGE, CONTENT_TYPE, USER_AGENT];

const AGENT: &str = concat!("tidings/", env!("CARGO_PKG_VERSION"));

/// The event source that the arguments describe.
pub(super) fn source(arguments: &Arguments) -> Result<EventSource, Failure> {
    let body = request::body(arguments.data.as_deref())?;
    let mut builder = EventSource::builder(arguments.url.clone())
        .method(arguments.method.clone().unwrap_or_else(|| request::default_method(body.as_deref())))
        .header(USER_AGENT, AGENT)
        .options(options(arguments));
    if let Some(body) = body {
        builder = builder.header(CONTENT_TYPE, request::content_type(&body)).body(body);
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

/// Reads an argument that is a header, of which most may be keys.
pub(super) fn header(text: &str) -> Result<(HeaderName, HeaderValue), String> {
    let (name, mut value) = request::header(text)?;
    if name == "last-event-id" {
        return Err("use --last-event-id, which is kept up to date".to_owned());
    }
    value.set_sensitive(!PUBLIC.contains(&name));
    Ok((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_harmless_headers_may_go_anywhere() {
        for (text, secret) in [("X-Api-Key: 7", true), ("authorization:Bearer x", true), ("accept: */*", false)] {
            let (_, value) = header(text).expect("it is a header");
            assert_eq!(value.is_sensitive(), secret, "{text}");
        }
        header("Last-Event-ID: 7").expect_err("it has an option of its own");
    }
}
