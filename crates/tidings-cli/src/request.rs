//! What the commands that make a request are told of it: URL, method, headers, body.

use std::{io::Read as _, path::Path};

use reqwest::{
    Method, Url,
    header::{HeaderName, HeaderValue},
};
use serde::de::IgnoredAny;

use crate::{failure::Failure, input::Input};

/// Reads the argument that is a URL. Without a scheme it is one of http.
pub(crate) fn url(text: &str) -> Result<Url, String> {
    let url = if text.contains("://") { Url::parse(text) } else { Url::parse(&format!("http://{text}")) };
    let url = url.map_err(|error| error.to_string())?;
    if matches!(url.scheme(), "http" | "https") { Ok(url) } else { Err("not a URL of http or https".to_owned()) }
}

/// Reads an argument that is a header.
pub(crate) fn header(text: &str) -> Result<(HeaderName, HeaderValue), String> {
    let (name, value) = text.split_once(':').ok_or_else(|| "there is no colon behind the name".to_owned())?;
    let name = HeaderName::from_bytes(name.trim().as_bytes()).map_err(|error| error.to_string())?;
    let value = HeaderValue::from_str(value.trim()).map_err(|error| error.to_string())?;
    Ok((name, value))
}

/// Reads the argument that is a method.
pub(crate) fn method(text: &str) -> Result<Method, String> {
    Method::from_bytes(text.as_bytes()).map_err(|error| error.to_string())
}

/// The method of a request for which none is given.
pub(crate) fn default_method(body: Option<&[u8]>) -> Method {
    if body.is_some() { Method::POST } else { Method::GET }
}

/// What `--data` says, or what is in the file that it names.
pub(crate) fn body(data: Option<&str>) -> Result<Option<Vec<u8>>, Failure> {
    let Some(data) = data else { return Ok(None) };
    let mut input = match data.strip_prefix('@') {
        Some(file) => Input::open(Some(Path::new(file)))?,
        None if data == "-" => Input::open(None)?,
        None => return Ok(Some(data.as_bytes().to_vec())),
    };
    let mut body = Vec::new();
    match input.read_to_end(&mut body) {
        Ok(_) => Ok(Some(body)),
        Err(error) => Err(input.failure(format_args!("cannot read: {error}"))),
    }
}

/// The type of a body for which no header says one.
pub(crate) fn content_type(body: &[u8]) -> HeaderValue {
    let is_json = serde_json::from_slice::<IgnoredAny>(body).is_ok();
    HeaderValue::from_static(if is_json { "application/json" } else { "application/x-www-form-urlencoded" })
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
    fn headers() {
        for (text, name, value) in [("X-Api-Key: 7", "x-api-key", "7"), ("accept:*/*", "accept", "*/*")] {
            assert_eq!(header(text), Ok((HeaderName::from_static(name), HeaderValue::from_static(value))), "{text}");
        }
        for text in ["no colon", ": no name", "a b: c", "a: b\nc: d"] {
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
