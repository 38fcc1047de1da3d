//! A hub for one thread and any event loop.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    task::{Wake, Waker},
    time::Instant,
};

use slab::Slab;
use tidings_codec::{EncodedFrame, Frame};

use crate::{
    Counts, Epoch, GapReason, HubBuilder, Id, InvalidTopic, Publication, PublishError, Published, Sizes, SlowPolicy,
    Start, Topics, check_topic,
    counts::Counters,
    machine::{Begin, Delivery, First, Machine, Place},
};

/// A hub without a runtime: the contract of `Hub`, for event loops that tokio knows nothing of, such as those of other languages.
///
/// It waits for nothing and knows no clock. Whoever drives it calls [`deliver`](Self::deliver) when
/// [`has_news`](Self::has_news), hands each reader what is delivered to it, and [pauses](Self::pause) readers whose clients take
/// nothing. Let events gather before: `deliver` is to be called once in each turn of the loop, not after each publish.
///
/// # Examples
///
/// ```
/// use std::time::Instant;
/// use tidings_hub::{Delivered, Epoch, HubBuilder, Start, Topics};
/// use tidings_codec::Frame;
///
/// let mut hub = HubBuilder::new().build_local(Epoch::new(7))?;
/// let seen = hub.publish("prices/gold", Frame::event("4012.5"), Instant::now())?;
/// hub.publish("prices/silver", Frame::event("51.2"), Instant::now())?;
///
/// let reader = hub.subscribe(&Topics::parse(["prices/*"])?, &Start::After(seen.to_string()));
/// assert!(hub.has_news());
/// hub.deliver(|to, delivered| {
///     let Delivered::Frames(frames) = delivered else { panic!("it ends") };
///     assert!(to == reader && frames.starts_with(b"data: 51.2\n"));
/// });
/// assert!(!hub.has_news());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct LocalHub {
    machine: Machine,
    max_event_bytes: usize,
    slow_policy: SlowPolicy,
    counters: Counters,
    readers: Slab<Reader>,
    serials: u64,
    /// Readers for whom there may be something, each once.
    due: VecDeque<ReaderId>,
    woken: Arc<Woken>,
    wakers: Vec<Waker>,
}

/// Which reader of a [`LocalHub`] it is. Of two at a time no one has the same index; over time, an index is used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ReaderId {
    index: usize,
    serial: u64,
}

impl ReaderId {
    /// The lowest number that no other reader had when this one began.
    pub const fn index(self) -> usize {
        self.index
    }
}

/// What is delivered to a reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivered {
    /// Frames to be sent.
    Frames(EncodedFrame),
    /// The end: it was revoked, or fell behind and is to be [disconnected](SlowPolicy::Disconnect). It is no reader any more.
    End,
}

/// One subscriber.
#[derive(Debug)]
struct Reader {
    serial: u64,
    place: Place,
    cursor: u64,
    /// What it is told before anything else.
    first: Option<EncodedFrame>,
    waker: Waker,
    is_due: bool,
    is_paused: bool,
}

/// The readers that the machine has woken.
#[derive(Debug, Default)]
struct Woken(Mutex<Vec<ReaderId>>);

struct WakeReader {
    reader: ReaderId,
    woken: Arc<Woken>,
}

impl Wake for WakeReader {
    fn wake(self: Arc<Self>) {
        self.woken.0.lock().unwrap_or_else(PoisonError::into_inner).push(self.reader);
    }
}

impl LocalHub {
    pub(crate) fn start(options: HubBuilder, epoch: Epoch) -> Self {
        Self {
            machine: Machine::new(epoch, options.retention),
            max_event_bytes: options.max_event_bytes,
            slow_policy: options.slow_policy,
            counters: Counters::default(),
            readers: Slab::new(),
            serials: 0,
            due: VecDeque::new(),
            woken: Arc::default(),
            wakers: Vec::new(),
        }
    }

    /// Publishes an event, and returns the ID that it got.
    ///
    /// The frame is sent as it is, but with that ID in place of any it has. Leave the event type [`gap`](crate::GAP) to the hub.
    ///
    /// # Errors
    ///
    /// If the topic is none, or the event is too large.
    pub fn publish(&mut self, topic: &str, frame: Frame<'_>, now: Instant) -> Result<Id, PublishError> {
        check_topic(topic).map_err(PublishError::Topic)?;
        self.append((topic, &[]), frame, None, now).map(|published| published.id)
    }

    /// Publishes an event of several topics, or one that has a key.
    ///
    /// # Errors
    ///
    /// As for [`publish`](Self::publish), or if there are too many topics, or the key is too long.
    pub fn publish_with(&mut self, publication: &Publication<'_>, now: Instant) -> Result<Published, PublishError> {
        let topics = publication.topics()?;
        let [first, others @ ..] = &topics[..] else { return Err(PublishError::Topic(InvalidTopic::Empty)) };
        self.append((first, others), publication.frame, publication.key, now)
    }

    fn append(
        &mut self,
        topics: (&str, &[&str]),
        frame: Frame<'_>,
        key: Option<&str>,
        now: Instant,
    ) -> Result<Published, PublishError> {
        PublishError::check_len(frame, self.max_event_bytes)?;
        let frame = frame.encode_open(Id::MOST_BYTES);
        let (id, is_new) = self.machine.publish(topics, frame, key, now);
        if !is_new {
            self.counters.repeated();
        }
        Ok(Published { id, is_new })
    }

    /// Subscribes to topics from a start on.
    pub fn subscribe(&mut self, topics: &Topics, start: &Start) -> ReaderId {
        self.counters.subscribed();
        let (place, begin) = self.machine.subscribe(topics, start);
        // The machine keeps everything that is kept, so it never asks elsewhere.
        let (cursor, first) = match begin {
            Begin::At(cursor, first) => (cursor, first),
            Begin::Asking(_) => (0, None),
        };
        self.serials += 1;
        let serial = self.serials;
        let entry = self.readers.vacant_entry();
        let reader = ReaderId { index: entry.key(), serial };
        let waker = Waker::from(Arc::new(WakeReader { reader, woken: Arc::clone(&self.woken) }));
        let first = first.map(|first| match first {
            First::Position(frame) => frame,
            First::Gap(reason, frame) => {
                self.counters.gap(reason);
                frame
            }
        });
        entry.insert(Reader { serial, place, cursor, first, waker, is_due: true, is_paused: false });
        self.due.push_back(reader);
        reader
    }

    /// Takes a reader out: its client is gone. Nothing happens if it has ended.
    pub fn unsubscribe(&mut self, reader: ReaderId) {
        if self.reader(reader).is_some() {
            self.machine.unsubscribe(self.readers.remove(reader.index).place);
        }
    }

    /// Ends a subscription, because its client may not see its topics any more, say: not even what was published before is
    /// delivered to it, but [the end](Delivered::End). Nothing happens if it has ended.
    pub fn revoke(&mut self, reader: ReaderId) {
        let Some(place) = self.reader(reader).map(|reader| reader.place) else { return };
        if self.machine.revoke(place).0 {
            self.counters.revoked();
        }
        self.make_due(reader);
    }

    /// Delivers nothing more to a reader whose client takes nothing, until it is [resumed](Self::resume). It costs nothing
    /// meanwhile. A revoked one is told of its end anyway.
    pub fn pause(&mut self, reader: ReaderId) {
        if let Some(reader) = self.reader(reader) {
            reader.is_paused = true;
        }
    }

    /// Delivers to a reader again, from where it was.
    pub fn resume(&mut self, reader: ReaderId) {
        if let Some(found) = self.reader(reader) {
            found.is_paused = false;
            self.make_due(reader);
        }
    }

    /// Whether there may be something to [deliver](Self::deliver).
    pub fn has_news(&self) -> bool {
        !self.due.is_empty() || self.machine.has_wakers()
    }

    /// Delivers what there is, up to some 64 KiB to each reader and in one piece. Those who want the same get the same bytes, mostly
    /// one after the other. What is left for a reader is news, unless it is paused before the next call.
    pub fn deliver(&mut self, mut deliver: impl FnMut(ReaderId, Delivered)) {
        self.machine.take_wakers(&mut self.wakers);
        self.wakers.drain(..).for_each(Waker::wake);
        let woken = std::mem::take(&mut *self.woken.0.lock().unwrap_or_else(PoisonError::into_inner));
        for reader in woken {
            self.make_due(reader);
        }
        // One after the other, so that none is forgotten if `deliver` panics.
        for _ in 0..self.due.len() {
            let Some(id) = self.due.pop_front() else { return };
            let Some(delivered) = self.next(id) else { continue };
            if delivered == Delivered::End {
                self.unsubscribe(id);
            } else {
                self.wait(id);
            }
            deliver(id, delivered);
        }
    }

    /// What there is for a reader that was due.
    fn next(&mut self, id: ReaderId) -> Option<Delivered> {
        let reader = self.readers.get_mut(id.index).filter(|reader| reader.serial == id.serial)?;
        reader.is_due = false;
        if reader.is_paused && self.machine.is_there(reader.place) {
            return None;
        }
        if let Some(first) = reader.first.take()
            && self.machine.is_there(reader.place)
        {
            return Some(Delivered::Frames(first));
        }
        match self.machine.poll(reader.place, &mut reader.cursor, &reader.waker) {
            Delivery::Events(frames) | Delivery::Gap(First::Position(frames)) => Some(Delivered::Frames(frames)),
            Delivery::Gap(First::Gap(reason, frames)) => {
                self.counters.gap(reason);
                let ends = reason == GapReason::FellBehind && self.slow_policy == SlowPolicy::Disconnect;
                Some(if ends { Delivered::End } else { Delivered::Frames(frames) })
            }
            Delivery::Nothing(_) | Delivery::Behind(_) => None,
            Delivery::Revoked => Some(Delivered::End),
        }
    }

    /// Has a reader woken when there is something more for it, or makes it due if there is already.
    fn wait(&mut self, id: ReaderId) {
        let Some(reader) = self.readers.get_mut(id.index) else { return };
        if !self.machine.wait(reader.place, &mut reader.cursor, &reader.waker) {
            self.make_due(id);
        }
    }

    fn make_due(&mut self, id: ReaderId) {
        let Some(reader) = self.reader(id) else { return };
        if !std::mem::replace(&mut reader.is_due, true) {
            self.due.push_back(id);
        }
    }

    fn reader(&mut self, id: ReaderId) -> Option<&mut Reader> {
        self.readers.get_mut(id.index).filter(|reader| reader.serial == id.serial)
    }

    /// Lets go of what was kept for long enough. To be called now and then, where there is a limit of time.
    pub fn evict(&mut self, now: Instant) {
        self.machine.evict(now);
    }

    /// How many readers the topic has, by its name or by any selector that includes it.
    pub fn presence(&self, topic: &str) -> usize {
        self.machine.presence(topic)
    }

    /// The ID of the last event that was published; one with the sequence number 0 if there was none.
    pub fn last_id(&self) -> Id {
        self.machine.head()
    }

    /// What the hub holds.
    pub fn sizes(&self, now: Instant) -> Sizes {
        Sizes::of(&self.machine, now)
    }

    /// What has happened so far.
    pub fn counts(&self) -> Counts {
        self.counters.counts(self.machine.published())
    }
}

impl fmt::Debug for LocalHub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalHub")
            .field("last_id", &self.last_id())
            .field("readers", &self.readers.len())
            .finish_non_exhaustive()
    }
}
