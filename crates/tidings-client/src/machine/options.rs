//! What an event source can be told.

use std::time::Duration;

use tidings_codec::{DecoderOptions, EventId};

/// The statuses of trouble that passes: 408, 425, 429, 500, 502, 503 and 504. For [`Options::retry_statuses`].
pub const TRANSIENT_STATUSES: [u16; 7] = [408, 425, 429, 500, 502, 503, 504];

/// How an event source behaves. The default is what the standard says, with back-off and jitter on top, as it allows.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tidings_client::machine::{Options, TRANSIENT_STATUSES};
///
/// let options = Options::new()
///     .retry_statuses(TRANSIENT_STATUSES)
///     .idle_timeout(Duration::from_secs(45)) // three keep-alives of the server
///     .max_failures(10);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Options {
    pub(super) decoder: DecoderOptions,
    pub(super) reconnect: bool,
    pub(super) reconnection_time: Duration,
    pub(super) max_backoff: Duration,
    pub(super) jitter: f64,
    pub(super) stable_after: Duration,
    pub(super) connect_timeout: Option<Duration>,
    pub(super) idle_timeout: Option<Duration>,
    pub(super) retry_statuses: Box<[u16]>,
    pub(super) max_failures: Option<u32>,
}

impl Options {
    /// No reconnection comes sooner, whatever the user or the server says: 100 ms.
    pub const MIN_RECONNECTION_TIME: Duration = Duration::from_millis(100);
    /// A server that asks for more, with `retry` or `Retry-After`, gets this: 24 hours.
    pub const MAX_RECONNECTION_TIME: Duration = Duration::from_hours(24);

    /// The default options.
    pub fn new() -> Self {
        Self {
            decoder: DecoderOptions::new(),
            reconnect: true,
            reconnection_time: Duration::from_secs(3),
            max_backoff: Duration::from_mins(1),
            jitter: 0.5,
            stable_after: Duration::from_secs(10),
            connect_timeout: Some(Duration::from_mins(1)),
            idle_timeout: None,
            retry_statuses: Box::default(),
            max_failures: None,
        }
    }

    /// The last event ID to begin with: that of an earlier event source. By default none.
    pub fn last_event_id(mut self, id: EventId<'_>) -> Self {
        self.decoder = self.decoder.last_event_id(id);
        self
    }

    /// How many bytes an event may have: [`DecoderOptions::max_event_bytes`]. By default 16 MiB.
    pub fn max_event_bytes(mut self, bytes: usize) -> Self {
        self.decoder = self.decoder.max_event_bytes(bytes);
        self
    }

    /// Whether comments are handed over: [`DecoderOptions::comments`]. By default they are not.
    pub fn comments(mut self, comments: bool) -> Self {
        self.decoder = self.decoder.comments(comments);
        self
    }

    /// Whether to connect again at all. By default, yes. If not, the end of the body is the end, and anything else a failure.
    pub fn reconnect(mut self, reconnect: bool) -> Self {
        self.reconnect = reconnect;
        self
    }

    /// The reconnection time for as long as the stream sets none. By default 3 seconds.
    ///
    /// That, or what the stream sets, is the delay before the first attempt after a connection that was good, and is at least
    /// [`MIN_RECONNECTION_TIME`](Self::MIN_RECONNECTION_TIME).
    pub fn reconnection_time(mut self, time: Duration) -> Self {
        self.reconnection_time = time;
        self
    }

    /// Up to where back-off lengthens the delay, which each failed attempt doubles. By default 60 seconds.
    ///
    /// It does not shorten a longer reconnection time; zero switches back-off off.
    pub fn max_backoff(mut self, delay: Duration) -> Self {
        self.max_backoff = delay;
        self
    }

    /// How much longer than it would be a delay may be made by chance, as a fraction of it from 0 to 1, so that the clients of a
    /// server that restarts do not come back in the same moment. By default 0.5: up to half as long again.
    pub fn jitter(mut self, fraction: f64) -> Self {
        self.jitter = if fraction.is_nan() { 0.0 } else { fraction.clamp(0.0, 1.0) };
        self
    }

    /// How long a connection must have lasted to count as good however it ends. By default 10 seconds.
    ///
    /// A good connection ends a row of failures. A shorter one is good too if it brought an event and its body came to its end, as
    /// with servers that send what they have and leave it to the client to come back.
    pub fn stable_after(mut self, time: Duration) -> Self {
        self.stable_after = time;
        self
    }

    /// How long an attempt may take, up to the head of the response. By default 60 seconds; `None` is for ever.
    ///
    /// Set it higher for servers that send the head along with their first event.
    pub fn connect_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.connect_timeout = timeout.into();
        self
    }

    /// How long a connection may bring no byte before it is taken for dead. By default `None`, which is for ever.
    ///
    /// Set it for servers that send keep-alives, to a few times their interval: else a connection that a router on the way has
    /// forgotten is waited on for hours.
    pub fn idle_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.idle_timeout = timeout.into();
        self
    }

    /// The statuses after which to try again, and not before the time that `Retry-After` says. By default none: the standard fails
    /// the connection at any status but 200.
    ///
    /// For services [`TRANSIENT_STATUSES`] is a good choice; with 401 in addition if each attempt brings a fresh token, and then a
    /// [`max_failures`](Self::max_failures). 204 stops in any case.
    pub fn retry_statuses(mut self, statuses: impl IntoIterator<Item = u16>) -> Self {
        self.retry_statuses = statuses.into_iter().collect();
        self
    }

    /// How many failures in a row are followed by another attempt; the next one is the last. By default without end, as the
    /// standard says.
    pub fn max_failures(mut self, failures: impl Into<Option<u32>>) -> Self {
        self.max_failures = failures.into();
        self
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::new()
    }
}
