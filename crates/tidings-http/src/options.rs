//! What a body can be told.

use std::{
    error::Error,
    fmt,
    sync::{Arc, OnceLock},
    time::Duration,
};

use futures_core::Stream;
use tidings_codec::{EncodedFrame, Frame};
use tokio::time::Instant;

use crate::{
    EventBody, IntoFrames, Shutdown,
    machine::{Grid, Moment},
    timer::Timers,
};

/// Options of bodies: made once, when the server starts, and shared by all bodies of a route or of the server.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tidings_http::{Options, Shutdown};
///
/// let shutdown = Shutdown::new();
/// let options = Options::builder().keep_alive(Duration::from_secs(25)).shutdown(&shutdown).build()?;
/// assert!(Options::builder().keep_alive(Duration::ZERO).build().is_err());
/// # Ok::<(), tidings_http::InvalidOptions>(())
/// ```
#[derive(Clone, Debug)]
pub struct Options(Arc<Settings>);

/// Options that are known to be usable.
#[derive(Debug)]
pub(crate) struct Settings {
    /// What moments count from.
    pub(crate) origin: Instant,
    /// What wakes the bodies.
    pub(crate) timers: Timers,
    /// When keep-alives are due, if there are any.
    pub(crate) grid: Option<Grid>,
    /// The keep-alive.
    pub(crate) comment: EncodedFrame,
    /// The frame that tells the client its reconnection time.
    pub(crate) retry: Option<EncodedFrame>,
    pub(crate) chunk_bytes: usize,
    pub(crate) lifetime: Option<Lifetime>,
    pub(crate) shutdown: Option<Shutdown>,
}

impl Settings {
    pub(crate) fn now(&self) -> Moment {
        Moment::new(Instant::now().into_std(), self.origin.into_std())
    }
}

/// How long bodies last.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lifetime {
    pub(crate) longest: Duration,
    pub(crate) jitter: Duration,
}

impl Options {
    /// Begins with the default options.
    pub fn builder() -> OptionsBuilder {
        OptionsBuilder {
            keep_alive: Some(OptionsBuilder::DEFAULT_KEEP_ALIVE),
            comment: String::new(),
            reconnection_time: None,
            chunk_bytes: OptionsBuilder::DEFAULT_CHUNK_BYTES,
            lifetime: None,
            shutdown: None,
        }
    }

    /// A body with these options, which sends the events of `source`.
    pub fn body<S>(&self, source: S) -> EventBody<S>
    where
        S: Stream,
        S::Item: IntoFrames,
    {
        EventBody::with_options(source, self)
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.0
    }
}

impl Default for Options {
    fn default() -> Self {
        static DEFAULT: OnceLock<Options> = OnceLock::new();
        DEFAULT.get_or_init(|| Options::builder().settings()).clone()
    }
}

/// Options in the making, from [`Options::builder`].
#[derive(Clone, Debug)]
#[must_use]
pub struct OptionsBuilder {
    keep_alive: Option<Duration>,
    comment: String,
    reconnection_time: Option<Duration>,
    chunk_bytes: usize,
    lifetime: Option<Lifetime>,
    shutdown: Option<Shutdown>,
}

impl OptionsBuilder {
    /// The default of [`keep_alive`](Self::keep_alive): 15 s.
    pub const DEFAULT_KEEP_ALIVE: Duration = Duration::from_secs(15);
    /// The default of [`chunk_bytes`](Self::chunk_bytes): 64 KiB.
    pub const DEFAULT_CHUNK_BYTES: usize = 64 * 1024;

    const KEEP_ALIVE: [Duration; 2] = [Duration::from_millis(1), Duration::from_hours(24)];
    const CHUNK_BYTES: [usize; 2] = [1, 16 * 1024 * 1024];
    const LIFETIME: [Duration; 2] = [Duration::from_millis(1), Duration::from_hours(24 * 365)];
    const RECONNECTION_TIME: Duration = Duration::from_hours(24 * 365);
    const COMMENT: usize = 64 * 1024;

    /// After how long without a write a comment is sent, so that nothing between server and client takes the connection for
    /// dead, and so that the server notices when it is.
    ///
    /// From 1 ms to 24 h; the default is 15 s. Set it below the shortest idle time-out of the proxies on the way: 60 s with
    /// nginx, 30 s with some CDNs. It is at most this long. After an event it is up to a twelfth shorter, by chance for each
    /// body, so that bodies which wrote together do not all write again together.
    pub const fn keep_alive(mut self, interval: Duration) -> Self {
        self.keep_alive = Some(interval);
        self
    }

    /// Sends no keep-alives. A client that vanished while there are no events is then noticed only by the sockets, if their
    /// options are set so.
    pub const fn without_keep_alive(mut self) -> Self {
        self.keep_alive = None;
        self
    }

    /// The text of keep-alives: empty by default, 64 KiB at most. It may have line ends: it cannot be anything but a comment.
    pub fn keep_alive_text(mut self, text: impl Into<String>) -> Self {
        self.comment = text.into();
        self
    }

    /// The reconnection time that clients are told first of all: how long they wait before they reestablish a connection.
    ///
    /// Up to a year; by default none is told, and browsers use their own of a few seconds.
    pub const fn reconnection_time(mut self, time: Duration) -> Self {
        self.reconnection_time = Some(time);
        self
    }

    /// How many bytes of ready events are gathered into one chunk. A chunk is sent when it has so many, so it is longer by
    /// up to one item of the source; or with less, when nothing more is ready.
    ///
    /// From 1 to 16 MiB; the default is 64 KiB. Less makes slow clients hold less memory, more makes nothing faster.
    pub const fn chunk_bytes(mut self, bytes: usize) -> Self {
        self.chunk_bytes = bytes;
        self
    }

    /// Ends each body after a time between `longest - jitter` and `longest`; the client then comes back by itself.
    ///
    /// `longest` from 1 ms to a year, `jitter` at most as much; by default there is no end. Set it to spread clients over
    /// servers again after some were added, or to have them authenticate again.
    pub const fn lifetime(mut self, longest: Duration, jitter: Duration) -> Self {
        self.lifetime = Some(Lifetime { longest, jitter });
        self
    }

    /// What can end the bodies when the server stops, and knows how many are open.
    pub fn shutdown(mut self, shutdown: &Shutdown) -> Self {
        self.shutdown = Some(shutdown.clone());
        self
    }

    /// Checks the options.
    ///
    /// # Errors
    ///
    /// If one of them is not in the range that it says.
    pub fn build(self) -> Result<Options, InvalidOptions> {
        let [least, most] = Self::KEEP_ALIVE;
        if self.keep_alive.is_some_and(|interval| interval < least || interval > most) {
            return Err(InvalidOptions::KeepAlive);
        }
        if self.comment.len() > Self::COMMENT {
            return Err(InvalidOptions::KeepAliveText);
        }
        if self.reconnection_time.is_some_and(|time| time > Self::RECONNECTION_TIME) {
            return Err(InvalidOptions::ReconnectionTime);
        }
        let [least, most] = Self::CHUNK_BYTES;
        if self.chunk_bytes < least || self.chunk_bytes > most {
            return Err(InvalidOptions::ChunkBytes);
        }
        let [least, most] = Self::LIFETIME;
        if self
            .lifetime
            .is_some_and(|Lifetime { longest, jitter }| longest < least || longest > most || jitter > longest)
        {
            return Err(InvalidOptions::Lifetime);
        }
        Ok(self.settings())
    }

    /// The options as they are.
    fn settings(self) -> Options {
        Options(Arc::new(Settings {
            origin: Instant::now(),
            timers: Timers::default(),
            grid: self.keep_alive.map(Grid::new),
            comment: Frame::new().comment(&self.comment).encode(),
            retry: self.reconnection_time.map(|time| Frame::new().retry(time).encode()),
            chunk_bytes: self.chunk_bytes,
            lifetime: self.lifetime,
            shutdown: self.shutdown,
        }))
    }
}

/// The option that is not in its range, from [`OptionsBuilder::build`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidOptions {
    /// [`keep_alive`](OptionsBuilder::keep_alive) is not from 1 ms to 24 h.
    KeepAlive,
    /// [`keep_alive_text`](OptionsBuilder::keep_alive_text) is longer than 64 KiB.
    KeepAliveText,
    /// [`reconnection_time`](OptionsBuilder::reconnection_time) is longer than a year.
    ReconnectionTime,
    /// [`chunk_bytes`](OptionsBuilder::chunk_bytes) is not from 1 to 16 MiB.
    ChunkBytes,
    /// [`lifetime`](OptionsBuilder::lifetime) is not from 1 ms to a year, or its jitter is longer.
    Lifetime,
}

impl fmt::Display for InvalidOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::KeepAlive => "the keep-alive interval is not from 1 ms to 24 h",
            Self::KeepAliveText => "the text of keep-alives is longer than 64 KiB",
            Self::ReconnectionTime => "the reconnection time is longer than a year",
            Self::ChunkBytes => "the size of chunks is not from 1 byte to 16 MiB",
            Self::Lifetime => "the lifetime is not from 1 ms to a year, or its jitter is longer",
        })
    }
}

impl Error for InvalidOptions {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        let ms = Duration::from_millis;
        let year = Duration::from_hours(24 * 365);
        let text = |length: usize| Options::builder().keep_alive_text("x".repeat(length));
        for (options, expected) in [
            (Options::builder(), None),
            (Options::builder().without_keep_alive(), None),
            (Options::builder().keep_alive(ms(1)), None),
            (Options::builder().keep_alive(Duration::from_hours(24)), None),
            (Options::builder().keep_alive(Duration::ZERO), Some(InvalidOptions::KeepAlive)),
            (Options::builder().keep_alive(Duration::MAX), Some(InvalidOptions::KeepAlive)),
            (text(64 * 1024), None),
            (text(64 * 1024 + 1), Some(InvalidOptions::KeepAliveText)),
            (Options::builder().reconnection_time(Duration::ZERO), None),
            (Options::builder().reconnection_time(Duration::MAX), Some(InvalidOptions::ReconnectionTime)),
            (Options::builder().chunk_bytes(1), None),
            (Options::builder().chunk_bytes(0), Some(InvalidOptions::ChunkBytes)),
            (Options::builder().chunk_bytes(usize::MAX), Some(InvalidOptions::ChunkBytes)),
            (Options::builder().lifetime(year, year), None),
            (Options::builder().lifetime(Duration::ZERO, Duration::ZERO), Some(InvalidOptions::Lifetime)),
            (Options::builder().lifetime(Duration::MAX, Duration::ZERO), Some(InvalidOptions::Lifetime)),
            (Options::builder().lifetime(ms(10), ms(11)), Some(InvalidOptions::Lifetime)),
        ] {
            let shown = format!("{options:?}").chars().take(300).collect::<String>();
            assert_eq!(options.build().err(), expected, "{shown}");
        }
    }
}
