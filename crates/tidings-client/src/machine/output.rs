//! What a machine says.

use std::{error::Error, fmt, time::Duration};

use tidings_codec::{DecodeError, OwnedEvent};

/// What is to be done, or what the user is to get.
#[derive(Debug)]
#[non_exhaustive]
pub enum Output<E> {
    /// Make the request now, to the URL that the user gave (not to one that an earlier request was redirected to), and call
    /// [`handle_connecting`](super::Machine::handle_connecting).
    Connect,
    /// The connection is open (HTML 9.2.3, announce the connection).
    Open,
    /// An event.
    Event(OwnedEvent),
    /// A comment, if [asked for](tidings_codec::DecoderOptions::comments).
    Comment(String),
    /// The connection is gone, or there was none; the next attempt comes after the delay (HTML 9.2.3, reestablish the connection).
    Reconnecting {
        /// From the end of the connection to the next attempt.
        delay: Duration,
        /// Why.
        cause: Cause<E>,
    },
    /// It is over, as it should be: the server has answered 204, or the body ended and there is to be
    /// [no reconnection](super::Options::reconnect).
    Ended,
    /// It is over (HTML 9.2.3, fail the connection).
    Failed(Cause<E>),
}

/// Why a connection ended, or could not be made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause<E> {
    /// The body came to its end.
    End,
    /// There was no connection, or it broke. What the driver says of it.
    Transport(E),
    /// There was no head of a response within [`connect_timeout`](super::Options::connect_timeout).
    ConnectTimeout,
    /// There was no byte within [`idle_timeout`](super::Options::idle_timeout).
    IdleTimeout,
    /// The status is not 200.
    Status(u16),
    /// The content type is not `text/event-stream`, but this, or there was none.
    ContentType(Option<Box<str>>),
    /// An event is larger than [`max_event_bytes`](tidings_codec::DecoderOptions::max_event_bytes). The server would send it again:
    /// this is never retried.
    Decode(DecodeError),
}

impl<E> fmt::Display for Cause<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::End => f.write_str("the event stream ended"),
            Self::Transport(_) => f.write_str("the connection failed"),
            Self::ConnectTimeout => f.write_str("there was no response in time"),
            Self::IdleTimeout => f.write_str("nothing arrived in time"),
            Self::Status(status) => write!(f, "the status is {status}"),
            Self::ContentType(None) => f.write_str("the response has no content type"),
            Self::ContentType(Some(found)) => write!(f, "the content type is {found:?}, not text/event-stream"),
            Self::Decode(error) => error.fmt(f),
        }
    }
}

impl<E: Error + 'static> Error for Cause<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Transport(error) => Some(error),
            _ => None,
        }
    }
}

/// The state of an event source (HTML 9.2.2, `readyState`). As a number it is the standard's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum ReadyState {
    /// There is no connection yet, or it is being reestablished.
    Connecting = 0,
    /// Events come.
    Open = 1,
    /// It is over.
    Closed = 2,
}
