//! The rules of an `EventSource` (HTML 9.2.2 to 9.2.4), without IO: no HTTP library, no runtime, no clock, no chance.
//!
//! A [`Machine`] is told what happens to the connection and says what is to be done. Whoever drives it makes the requests with an
//! HTTP library of their own; `EventSource` of this crate does so with reqwest, and `examples/client-hyper` with hyper, by hand.
//!
//! # Calling order
//!
//! Take from [`Machine::poll`] until it gives `None`. Then wait for whatever comes first, tell the machine, and take again:
//!
//! | what happens | tell it with |
//! |---|---|
//! | [`Output::Connect`] was taken: the request is made now | [`handle_connecting`](Machine::handle_connecting) |
//! | the head of the response is there | [`handle_response`](Machine::handle_response) |
//! | some bytes of the body | [`handle_chunk`](Machine::handle_chunk) |
//! | the body is at its end | [`handle_end`](Machine::handle_end) |
//! | no connection, or the body breaks off | [`handle_error`](Machine::handle_error) |
//! | nothing can come of it, ever | [`handle_fatal`](Machine::handle_fatal) |
//! | the time that [`deadline`](Machine::deadline) says | [`handle_timeout`](Machine::handle_timeout) |
//! | the user has enough | [`close`](Machine::close) |
//!
//! [`Output::Reconnecting`], [`Output::Ended`], [`Output::Failed`] and `close` end the connection: drop the request or the
//! response, if there still is one, and tell the machine nothing more of it. An input that does not fit the state is ignored.
//!
//! Chunks wait in the machine until their events are taken. A driver that reads while the user is busy should stop at some point.
//!
//! Time is a [`Duration`] since any moment that the driver has chosen, on a clock that does not go back.
//!
//! # No event twice, none left out
//!
//! The last event ID becomes that of an event when [`Machine::poll`] hands the event over, not when its bytes arrive. When a
//! connection ends, whatever was complete by then is handed over first; only then does the machine speak of the end, and of the
//! next connection. So the request for it says the ID of the last event that the user has, and a server that keeps its events goes
//! on behind it.
//!
//! # Example
//!
//! ```
//! use std::time::Duration;
//! use tidings_client::machine::{Machine, Options, Output, Response};
//!
//! let mut machine: Machine<std::io::Error> = Machine::new(Options::new());
//! let now = Duration::ZERO;
//!
//! assert!(matches!(machine.poll(), Some(Output::Connect)));
//! assert_eq!(machine.last_event_id_header(), None); // the request has no Last-Event-ID
//! machine.handle_connecting(now, 42);
//! machine.handle_response(&Response::new(200).content_type(b"text/event-stream"), now);
//! machine.handle_chunk("id: 7\ndata: hello\n\n".into(), now);
//! machine.handle_end(now);
//!
//! assert!(matches!(machine.poll(), Some(Output::Open)));
//! let Some(Output::Event(event)) = machine.poll() else { panic!("there is an event") };
//! assert_eq!(event.data(), "hello");
//! assert!(matches!(machine.poll(), Some(Output::Reconnecting { .. })));
//! assert!(machine.poll().is_none()); // until the deadline
//!
//! machine.handle_timeout(machine.deadline().unwrap());
//! assert!(matches!(machine.poll(), Some(Output::Connect)));
//! assert_eq!(machine.last_event_id_header(), Some(&b"7"[..]));
//! ```

mod backoff;
mod options;
mod output;
mod response;

use std::time::Duration;

use bytes::Bytes;
use tidings_codec::{BytesDecoder, OwnedItem};

pub use options::{Options, TRANSIENT_STATUSES};
pub use output::{Cause, Output, ReadyState};
pub use response::Response;

/// The headers that every request has unless the user sets others (HTML 9.2.2; Fetch on the cache mode "no-store"). To them comes
/// `Last-Event-ID`, if there is one: [`Machine::last_event_id_header`].
pub const REQUEST_HEADERS: [(&str, &str); 3] =
    [("accept", "text/event-stream"), ("cache-control", "no-cache"), ("pragma", "no-cache")];

/// An event source without IO: see the [module](self).
///
/// `E` is what the driver knows of a connection that failed; it comes back in [`Cause::Transport`].
#[derive(Debug)]
pub struct Machine<E> {
    decoder: BytesDecoder,
    phase: Phase,
    /// What has ended the connection, to be told once all that was complete is handed over.
    end: Option<Box<End<E>>>,
    /// The last chunk, or whatever else shows that the connection lives.
    heard: Duration,
    /// The user has got an event of this connection.
    delivered: bool,
    /// Attempts in a row of which nothing came.
    failures: u32,
    random: u64,
    options: Box<Options>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// The next attempt waits for its time.
    Waiting {
        until: Duration,
    },
    /// The next attempt is to be made.
    Due,
    /// A request is under way, or is about to be.
    Connecting {
        since: Duration,
    },
    /// The response is good; the user does not know yet.
    Announcing {
        since: Duration,
    },
    Open {
        since: Duration,
    },
    Closed,
}

#[derive(Debug)]
struct End<E> {
    cause: Cause<E>,
    at: Duration,
    next: Next,
}

/// What comes after an end.
#[derive(Clone, Copy, Debug)]
enum Next {
    /// Another attempt, and not before this time has passed.
    Reestablish(Duration),
    Fail,
    /// None, and that is no failure.
    Stop,
}

/// Inputs.
impl<E> Machine<E> {
    /// An event source that is about to connect.
    pub fn new(options: Options) -> Self {
        Self {
            decoder: BytesDecoder::with_options(options.decoder.clone()),
            phase: Phase::Due,
            end: None,
            heard: Duration::ZERO,
            delivered: false,
            failures: 0,
            random: 0,
            options: Box::new(options),
        }
    }

    /// The attempt that [`Output::Connect`] asks for begins. `random` is a number of 64 random bits: it spreads the clients that
    /// a server loses all at once, when they come back.
    pub fn handle_connecting(&mut self, now: Duration, random: u64) {
        if matches!(self.phase, Phase::Due | Phase::Connecting { .. }) && self.end.is_none() {
            self.phase = Phase::Connecting { since: now };
            self.random = random;
        }
    }

    /// The head of the response is there, after all redirects. Returns whether its body is to be read.
    pub fn handle_response(&mut self, response: &Response<'_>, now: Duration) -> bool {
        let Phase::Connecting { .. } = self.phase else { return false };
        if self.end.is_some() {
            return false;
        }
        if response.status == 200 && response.is_event_stream() {
            self.phase = Phase::Announcing { since: now };
            (self.heard, self.delivered) = (now, false);
            return true;
        }
        let (cause, next) = match response.status {
            200 => (Cause::ContentType(response.content_type_text()), Next::Fail),
            204 => (Cause::Status(204), Next::Stop),
            status if self.options.retry_statuses.contains(&status) => {
                (Cause::Status(status), Next::Reestablish(response.wait()))
            }
            status => (Cause::Status(status), Next::Fail),
        };
        self.end(cause, next, now);
        false
    }

    /// Bytes of the body. While there is no [`deadline`](Self::deadline), `now` does not matter and may be zero.
    #[inline]
    pub fn handle_chunk(&mut self, chunk: Bytes, now: Duration) {
        if self.is_reading() {
            self.heard = self.heard.max(now);
            self.decoder.push(chunk);
        }
    }

    /// The driver turns to the body after it has left it alone, because the user was busy: the time without bytes that counts for the
    /// idle timeout begins now. A driver that reads at all times need not call this.
    pub fn handle_reading(&mut self, now: Duration) {
        self.heard = self.heard.max(now);
    }

    /// The body is at its end.
    pub fn handle_end(&mut self, now: Duration) {
        if self.is_reading() {
            let next = if self.options.reconnect { Next::Reestablish(Duration::ZERO) } else { Next::Stop };
            self.end(Cause::End, next, now);
        }
    }

    /// There is no connection, or it broke: a network error (HTML 9.2.3), which another attempt may mend.
    pub fn handle_error(&mut self, error: E, now: Duration) {
        self.end(Cause::Transport(error), Next::Reestablish(Duration::ZERO), now);
    }

    /// There is no connection, and the driver knows that another attempt is futile.
    pub fn handle_fatal(&mut self, error: E, now: Duration) {
        self.end(Cause::Transport(error), Next::Fail, now);
    }

    /// The time that [`deadline`](Self::deadline) said has come. To call it too early does nothing.
    pub fn handle_timeout(&mut self, now: Duration) {
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return;
        }
        let next = Next::Reestablish(Duration::ZERO);
        match self.phase {
            Phase::Waiting { .. } => self.phase = Phase::Due,
            Phase::Connecting { .. } => self.end(Cause::ConnectTimeout, next, now),
            Phase::Announcing { .. } | Phase::Open { .. } => self.end(Cause::IdleTimeout, next, now),
            Phase::Due | Phase::Closed => {}
        }
    }

    /// The user has enough (HTML 9.2.2, `close()`): there is no further output, and what was not handed over is dropped.
    pub fn close(&mut self) {
        self.phase = Phase::Closed;
        self.end = None;
        self.decoder.reset();
    }

    fn end(&mut self, cause: Cause<E>, next: Next, at: Duration) {
        let connected = matches!(self.phase, Phase::Connecting { .. }) || self.is_reading();
        if connected && self.end.is_none() {
            let next = match next {
                Next::Reestablish(_) if !self.options.reconnect => Next::Fail,
                next => next,
            };
            self.end = Some(Box::new(End { cause, at, next }));
        }
    }
}

/// Outputs.
impl<E> Machine<E> {
    /// What is to be done, or what the user is to get; `None`: nothing before the next input.
    #[inline]
    pub fn poll(&mut self) -> Option<Output<E>> {
        if let Phase::Open { .. } = self.phase {
            while let Some(item) = self.decoder.next() {
                match item {
                    Ok(OwnedItem::Event(event)) => {
                        self.delivered = true;
                        return Some(Output::Event(event));
                    }
                    Ok(OwnedItem::Comment(text)) => return Some(Output::Comment(text)),
                    Ok(_) => {}
                    Err(error) => return Some(self.fail(Cause::Decode(error))),
                }
            }
        }
        self.poll_phase()
    }

    #[inline(never)]
    fn poll_phase(&mut self) -> Option<Output<E>> {
        match self.phase {
            Phase::Announcing { since } => {
                self.phase = Phase::Open { since };
                Some(Output::Open)
            }
            Phase::Due => {
                // Whoever takes it calls handle_connecting next; until then no timeout counts.
                self.phase = Phase::Connecting { since: Duration::MAX };
                Some(Output::Connect)
            }
            Phase::Open { .. } | Phase::Connecting { .. } => {
                let end = *self.end.take()?;
                self.decoder.finish();
                Some(match end.next {
                    Next::Reestablish(wait) => self.reestablish(end.cause, end.at, wait),
                    Next::Fail => self.fail(end.cause),
                    Next::Stop => {
                        self.phase = Phase::Closed;
                        Output::Ended
                    }
                })
            }
            Phase::Waiting { .. } | Phase::Closed => None,
        }
    }

    /// Reestablish the connection (HTML 9.2.3), unless there were failures enough.
    fn reestablish(&mut self, cause: Cause<E>, at: Duration, wait: Duration) -> Output<E> {
        if self.was_good(&cause, at) {
            self.failures = 0;
        } else {
            self.failures = self.failures.saturating_add(1);
            if self.options.max_failures.is_some_and(|max| self.failures > max) {
                return self.fail(cause);
            }
        }
        let reconnection_time = self.decoder.reconnection_time();
        let delay = self.options.delay(reconnection_time, self.failures, wait, self.random);
        self.phase = Phase::Waiting { until: at.saturating_add(delay) };
        Output::Reconnecting { delay, cause }
    }

    /// Whether the connection that ends was worth having, so that the next attempt is no repetition of a failure.
    fn was_good(&self, cause: &Cause<E>, at: Duration) -> bool {
        let Phase::Open { since } = self.phase else { return false };
        let in_good_order = matches!(cause, Cause::End) && self.delivered;
        in_good_order || at.saturating_sub(since) >= self.options.stable_after
    }

    /// Fail the connection (HTML 9.2.3).
    fn fail(&mut self, cause: Cause<E>) -> Output<E> {
        self.close();
        Output::Failed(cause)
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called next, if nothing happens before.
    pub fn deadline(&self) -> Option<Duration> {
        if self.end.is_some() {
            return None;
        }
        match self.phase {
            Phase::Waiting { until } => Some(until),
            Phase::Connecting { since } => self.options.connect_timeout.and_then(|timeout| since.checked_add(timeout)),
            Phase::Announcing { .. } | Phase::Open { .. } => {
                self.options.idle_timeout.and_then(|timeout| self.heard.checked_add(timeout))
            }
            Phase::Due | Phase::Closed => None,
        }
    }
}

/// What can be asked at any time.
impl<E> Machine<E> {
    /// The state, as the user sees it: it changes when the output that tells of the change is taken.
    pub fn ready_state(&self) -> ReadyState {
        match self.phase {
            Phase::Open { .. } => ReadyState::Open,
            Phase::Closed => ReadyState::Closed,
            _ => ReadyState::Connecting,
        }
    }

    /// The last event ID: that of the last event handed over, or of a block without data behind it. Empty if there is none.
    pub fn last_event_id(&self) -> &str {
        self.decoder.last_event_id()
    }

    /// The value of the header `Last-Event-ID` for the next request: UTF-8, and `None` if there is to be no such header.
    pub fn last_event_id_header(&self) -> Option<&[u8]> {
        let id = self.last_event_id().as_bytes();
        (!id.is_empty()).then_some(id)
    }

    /// The reconnection time: what the stream has set, else what the options say.
    pub fn reconnection_time(&self) -> Duration {
        self.decoder.reconnection_time().unwrap_or(self.options.reconnection_time)
    }

    /// How many attempts in a row have failed.
    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// Whether the machine takes bytes of a body.
    fn is_reading(&self) -> bool {
        matches!(self.phase, Phase::Announcing { .. } | Phase::Open { .. }) && self.end.is_none()
    }
}
