//! A hub over a log that is kept elsewhere.

use std::{error::Error, fmt, sync::Arc};

use tidings_codec::Frame;
use tokio::task::AbortHandle;

use crate::{
    Counts, Hub, HubBuilder, Id, InvalidHub, Publication, PublishError, Published, Sizes, Start, SubscriberId,
    Subscription, Topics,
    follow::{PAGE_BYTES, add, follow},
    log::{Appended, Bounds, Log, Read, Record},
    machine::Machine,
    past::Past,
};

/// A hub over a [`Log`], which may be on disk, or on another machine and followed by many hubs.
///
/// It is as a [`Hub`], but for two things: to publish is to wait until the log has the event; and what the hub keeps in memory is
/// only a window of what the log keeps. Who comes back after an ID before the window gets the events from the log.
///
/// While the log cannot be reached, subscribers wait: they miss nothing. If the log loses its past, all subscriptions end, and
/// clients that come back are told of a [gap](crate::GAP).
///
/// Clones are the same hub.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use futures_util::StreamExt as _;
/// use tidings_codec::Frame;
/// use tidings_hub::{Hub, Start, Topics, log::MemoryLog};
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// // Two hubs as on two machines.
/// let log = Arc::new(MemoryLog::new(1000));
/// let here = Hub::builder().follow(log.clone()).await?;
/// let there = Hub::builder().follow(log).await?;
///
/// let first = here.publish("prices/gold", Frame::event("4012.5")).await?;
/// here.publish("prices/gold", Frame::event("4013.0")).await?;
/// let mut events = there.subscribe(&Topics::all(), &Start::After(first.to_string()));
/// assert!(events.next().await.expect("there is one more").starts_with(b"data: 4013.0\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
pub struct LogHub<L> {
    hub: Hub,
    log: Arc<L>,
    follower: Arc<Follower>,
}

/// The task that follows the log: it ends with the last hub that needs it.
struct Follower(AbortHandle);

impl Drop for Follower {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl<L: Log> LogHub<L> {
    /// Reads what of the log belongs into the window, and follows it from then on.
    pub(crate) async fn start(options: HubBuilder, log: Arc<L>) -> Result<Self, FollowError<L::Error>> {
        let machine = window(options, &*log).await.map_err(FollowError::Log)?;
        let hub = Hub::with(machine, options, Some(Arc::clone(&log) as Arc<dyn Past>));
        let follower = tokio::spawn(follow(Arc::downgrade(&hub.0), Arc::clone(&log)));
        Ok(Self { hub, log, follower: Arc::new(Follower(follower.abort_handle())) })
    }

    /// Publishes an event, and returns the ID that it got, once the log has it.
    ///
    /// # Errors
    ///
    /// As for [`publish_all`](Self::publish_all).
    pub async fn publish(&self, topic: &str, frame: Frame<'_>) -> Result<Id, LogPublishError<L::Error>> {
        self.publish_with(&Publication::new(&[topic], frame)).await.map(|published| published.id)
    }

    /// Publishes an event of several topics, or one that has a key.
    ///
    /// # Errors
    ///
    /// As for [`publish_all`](Self::publish_all).
    pub async fn publish_with(&self, publication: &Publication<'_>) -> Result<Published, LogPublishError<L::Error>> {
        let published = self.publish_all(std::slice::from_ref(publication)).await?;
        published.first().copied().ok_or(LogPublishError::Contract)
    }

    /// Publishes some events in this order, which takes a log no longer than one. Returns what became of each.
    ///
    /// # Errors
    ///
    /// If one of the events cannot be published; then none is. If the log cannot be reached; then it is not known which of them
    /// were published, and those that have a key can be published again without harm.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the events may be published or not.
    pub async fn publish_all(
        &self,
        publications: &[Publication<'_>],
    ) -> Result<Vec<Published>, LogPublishError<L::Error>> {
        let records: Result<Vec<Record>, PublishError> = publications.iter().map(|one| self.record(one)).collect();
        let records = records.map_err(LogPublishError::Event)?;
        let appended = self.log.append(records).await.map_err(LogPublishError::Log)?;
        if appended.len() != publications.len() {
            return Err(LogPublishError::Contract);
        }
        for _ in appended.iter().filter(|appended| !appended.is_new) {
            self.hub.0.counters.repeated();
        }
        Ok(appended.into_iter().map(|Appended { id, is_new }| Published { id, is_new }).collect())
    }

    fn record(&self, publication: &Publication<'_>) -> Result<Record, PublishError> {
        let topics = publication.topics()?;
        self.hub.0.check_len(publication.frame)?;
        Ok(Record {
            topics: topics.into_iter().map(str::to_owned).collect(),
            key: publication.key.map(str::to_owned),
            frame: publication.frame.encode_open(Id::MOST_BYTES),
        })
    }

    /// As [`Hub::subscribe`].
    pub fn subscribe(&self, topics: &Topics, start: &Start) -> Subscription {
        self.hub.subscribe(topics, start)
    }

    /// As [`Hub::revoke`].
    pub fn revoke(&self, subscriber: SubscriberId) {
        self.hub.revoke(subscriber);
    }

    /// How many subscribers the topic has at this hub; not at others that follow the log.
    pub fn presence(&self, topic: &str) -> usize {
        self.hub.presence(topic)
    }

    /// The ID of the last event that the hub has read from the log.
    pub fn last_id(&self) -> Id {
        self.hub.last_id()
    }

    /// What the hub holds now, in memory.
    pub fn sizes(&self) -> Sizes {
        self.hub.sizes()
    }

    /// What has happened at this hub since it was started.
    pub fn counts(&self) -> Counts {
        self.hub.counts()
    }

    /// The log.
    pub fn log(&self) -> &L {
        &self.log
    }
}

/// The window of a log as it is now.
async fn window<L: Log>(options: HubBuilder, log: &L) -> Result<Machine, L::Error> {
    let most = u64::try_from(options.retention.events).unwrap_or(u64::MAX);
    'epoch: loop {
        let Bounds { epoch, first, next } = log.bounds().await?.in_order();
        let first = first.max(next.saturating_sub(most));
        let mut machine = Machine::window(epoch, options.retention, first);
        while machine.head().sequence() + 1 < next {
            let head = machine.head();
            match log.read(head, PAGE_BYTES).await? {
                Read::Events(events) => add(&mut machine, events),
                Read::OtherEpoch => continue 'epoch,
            }
            // It has no more, whatever its bounds say.
            if machine.head() == head {
                break;
            }
        }
        return Ok(machine);
    }
}

impl<L> Clone for LogHub<L> {
    fn clone(&self) -> Self {
        Self { hub: self.hub.clone(), log: Arc::clone(&self.log), follower: Arc::clone(&self.follower) }
    }
}

impl<L: fmt::Debug> fmt::Debug for LogHub<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogHub").field("hub", &self.hub).field("log", &self.log).finish_non_exhaustive()
    }
}

/// A log cannot be followed.
#[derive(Debug)]
#[non_exhaustive]
pub enum FollowError<E> {
    /// An option is not in its range.
    Options(InvalidHub),
    /// The log cannot be reached.
    Log(E),
}

impl<E> fmt::Display for FollowError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Options(_) => "the options of the hub cannot be used",
            Self::Log(_) => "the log of the hub cannot be reached",
        })
    }
}

impl<E: Error + 'static> Error for FollowError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Options(error) => Some(error),
            Self::Log(error) => Some(error),
        }
    }
}

/// An event cannot be published to a log.
#[derive(Debug)]
#[non_exhaustive]
pub enum LogPublishError<E> {
    /// It cannot be published at all.
    Event(PublishError),
    /// The log cannot be reached: whether it was published is not known.
    Log(E),
    /// The log did not answer for each event, as it must.
    Contract,
}

impl<E> fmt::Display for LogPublishError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Event(_) => "the event cannot be published",
            Self::Log(_) => "the log of the hub cannot be reached",
            Self::Contract => "the log has not answered for each event",
        })
    }
}

impl<E: Error + 'static> Error for LogPublishError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Event(error) => Some(error),
            Self::Log(error) => Some(error),
            Self::Contract => None,
        }
    }
}
