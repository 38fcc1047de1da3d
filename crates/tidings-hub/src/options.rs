//! What a hub can be told.

#[cfg(feature = "tokio")]
use std::sync::Arc;
use std::{error::Error, fmt, time::Duration};

use crate::{Epoch, Hub, LocalHub, machine::Retention};
#[cfg(feature = "tokio")]
use crate::{FollowError, LogHub, log::Log};

/// What becomes of a subscriber that reads more slowly than events are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SlowPolicy {
    /// It gets a [gap](crate::GAP), and goes on with the first event that is kept.
    #[default]
    Gap,
    /// Its stream ends. When its client comes back, it gets a gap too.
    Disconnect,
}

/// A hub in the making, from [`HubBuilder::new`] or `Hub::builder`.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct HubBuilder {
    pub(crate) retention: Retention,
    pub(crate) max_event_bytes: usize,
    pub(crate) slow_policy: SlowPolicy,
    #[cfg(feature = "metrics")]
    pub(crate) name: Option<&'static str>,
}

impl HubBuilder {
    /// The default of [`keep_events`](Self::keep_events): 100,000.
    pub const DEFAULT_EVENTS: usize = 100_000;
    /// The default of [`keep_bytes`](Self::keep_bytes): 64 MiB.
    pub const DEFAULT_BYTES: usize = 64 * 1024 * 1024;
    /// The default of [`max_event_bytes`](Self::max_event_bytes): 1 MiB.
    pub const DEFAULT_EVENT_BYTES: usize = 1024 * 1024;

    const MOST_EVENTS: usize = 1 << 32;

    /// Begins with the default options.
    pub const fn new() -> Self {
        let retention = Retention { events: Self::DEFAULT_EVENTS, bytes: Self::DEFAULT_BYTES, age: Duration::MAX };
        Self {
            retention,
            max_event_bytes: Self::DEFAULT_EVENT_BYTES,
            slow_policy: SlowPolicy::Gap,
            #[cfg(feature = "metrics")]
            name: None,
        }
    }

    /// How many events are kept for those who come back. From 1 to 2^32; the default is 100,000.
    pub const fn keep_events(mut self, events: usize) -> Self {
        self.retention.events = events;
        self
    }

    /// How many bytes of events are kept, with their topics and keys and about 150 bytes for each besides what is sent. The last
    /// event is kept in any case. At least 1; the default is 64 MiB.
    pub const fn keep_bytes(mut self, bytes: usize) -> Self {
        self.retention.bytes = bytes;
        self
    }

    /// How long events are kept at most. At least 1 ms; by default there is no limit.
    pub const fn keep_for(mut self, age: Duration) -> Self {
        self.retention.age = age;
        self
    }

    /// How large an event can be, as it is sent. The default is 1 MiB; it cannot be more than what is kept.
    pub const fn max_event_bytes(mut self, bytes: usize) -> Self {
        self.max_event_bytes = bytes;
        self
    }

    /// What becomes of a subscriber that reads more slowly than events are kept. By default it gets a gap.
    pub const fn slow_policy(mut self, policy: SlowPolicy) -> Self {
        self.slow_policy = policy;
        self
    }

    /// What tells the metrics of this hub from those of others in the program: they have it as the label `hub`. By default there
    /// is none, and two such hubs overwrite each other's.
    #[cfg(feature = "metrics")]
    pub const fn name(mut self, name: &'static str) -> Self {
        self.name = Some(name);
        self
    }

    /// A hub that needs no runtime. Its IDs have this epoch, which should be random.
    ///
    /// # Errors
    ///
    /// If an option is not in its range.
    pub fn build_local(self, epoch: Epoch) -> Result<LocalHub, InvalidHub> {
        self.check().map(|options| LocalHub::start(options, epoch))
    }

    /// Starts the hub. It belongs to the runtime that this is called in: when that ends, nobody is woken any more.
    ///
    /// # Errors
    ///
    /// If an option is not in its range.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime with time enabled: a task of the hub wakes its subscribers.
    #[cfg(feature = "tokio")]
    pub fn build(self) -> Result<Hub, InvalidHub> {
        self.check().map(Hub::start)
    }

    /// Starts a hub that needs no runtime: whoever publishes wakes the subscribers, before the call returns. For executors
    /// other than tokio, whose wakers should not do more than to note who is woken.
    ///
    /// What is too old goes when the hub is used next, in whatever way. The epoch has to be another for each hub, so from random
    /// bits.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures_util::{FutureExt as _, StreamExt as _};
    /// use tidings_codec::Frame;
    /// use tidings_hub::{Epoch, Hub, Start, Topics};
    ///
    /// let hub = Hub::builder().build_without_runtime(Epoch::new(0x1234_5678))?;
    /// let mut events = hub.subscribe(&Topics::all(), &Start::Earliest);
    /// hub.publish("prices/gold", Frame::event("4012.5"))?;
    /// let mut next = || events.next().now_or_never().flatten();
    /// next().expect("it has a position");
    /// assert!(next().expect("there is one").starts_with(b"data: 4012.5\n"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If an option is not in its range.
    pub fn build_without_runtime(self, epoch: Epoch) -> Result<Hub, InvalidHub> {
        self.check().map(|options| Hub::without_runtime(epoch, options))
    }

    /// Starts a hub over a log. Of that, the hub keeps as much in memory as its options say, and has read it when it starts.
    ///
    /// # Errors
    ///
    /// If an option is not in its range, or the log cannot be reached.
    ///
    /// # Panics
    ///
    /// As [`build`](Self::build) does.
    #[cfg(feature = "tokio")]
    pub async fn follow<L: Log>(self, log: Arc<L>) -> Result<LogHub<L>, FollowError<L::Error>> {
        let options = self.check().map_err(FollowError::Options)?;
        LogHub::start(options, log).await
    }

    fn check(self) -> Result<Self, InvalidHub> {
        let Retention { events, bytes, age } = self.retention;
        if events == 0 || events > Self::MOST_EVENTS {
            return Err(InvalidHub::Events);
        }
        if bytes == 0 {
            return Err(InvalidHub::Bytes);
        }
        if age < Duration::from_millis(1) {
            return Err(InvalidHub::Age);
        }
        if self.max_event_bytes == 0 || self.max_event_bytes > bytes {
            return Err(InvalidHub::EventBytes);
        }
        Ok(self)
    }
}

impl Default for HubBuilder {
    fn default() -> Self {
        Self::new()
    }
}

/// The option that is not in its range, from [`HubBuilder::build_local`] and `HubBuilder::build`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidHub {
    /// [`keep_events`](HubBuilder::keep_events) is not from 1 to 2^32.
    Events,
    /// [`keep_bytes`](HubBuilder::keep_bytes) is 0.
    Bytes,
    /// [`keep_for`](HubBuilder::keep_for) is less than 1 ms.
    Age,
    /// [`max_event_bytes`](HubBuilder::max_event_bytes) is 0 or more than is kept.
    EventBytes,
}

impl fmt::Display for InvalidHub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Events => "the number of events to keep is not from 1 to 2^32",
            Self::Bytes => "no bytes of events are to be kept",
            Self::Age => "events are to be kept for less than 1 ms",
            Self::EventBytes => "the largest event is nothing, or more than is kept",
        })
    }
}

impl Error for InvalidHub {}
