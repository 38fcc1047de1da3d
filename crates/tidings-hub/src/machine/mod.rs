//! The rules of a hub: what is kept, who gets what, and who is told of a gap. No clock, no chance, no waiting.
//!
//! There is one log, in which all events of all topics have their place, and no queue for anybody: a subscriber is the number of the
//! last event it has seen, its *cursor*. Replay and live are the same read, so there is no moment between them.
//!
//! Calling order: [`Machine::publish`] and [`Machine::subscribe`] as they come, then [`Machine::take_wakers`], and the wakers are
//! woken once the machine is free again; [`Machine::poll`] for whoever is woken; [`Machine::evict`] when time has passed.
//!
//! Whoever changes this: a waker runs, and drops, what others have written, which may use the hub again. So the machine neither wakes nor
//! drops one, but hands it out, for when the machine is free again.

mod groups;
mod piece;
#[cfg(test)]
mod tests;
mod topics;
mod window;

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    task::Waker,
    time::{Duration, Instant},
};

use groups::Groups;
use piece::read;
use tidings_codec::{EncodedFrame, EventId, OpenFrame};
use topics::Table;
pub(crate) use window::Ask;

use crate::{
    GapReason, Id, Start, Topics,
    gap::{gap, position},
    id::Epoch,
};

/// How much is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Retention {
    pub(crate) events: usize,
    pub(crate) bytes: usize,
    pub(crate) age: Duration,
}

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Machine {
    epoch: Epoch,
    retention: Retention,
    log: VecDeque<Entry>,
    /// The sequence number of the next event; the first is 1.
    next: u64,
    published: u64,
    bytes: usize,
    keys: HashMap<Arc<str>, u64>,
    table: Table,
    groups: Groups,
    /// Whether events that are not kept here may be kept in another log.
    is_window: bool,
}

/// One event that is kept.
#[derive(Debug)]
struct Entry {
    topics: EntryTopics,
    at: Instant,
    key: Option<Arc<str>>,
    frame: EncodedFrame,
}

/// The topics of an event: nearly always one.
#[derive(Debug)]
struct EntryTopics {
    first: usize,
    others: Option<Box<[usize]>>,
}

impl EntryTopics {
    fn iter(&self) -> impl Iterator<Item = usize> {
        std::iter::once(self.first).chain(self.others.iter().flat_map(|others| others.iter().copied()))
    }
}

/// A subscriber's place in the machine. It is kept small: there is no memory for more subscribers than 32 bits count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    group: u32,
    member: u32,
    serial: u64,
}

/// Where a subscriber begins.
#[derive(Debug)]
pub(crate) enum Begin {
    /// With this cursor, after it was told something.
    At(u64, Option<First>),
    /// Where the log says.
    Asking(Ask),
}

/// What a subscriber is told first of all.
#[derive(Debug)]
pub(crate) enum First {
    /// Its position, so that it can come back.
    Position(EncodedFrame),
    /// That it has missed events.
    Gap(GapReason, EncodedFrame),
}

impl First {
    pub(crate) fn position(id: Id) -> Self {
        Self::Position(position(id))
    }

    pub(crate) fn gap(reason: GapReason, upto: Id) -> Self {
        Self::Gap(reason, gap(reason, upto))
    }
}

/// What there is for a subscriber.
#[derive(Debug)]
pub(crate) enum Delivery {
    /// Some events.
    Events(EncodedFrame),
    /// It has missed events: this says so.
    Gap(First),
    /// The events that follow are in the log, if they are anywhere.
    Behind(Ask),
    /// Nothing. It will be woken. Here is a waker that is needed no longer.
    Nothing(Option<Waker>),
    /// It is to see nothing more.
    Revoked,
}

impl Machine {
    /// What an event costs besides its frame, its key and its topics, about.
    const ENTRY_BYTES: usize = size_of::<Entry>() + 64;

    pub(crate) fn new(epoch: Epoch, retention: Retention) -> Self {
        Self {
            epoch,
            retention,
            log: VecDeque::new(),
            next: 1,
            published: 0,
            bytes: 0,
            keys: HashMap::new(),
            table: Table::default(),
            groups: Groups::default(),
            is_window: false,
        }
    }

    /// The position after the last event.
    pub(crate) fn head(&self) -> Id {
        self.id(self.next - 1)
    }

    /// Appends an event of one or several different topics to the log. With a key that a kept event has, nothing is appended, and
    /// that event's ID returned.
    pub(crate) fn publish(
        &mut self,
        topics: (&str, &[&str]),
        frame: OpenFrame,
        key: Option<&str>,
        now: Instant,
    ) -> (Id, bool) {
        if let Some(sequence) = key.and_then(|key| self.keys.get(key)) {
            return (self.id(*sequence), false);
        }
        let id = self.head().next();
        let key: Option<Arc<str>> = key.map(Into::into);
        if let Some(key) = &key {
            self.keys.insert(Arc::clone(key), id.sequence);
        }
        self.append(topics, id, frame, key, now);
        self.evict(now);
        (id, true)
    }

    /// Appends the next event, which came at some time.
    fn append(&mut self, topics: (&str, &[&str]), id: Id, frame: OpenFrame, key: Option<Arc<str>>, at: Instant) {
        self.next = id.sequence + 1;
        self.published += 1;
        let frame = close(frame, id);
        let topics = EntryTopics {
            first: self.append_to(topics.0, id.sequence),
            others: (!topics.1.is_empty())
                .then(|| topics.1.iter().map(|topic| self.append_to(topic, id.sequence)).collect()),
        };
        let entry = Entry { topics, at, key, frame };
        self.bytes += self.bytes_of(&entry);
        self.log.push_back(entry);
    }

    /// Notes an event of a topic. Returns which topic it is.
    fn append_to(&mut self, topic: &str, sequence: u64) -> usize {
        self.groups.publish(topic, sequence);
        self.table.publish(topic, sequence)
    }

    /// Lets go of what is beyond the retention. The last event is kept whatever its size, until it is too old.
    pub(crate) fn evict(&mut self, now: Instant) {
        while let Some(first) = self.log.front() {
            let too_much =
                self.log.len() > 1 && (self.log.len() > self.retention.events || self.bytes > self.retention.bytes);
            if !too_much && now.saturating_duration_since(first.at) <= self.retention.age {
                return;
            }
            let sequence = self.first();
            let Some(entry) = self.log.pop_front() else { return };
            self.bytes -= self.bytes_of(&entry);
            if let Some(key) = entry.key {
                self.keys.remove(&key);
            }
            for topic in entry.topics.iter() {
                self.groups.evict(&self.table.get(topic).name, sequence);
                self.table.evict(topic);
            }
        }
    }

    /// What an event takes, about. The names of its topics count, since it may be the only one that has them.
    fn bytes_of(&self, entry: &Entry) -> usize {
        let names: usize = entry.topics.iter().map(|topic| self.table.get(topic).name.len()).sum();
        entry.frame.len() + entry.key.as_ref().map_or(0, |key| key.len()) + names + Self::ENTRY_BYTES
    }

    /// Adds a subscriber. Returns its place, and where it begins.
    pub(crate) fn subscribe(&mut self, topics: &Topics, start: &Start) -> (Place, Begin) {
        let group = self.group(topics);
        let begin = self.start(group, start);
        let (member, serial) = self.groups.join(group);
        (Place { group: group as u32, member: member as u32, serial }, begin)
    }

    /// The group of these topics, which may be new.
    fn group(&mut self, topics: &Topics) -> usize {
        if let Some(group) = self.groups.find(topics) {
            return group;
        }
        let (last, evicted) = if topics.are_all() {
            (self.next - 1, self.first() - 1)
        } else {
            (self.table.last_kept(topics), self.table.last_evicted(topics))
        };
        self.groups.insert(topics.clone(), last, evicted)
    }

    /// Where a subscriber begins.
    fn start(&self, group: usize, start: &Start) -> Begin {
        let live = self.next - 1;
        let everything = self.first() - 1;
        let with_position = |cursor| Begin::At(cursor, Some(First::position(self.id(cursor))));
        let after_gap = |reason, cursor, ask| {
            if self.is_window {
                Begin::Asking(ask)
            } else {
                Begin::At(cursor, Some(First::gap(reason, self.id(cursor))))
            }
        };
        match start {
            Start::Live => with_position(live),
            Start::Earliest if self.is_window => Begin::Asking(Ask::Earliest),
            Start::Earliest => with_position(everything),
            Start::Last(count) => with_position(self.before_last(group, *count)),
            Start::After(text) => match Id::parse(text).filter(|id| id.epoch == self.epoch) {
                None => after_gap(GapReason::UnknownId, everything, Ask::Unknown),
                Some(Id { sequence, .. }) => {
                    let ask = Ask::After { sequence, lost: GapReason::Evicted };
                    let evicted = self.groups.get(group).map_or(0, |group| group.evicted);
                    if sequence > live {
                        after_gap(GapReason::FutureId, live, ask)
                    } else if evicted > sequence {
                        after_gap(GapReason::Evicted, evicted, ask)
                    } else {
                        Begin::At(sequence, None)
                    }
                }
            },
        }
    }

    /// The position before the last `count` events of a group.
    fn before_last(&self, group: usize, count: usize) -> u64 {
        let Some(group) = self.groups.get(group) else { return self.next - 1 };
        let count = count.min(self.log.len());
        if count == 0 {
            return self.next - 1;
        }
        if group.topics.are_all() {
            return self.next - 1 - count as u64;
        }
        let last_of_each = self.table.included(&group.topics).flat_map(|topic| {
            let kept = &self.table.get(topic).kept;
            kept.range(kept.len().saturating_sub(count)..).copied()
        });
        let mut last: Vec<u64> = last_of_each.collect();
        last.sort_unstable();
        last.dedup();
        last.get(last.len().saturating_sub(count)).map_or(self.next - 1, |first| first - 1)
    }

    /// What a subscriber with this cursor gets; the cursor is moved past it. If that is nothing, `waker` is woken when there is
    /// something.
    pub(crate) fn poll(&mut self, place: Place, cursor: &mut u64, waker: &Waker) -> Delivery {
        let (first, head) = (self.first(), self.next - 1);
        let Some(group) = self.groups.get_mut(place.group as usize) else { return Delivery::Revoked };
        let member = group.members.get_mut(place.member as usize);
        let Some(member) = member.filter(|member| member.serial == place.serial && !member.revoked) else {
            return Delivery::Revoked;
        };
        if group.evicted > *cursor {
            if self.is_window {
                return Delivery::Behind(Ask::After { sequence: *cursor, lost: GapReason::FellBehind });
            }
            *cursor = group.evicted;
            return Delivery::Gap(First::gap(GapReason::FellBehind, Id { epoch: self.epoch, sequence: *cursor }));
        }
        if group.last <= *cursor {
            // Nothing of these topics is later, so it has seen all that there is.
            *cursor = head.max(*cursor);
            return Delivery::Nothing(member.wait(waker));
        }
        let piece = group.piece.as_ref().filter(|piece| {
            piece.after <= *cursor && *cursor < piece.first && (piece.full || piece.upto >= group.last)
        });
        if let Some(piece) = piece {
            *cursor = piece.upto;
            return Delivery::Events(piece.frames.clone());
        }
        let piece = read(&self.log, first, &self.table, &group.topics, *cursor);
        *cursor = piece.upto;
        let frames = piece.frames.clone();
        if group.members.len() > 1 {
            self.groups.keep(place.group as usize, piece);
        } else {
            group.piece = None;
        }
        Delivery::Events(frames)
    }

    /// Has a subscriber woken when there is something for it, unless there is already. Returns whether there is nothing.
    pub(crate) fn wait(&mut self, place: Place, cursor: &mut u64, waker: &Waker) -> bool {
        let head = self.next - 1;
        let Some(group) = self.groups.get_mut(place.group as usize) else { return false };
        let is_later = group.last > *cursor || group.evicted > *cursor;
        let Some(member) = self.member(place).filter(|member| !member.revoked && !is_later) else { return false };
        // It is the hub's own: nothing is locked.
        drop(member.wait(waker));
        *cursor = head.max(*cursor);
        true
    }

    /// Takes a subscriber out. Returns a waker that is needed no longer.
    pub(crate) fn unsubscribe(&mut self, place: Place) -> Option<Waker> {
        self.member(place)?;
        self.groups.leave(place.group as usize, place.member as usize)
    }

    /// Lets a subscriber see nothing more. Returns whether it saw anything so far, and who is to be woken for it.
    pub(crate) fn revoke(&mut self, place: Place) -> (bool, Option<Waker>) {
        if self.member(place).is_none() {
            return (false, None);
        }
        self.groups.revoke(place.group as usize, place.member as usize)
    }

    /// Has a subscriber woken when it is revoked, and maybe before. Returns whether it is not revoked, and a waker that is needed no
    /// longer.
    pub(crate) fn watch(&mut self, place: Place, waker: &Waker) -> (bool, Option<Waker>) {
        let Some(member) = self.member(place).filter(|member| !member.revoked) else { return (false, None) };
        (true, member.wait(waker))
    }

    /// Whether a subscriber sees anything.
    pub(crate) fn is_there(&mut self, place: Place) -> bool {
        self.member(place).is_some_and(|member| !member.revoked)
    }

    fn member(&mut self, place: Place) -> Option<&mut groups::Member> {
        let member = self.groups.get_mut(place.group as usize)?.members.get_mut(place.member as usize)?;
        (member.serial == place.serial).then_some(member)
    }

    /// Whether there is anybody to be woken.
    pub(crate) fn has_wakers(&self) -> bool {
        self.groups.is_dirty()
    }

    /// Moves the wakers of all for whom there is something new into `wakers`.
    pub(crate) fn take_wakers(&mut self, wakers: &mut Vec<Waker>) {
        self.groups.take_wakers(wakers);
    }

    /// How many subscribers the topic has.
    pub(crate) fn presence(&self, topic: &str) -> usize {
        self.groups.members_of(topic)
    }

    /// When the first event that is kept was published.
    pub(crate) fn oldest(&self) -> Option<Instant> {
        self.log.front().map(|entry| entry.at)
    }

    /// How many events there were.
    pub(crate) fn published(&self) -> u64 {
        self.published
    }

    /// How many events, bytes, topics and subscribers there are.
    pub(crate) fn sizes(&self) -> [usize; 4] {
        let subscribers = self.groups.iter().map(groups::Group::len).sum();
        [self.log.len(), self.bytes, self.table.len(), subscribers]
    }

    /// Begins anew with an empty log. All subscriptions end; returns who waited for something.
    pub(crate) fn begin_anew(&mut self, epoch: Epoch) -> Vec<Waker> {
        let mut wakers = Vec::new();
        let groups = self.groups.clear(&mut wakers);
        *self = Self { groups, ..Self::new(epoch, self.retention) };
        wakers
    }

    /// The sequence number of the first event that is kept; of the next one if there is none.
    fn first(&self) -> u64 {
        self.next - self.log.len() as u64
    }

    fn id(&self, sequence: u64) -> Id {
        Id { epoch: self.epoch, sequence }
    }
}

/// Gives a frame its ID.
pub(crate) fn close(frame: OpenFrame, id: Id) -> EncodedFrame {
    id.with_text(|text| frame.close(EventId::new(text).unwrap_or_default()))
}
