//! What the user asks for.

use std::time::Duration;

use bytes::Bytes;
use clap::Args;
use reqwest::{
    Method, Url,
    header::{self, HeaderMap, HeaderName, HeaderValue},
};

use super::{code::Code, input, probe::Plan};
use crate::{failure::Failure, request};

const HELP: &str = "\
Examples:
  $ tidings check https://example.com/feed
  $ tidings check --time 60 --origin https://app.example.com -H \"Authorization: Bearer $KEY\" https://example.com/feed
  $ tidings check --json --allow http1 https://example.com/feed | jq -r '.findings[].code'

It makes requests as a browser's EventSource would, watches for a time, comes back with the ID of an event to see whether it can go
on, and looks at every byte. Ctrl-C ends the watching: then it tells what it has seen so far. What each finding means, and how it is
mended: docs/check.md.

Exit status:
  0  all is well; there may be hints
  1  there are errors: clients do not get the events, or not all of them, or nothing at all
  2  the arguments are wrong
  3  there are warnings, and no errors";

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);

/// Diagnoses an endpoint of events: what it sends, what is wrong with that, and how to mend it.
#[derive(Args)]
#[command(after_help = HELP)]
pub(crate) struct Arguments {
    /// The endpoint. Without "https://" before it, it is taken for one of http
    #[arg(value_parser = request::url)]
    url: Url,

    /// A header of the requests; several times for several. None of them follows a redirect to another origin
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE", value_parser = request::header)]
    headers: Vec<(HeaderName, HeaderValue)>,

    /// The method of the request; by default GET, with --data POST
    #[arg(long, value_parser = request::method)]
    method: Option<Method>,

    /// The body of the request; @FILE for that of a file, "-" for standard input. Its type is application/json if it is JSON,
    /// else application/x-www-form-urlencoded, or what --header says
    #[arg(long, value_name = "TEXT")]
    data: Option<String>,

    /// Check that pages of this origin may read it (CORS): a scheme, a host and perhaps a port
    #[arg(long, value_parser = origin)]
    origin: Option<(String, HeaderValue)>,

    /// For how many seconds it is watched
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    time: u64,

    /// Leave a finding out; several times for several
    #[arg(long, value_name = "CODE", value_parser = Code::parse)]
    pub(super) allow: Vec<Code>,

    /// Print one JSON object
    #[arg(long)]
    pub(super) json: bool,
}

impl Arguments {
    /// What is to be done.
    pub(super) fn plan(&self) -> Result<Plan, Failure> {
        let client = tidings_client::client_builder().map_err(input)?;
        let time = Duration::from_secs(self.time);
        // Before the time is over, so that it can be told from a head that does not come.
        let client = client.connect_timeout(CONNECT.min(time * 3 / 4));
        // The coding is part of what is looked at.
        let client = client.no_gzip().no_brotli().no_zstd().no_deflate().build().map_err(input)?;
        let body = request::body(self.data.as_deref())?;
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            headers.append(name, value.clone());
        }
        if let Some(body) = &body {
            headers.entry(header::CONTENT_TYPE).or_insert(request::content_type(body));
        }
        Ok(Plan {
            client,
            url: self.url.clone(),
            method: self.method.clone().unwrap_or_else(|| request::default_method(body.as_deref())),
            headers,
            body: body.map(Bytes::from),
            origin: self.origin.clone(),
            time,
        })
    }
}

/// An origin as browsers send it: without a slash at the end.
fn origin(text: &str) -> Result<(String, HeaderValue), String> {
    let parsed = Url::parse(text).map_err(|error| error.to_string())?.origin().ascii_serialization();
    if parsed != text {
        return Err(format!("not an origin, which is a scheme, a host and perhaps a port: {parsed}"));
    }
    let value = HeaderValue::from_str(text).map_err(|error| error.to_string())?;
    Ok((parsed, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins() {
        for (text, good) in [
            ("https://example.com", true),
            ("http://localhost:3000", true),
            ("https://example.com/", false),
            ("https://example.com:443", false),
            ("example.com", false),
            ("null", false),
            ("*", false),
        ] {
            assert_eq!(origin(text).is_ok(), good, "{text}");
        }
    }
}
