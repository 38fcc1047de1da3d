//! What can go wrong.

use std::{error, fmt};

use bytes::Bytes;
use reqwest::StatusCode;
use tidings_codec::DecodeError;

use super::Head;
use crate::machine::Cause;

/// Why there is no connection, or no longer one, or nothing to make one of.
///
/// Its text has no secrets: no URL, no header. What it stands on is its [`source`](error::Error::source).
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    retried: bool,
    source: Option<Box<dyn error::Error + Send + Sync>>,
    answer: Option<(Box<Head>, Bytes)>,
    text: Option<Box<str>>,
}

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The URL is none, or does not begin with http or https.
    Url,
    /// A header that was set cannot be sent.
    Header,
    /// The HTTP client cannot be made.
    Client,
    /// The hook gave no fresh headers.
    Headers,
    /// The last event ID has a control character, which cannot stand in a header. To connect without it would leave events out.
    LastEventId,
    /// The server redirects to where no HTTP is spoken.
    Redirect,
    /// The server redirects without end.
    RedirectLoop,
    /// There was no connection, or it broke.
    Transport,
    /// There was no head of a response in time.
    ConnectTimeout,
    /// There was no byte in time.
    IdleTimeout,
    /// The event stream came to its end.
    End,
    /// The status is not 200.
    Status,
    /// The content type is not `text/event-stream`.
    ContentType,
    /// An event is too large.
    Decode,
}

impl Error {
    pub(super) fn new(kind: ErrorKind) -> Self {
        Self(Box::new(Inner { kind, retried: false, source: None, answer: None, text: None }))
    }

    pub(super) fn with(kind: ErrorKind, source: impl Into<Box<dyn error::Error + Send + Sync>>) -> Self {
        let mut error = Self::new(kind);
        error.0.source = Some(source.into());
        error
    }

    pub(super) fn transport(error: reqwest::Error) -> Self {
        // A request that cannot even be built will not be better the next time.
        let kind = if error.is_builder() { ErrorKind::Url } else { ErrorKind::Transport };
        Self::with(kind, error.without_url())
    }

    pub(super) fn of(cause: Cause<Self>, answer: Option<(Box<Head>, Bytes)>) -> Self {
        let text = cause.to_string();
        let mut error = match cause {
            Cause::Transport(error) => return error,
            Cause::End => Self::new(ErrorKind::End),
            Cause::ConnectTimeout => Self::new(ErrorKind::ConnectTimeout),
            Cause::IdleTimeout => Self::new(ErrorKind::IdleTimeout),
            Cause::Status(_) => Self::new(ErrorKind::Status),
            Cause::ContentType(_) => Self::new(ErrorKind::ContentType),
            Cause::Decode(error) => return Self::with(ErrorKind::Decode, error),
        };
        error.0.answer = answer;
        error.0.text = Some(text.into());
        error
    }

    pub(super) fn that_is_retried(mut self) -> Self {
        self.0.retried = true;
        self
    }

    /// Whether another attempt can make no difference.
    pub(super) fn is_futile(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Url | ErrorKind::Redirect | ErrorKind::LastEventId)
    }

    /// What went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether the client tries again by itself. If not, this is the end.
    pub fn will_retry(&self) -> bool {
        self.0.retried
    }

    /// The status of the response, if there was one that was no good.
    pub fn status(&self) -> Option<StatusCode> {
        self.head().map(|head| head.status)
    }

    /// The head of the response, if there was one that was no good.
    pub fn head(&self) -> Option<&Head> {
        self.0.answer.as_ref().map(|(head, _)| &**head)
    }

    /// The beginning of its body, up to 64 KiB, as far as it came within 5 seconds.
    pub fn body(&self) -> Option<&Bytes> {
        self.0.answer.as_ref().map(|(_, body)| body)
    }

    /// That an event is too large, if that is it.
    pub fn decode_error(&self) -> Option<DecodeError> {
        self.0.source.as_ref()?.downcast_ref().copied()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(text) = &self.0.text {
            return f.write_str(text);
        }
        f.write_str(match self.0.kind {
            ErrorKind::Url => "the URL is not one of http or https",
            ErrorKind::Header => "a header cannot be sent",
            ErrorKind::Client => "the HTTP client cannot be made",
            ErrorKind::Headers => "there are no fresh headers",
            ErrorKind::LastEventId => "the last event ID cannot be sent in a header",
            ErrorKind::Redirect => "the server redirects to what is not a URL of http or https",
            ErrorKind::Decode => "an event is too large",
            ErrorKind::RedirectLoop => "the server redirects without end",
            _ => "the connection failed",
        })
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("will_retry", &self.0.retried)
            .field("head", &self.head())
            .field("body", &self.body().map(Bytes::len))
            .field("source", &self.0.source)
            .finish()
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
