//! The hub as programs hold it.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};
#[cfg(feature = "tokio")]
use std::{sync::Weak, task::Waker, time::Duration};

use tidings_codec::Frame;
#[cfg(feature = "tokio")]
use tokio::{sync::Notify, time::timeout};

use crate::{
    Counts, Epoch, HubBuilder, Id, InvalidTopic, Publication, PublishError, Published, Sizes, SlowPolicy, Start,
    SubscriberId, Subscription, Topics, check_topic, counts::Counters, machine::Machine, past::Past,
};

/// A hub: whatever is published goes to all who subscribe to its topic, and is kept for those who come back.
///
/// Clones are the same hub. It keeps everything in memory, and a new hub has a new log: clients that come back to it are told of a
/// gap.
///
/// # Examples
///
/// ```
/// use futures_util::StreamExt as _;
/// use tidings_codec::Frame;
/// use tidings_hub::{Hub, Start, Topics};
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// let hub = Hub::new();
/// let id = hub.publish("prices/gold", Frame::event("4012.5"))?;
/// hub.publish("prices/silver", Frame::event("51.2"))?;
///
/// // A client that has seen the first event comes back.
/// let prices = Topics::parse(["prices/*"])?;
/// let mut events = hub.subscribe(&prices, &Start::After(id.to_string()));
/// let frame = events.next().await.expect("there is one more");
/// assert!(frame.starts_with(b"data: 51.2\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct Hub(pub(crate) Arc<Shared>);

/// What a hub and its subscriptions share.
pub(crate) struct Shared {
    machine: Mutex<Machine>,
    waking: Waking,
    max_event_bytes: usize,
    pub(crate) slow_policy: SlowPolicy,
    /// The log that is followed, if the machine is only a window of one.
    pub(crate) past: Option<Arc<dyn Past>>,
    pub(crate) counters: Counters,
}

/// Who wakes the subscribers.
enum Waking {
    /// A task, which is told that there is somebody to be woken.
    #[cfg(feature = "tokio")]
    Task(Arc<Notify>),
    /// Whoever has something new for them, at once.
    Publisher,
}

impl Hub {
    /// A hub with the default options.
    ///
    /// # Panics
    ///
    /// As [`HubBuilder::build`] does.
    #[cfg(feature = "tokio")]
    pub fn new() -> Self {
        Self::start(Self::builder())
    }

    /// Begins with the default options.
    pub fn builder() -> HubBuilder {
        HubBuilder::new()
    }

    #[cfg(feature = "tokio")]
    pub(crate) fn start(options: HubBuilder) -> Self {
        Self::with(Machine::new(Epoch::random(), options.retention), options, None)
    }

    /// A hub with this machine, and the log of which that is a window.
    #[cfg(feature = "tokio")]
    pub(crate) fn with(machine: Machine, options: HubBuilder, past: Option<Arc<dyn Past>>) -> Self {
        let dispatcher = Arc::new(Notify::new());
        let shared = Arc::new(Shared::new(machine, options, Waking::Task(Arc::clone(&dispatcher)), past));
        tokio::spawn(dispatch(Arc::downgrade(&shared), dispatcher, options));
        Self(shared)
    }

    pub(crate) fn without_runtime(epoch: Epoch, options: HubBuilder) -> Self {
        let machine = Machine::new(epoch, options.retention);
        Self(Arc::new(Shared::new(machine, options, Waking::Publisher, None)))
    }

    /// Begins anew with another log. All subscriptions end, and nobody is woken for it.
    ///
    /// It is for a process that was forked, in which nobody runs who could be woken: the log goes on in its parent, so IDs that are
    /// given here must not be of the same epoch. Not for a hub over a log.
    #[doc(hidden)] // For the package for Python, which builds hubs without a runtime.
    pub fn begin_anew(&self, epoch: Epoch) {
        let forgotten = self.0.lock().begin_anew(epoch);
        drop(forgotten);
    }

    /// Publishes an event, and returns the ID that it got. It waits for nobody.
    ///
    /// The frame is sent as it is, but with that ID in place of any it has. Leave the event type [`gap`](crate::GAP) to the hub.
    ///
    /// # Errors
    ///
    /// If the topic is none, or the event is too large.
    ///
    /// # Copies
    ///
    /// The data once, however many subscribers there are.
    pub fn publish(&self, topic: &str, frame: Frame<'_>) -> Result<Id, PublishError> {
        check_topic(topic).map_err(PublishError::Topic)?;
        self.append((topic, &[]), frame, None).map(|published| published.id)
    }

    /// Publishes an event of several topics, or one that has a key.
    ///
    /// # Errors
    ///
    /// As for [`publish`](Self::publish), or if there are too many topics, or the key is too long.
    pub fn publish_with(&self, publication: &Publication<'_>) -> Result<Published, PublishError> {
        let topics = publication.topics()?;
        let [first, others @ ..] = &topics[..] else { return Err(PublishError::Topic(InvalidTopic::Empty)) };
        self.append((first, others), publication.frame, publication.key)
    }

    fn append(&self, topics: (&str, &[&str]), frame: Frame<'_>, key: Option<&str>) -> Result<Published, PublishError> {
        self.0.check_len(frame)?;
        let frame = frame.encode_open(Id::MOST_BYTES);
        let now = now();
        let (id, is_new) = self.0.with_machine(|machine| machine.publish(topics, frame, key, now));
        if !is_new {
            self.0.counters.repeated();
        }
        Ok(Published { id, is_new })
    }

    /// Subscribes to topics from a start on. What it returns is a stream of frames, for the body of a response.
    pub fn subscribe(&self, topics: &Topics, start: &Start) -> Subscription {
        Subscription::new(&self.0, topics, start)
    }

    /// Ends a subscription, because its client may not see its topics any more, say. Nothing happens if it has ended.
    pub fn revoke(&self, subscriber: SubscriberId) {
        let (was_there, waker) = self.0.lock().revoke(subscriber.0);
        if was_there {
            self.0.counters.revoked();
        }
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// How many subscribers the topic has, by its name or by any selector that includes it. Who is [revoked](Self::revoke) does not count.
    pub fn presence(&self, topic: &str) -> usize {
        self.0.lock().presence(topic)
    }

    /// The ID of the last event that was published; one with the sequence number 0 if there was none.
    ///
    /// With it a client can have a state first and then its changes: take the ID, *then* read the state, and send both. Whoever
    /// subscribes [after](Start::After) that ID gets all that the state may lack; some of it may be in the state already.
    pub fn last_id(&self) -> Id {
        self.0.lock().head()
    }

    /// What the hub holds now.
    pub fn sizes(&self) -> Sizes {
        self.0.sizes()
    }

    /// What has happened since the hub was started.
    pub fn counts(&self) -> Counts {
        self.0.counts()
    }
}

#[cfg(feature = "tokio")]
impl Default for Hub {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub").field("last_id", &self.last_id()).field("sizes", &self.sizes()).finish()
    }
}

impl Shared {
    fn new(machine: Machine, options: HubBuilder, waking: Waking, past: Option<Arc<dyn Past>>) -> Self {
        Self {
            machine: Mutex::new(machine),
            waking,
            max_event_bytes: options.max_event_bytes,
            slow_policy: options.slow_policy,
            past,
            counters: Counters::default(),
        }
    }

    fn sizes(&self) -> Sizes {
        let now = now();
        let mut machine = self.lock();
        machine.evict(now);
        Sizes::of(&machine, now)
    }

    fn counts(&self) -> Counts {
        self.counters.counts(self.lock().published())
    }

    /// Checks that an event is not too large.
    pub(crate) fn check_len(&self, frame: Frame<'_>) -> Result<(), PublishError> {
        PublishError::check_len(frame, self.max_event_bytes)
    }

    /// Does something with the machine after which there may be somebody to be woken.
    pub(crate) fn with_machine<T>(&self, act: impl FnOnce(&mut Machine) -> T) -> T {
        let mut machine = self.lock();
        let result = act(&mut machine);
        match &self.waking {
            #[cfg(feature = "tokio")]
            Waking::Task(dispatcher) => {
                let wake = machine.has_wakers();
                drop(machine);
                if wake {
                    dispatcher.notify_one();
                }
            }
            Waking::Publisher => {
                let mut wakers = Vec::new();
                machine.take_wakers(&mut wakers);
                drop(machine);
                wakers.into_iter().for_each(std::task::Waker::wake);
            }
        }
        result
    }

    /// Moves the wakers of all who are to be told of something into `wakers`.
    #[cfg(feature = "tokio")]
    fn take_wakers(&self, wakers: &mut Vec<Waker>) {
        let mut machine = self.lock();
        machine.evict(now());
        machine.take_wakers(wakers);
    }

    /// The machine. A panic elsewhere does not make it unusable: it is left in order between any two calls.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Machine> {
        self.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(feature = "tokio")]
impl Drop for Shared {
    fn drop(&mut self) {
        if let Waking::Task(dispatcher) = &self.waking {
            dispatcher.notify_one();
        }
    }
}

/// The time. That of tokio stands still where a test has it so.
#[cfg(feature = "tokio")]
pub(crate) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

/// The time.
#[cfg(not(feature = "tokio"))]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Wakes those for whom there is something new, all at once and in a task of its own.
///
/// A publisher wakes only this task. It runs after the tasks that were woken before, so while they write, events gather; and
/// each is woken once for all of them, on any flavour of the runtime. And it lets those who come back in a crowd come first.
#[cfg(feature = "tokio")]
async fn dispatch(hub: Weak<Shared>, notified: Arc<Notify>, options: HubBuilder) {
    let mut wakers = Vec::new();
    let mut seen = 0;
    // Often enough that nothing is kept for much longer than it should be, and no more often.
    let tick = (options.retention.age / 8).clamp(Duration::from_millis(100), Duration::from_mins(1));
    #[cfg(feature = "metrics")]
    let tick = tick.min(crate::exported::Exported::INTERVAL);
    #[cfg(feature = "metrics")]
    let mut exported = crate::exported::Exported::new(options.name);
    loop {
        let _ = timeout(tick, notified.notified()).await;
        // Whoever else is about to publish does it now.
        tokio::task::yield_now().await;
        let Some(hub) = hub.upgrade() else { return };
        until_calm(&hub, &mut seen).await;
        hub.take_wakers(&mut wakers);
        #[cfg(feature = "metrics")]
        exported.tell(now(), || (hub.counts(), hub.sizes()));
        drop(hub);
        for waker in wakers.drain(..) {
            waker.wake();
        }
    }
}

/// Waits while subscribers come in a crowd, as they do when they all come back.
///
/// To wake everybody who is there already, for each event, would take most of the time that the others need to come in. Meanwhile
/// events gather, and whoever comes gets them with what it has missed.
#[cfg(feature = "tokio")]
async fn until_calm(hub: &Shared, seen: &mut u64) {
    /// Fewer than that in a step are no crowd.
    const CROWD: u64 = 16;
    const STEP: Duration = Duration::from_millis(1);
    /// So many steps without one are calm: in a few milliseconds a server may only have accepted connections.
    const CALM: u32 = 3;
    /// No event waits for longer.
    const LONGEST: Duration = Duration::from_millis(200);
    let start = now();
    // If there is none now, there is nothing to wait for.
    let mut calm = CALM - 1;
    loop {
        let subscribed = hub.counters.subscriptions();
        let came = subscribed - std::mem::replace(seen, subscribed);
        calm = if came < CROWD { calm + 1 } else { 0 };
        if calm >= CALM || now().saturating_duration_since(start) >= LONGEST {
            return;
        }
        tokio::time::sleep(STEP).await;
    }
}
