//! Subscribers of the same topics, who mostly want the same bytes.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    task::Waker,
};

use slab::Slab;
use tidings_codec::EncodedFrame;

use crate::Topics;

/// The subscribers of one set of topics.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) topics: Topics,
    pub(super) members: Slab<Member>,
    /// The last event of these topics.
    pub(super) last: u64,
    /// The last event of these topics that is not kept.
    pub(super) evicted: u64,
    /// The piece that was read last: the next reader most likely wants the same.
    pub(super) piece: Option<Piece>,
    /// Whether there are events of which the members were not told.
    dirty: bool,
    /// How many of the members see nothing more.
    revoked: usize,
}

impl Group {
    /// How many subscribers it has that see its events.
    pub(super) fn len(&self) -> usize {
        self.members.len() - self.revoked
    }
}

/// One subscriber.
#[derive(Debug)]
pub(super) struct Member {
    /// What tells it from others that had its place before.
    pub(super) serial: u64,
    pub(super) waker: Option<Waker>,
    pub(super) revoked: bool,
}

impl Member {
    /// Has it woken when there is something for it. Returns a waker that is needed no longer.
    pub(super) fn wait(&mut self, waker: &Waker) -> Option<Waker> {
        let is_known = self.waker.as_ref().is_some_and(|known| known.will_wake(waker));
        if is_known { None } else { self.waker.replace(waker.clone()) }
    }
}

/// Events of a group in one piece.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    /// Whoever has seen everything up to `after` and not `first` can have it.
    pub(super) after: u64,
    pub(super) first: u64,
    /// What its reader has seen then.
    pub(super) upto: u64,
    /// Whether it ends because it is long, and not because there was no more.
    pub(super) full: bool,
    /// Whether it is memory of its own, and not that of a single event.
    pub(super) joined: bool,
    pub(super) frames: EncodedFrame,
}

/// All groups, and which of them want an event.
#[derive(Debug, Default)]
pub(super) struct Groups {
    places: Slab<Group>,
    by_topics: HashMap<Topics, usize>,
    index: Index,
    dirty: Vec<usize>,
    /// The groups that have got a piece of memory of its own, the last one at the end.
    joined: VecDeque<usize>,
    serials: u64,
}

impl Groups {
    /// How many groups keep a piece that was joined: those that are reading. What others had would stay for as long as they are quiet.
    const MOST_JOINED: usize = 64;

    pub(super) fn get(&self, group: usize) -> Option<&Group> {
        self.places.get(group)
    }

    pub(super) fn get_mut(&mut self, group: usize) -> Option<&mut Group> {
        self.places.get_mut(group)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Group> {
        self.places.iter().map(|(_, group)| group)
    }

    /// The group of these topics, if it has members.
    pub(super) fn find(&self, topics: &Topics) -> Option<usize> {
        self.by_topics.get(topics).copied()
    }

    /// A new group.
    pub(super) fn insert(&mut self, topics: Topics, last: u64, evicted: u64) -> usize {
        let entry = self.places.vacant_entry();
        let group = entry.key();
        self.index.insert(&topics, group);
        self.by_topics.insert(topics.clone(), group);
        entry.insert(Group { topics, members: Slab::new(), last, evicted, piece: None, dirty: false, revoked: 0 });
        group
    }

    /// Adds a member. Returns its place and its serial.
    pub(super) fn join(&mut self, group: usize) -> (usize, u64) {
        self.serials += 1;
        let member = Member { serial: self.serials, waker: None, revoked: false };
        (self.places[group].members.insert(member), self.serials)
    }

    /// Removes a member, and the group with its last one. Returns a waker that is needed no longer.
    pub(super) fn leave(&mut self, group: usize, member: usize) -> Option<Waker> {
        let left = self.places[group].members.remove(member);
        self.places[group].revoked -= usize::from(left.revoked);
        if self.places[group].members.is_empty() {
            let removed = self.places.remove(group);
            self.by_topics.remove(&removed.topics);
            self.index.remove(&removed.topics, group);
        }
        left.waker
    }

    /// Lets a member see nothing more. Returns whether it saw anything so far, and who is to be woken for it.
    pub(super) fn revoke(&mut self, group: usize, member: usize) -> (bool, Option<Waker>) {
        let group = &mut self.places[group];
        let member = &mut group.members[member];
        let saw = !std::mem::replace(&mut member.revoked, true);
        group.revoked += usize::from(saw);
        (saw, member.waker.take())
    }

    /// How many subscribers the topic has.
    pub(super) fn members_of(&self, topic: &str) -> usize {
        self.index.groups(topic).map(|group| self.places[group].len()).sum()
    }

    /// Keeps a piece for the other members of a group. One that was joined takes the place of the oldest such piece.
    pub(super) fn keep(&mut self, group: usize, piece: Piece) {
        if piece.joined {
            self.joined.retain(|other| *other != group);
            self.joined.push_back(group);
            if self.joined.len() > Self::MOST_JOINED
                && let Some(oldest) = self.joined.pop_front().and_then(|oldest| self.places.get_mut(oldest))
                && oldest.piece.as_ref().is_some_and(|piece| piece.joined)
            {
                oldest.piece = None;
            }
        }
        self.places[group].piece = Some(piece);
    }

    /// Notes an event for all who are to be told of it.
    pub(super) fn publish(&mut self, topic: &str, sequence: u64) {
        for index in self.index.groups(topic) {
            let group = &mut self.places[index];
            group.last = sequence;
            if !std::mem::replace(&mut group.dirty, true) {
                self.dirty.push(index);
            }
        }
    }

    /// Notes that an event is not kept any more.
    pub(super) fn evict(&mut self, topic: &str, sequence: u64) {
        for index in self.index.groups(topic) {
            let group = &mut self.places[index];
            group.evicted = sequence;
            // It would keep in memory what is not kept otherwise.
            if group.piece.as_ref().is_some_and(|piece| piece.first <= sequence) {
                group.piece = None;
            }
        }
    }

    /// Notes that nothing before an event is kept.
    pub(super) fn skip(&mut self, first: u64) {
        for (index, group) in &mut self.places {
            group.evicted = first - 1;
            group.piece = None;
            if !std::mem::replace(&mut group.dirty, true) {
                self.dirty.push(index);
            }
        }
    }

    /// Takes everybody out. Returns groups in which nobody is taken for one of them.
    pub(super) fn clear(&mut self, wakers: &mut Vec<Waker>) -> Self {
        for (_, group) in &mut self.places {
            wakers.extend(group.members.iter_mut().filter_map(|(_, member)| member.waker.take()));
        }
        Self { serials: self.serials, ..Self::default() }
    }

    /// Whether there is anybody to be woken.
    pub(super) fn is_dirty(&self) -> bool {
        !self.dirty.is_empty()
    }

    /// Moves the wakers of all who are to be told of events into `wakers`.
    pub(super) fn take_wakers(&mut self, wakers: &mut Vec<Waker>) {
        for index in self.dirty.drain(..) {
            // A group that has gone since, or another in its place: then somebody is woken in vain.
            if let Some(group) = self.places.get_mut(index) {
                group.dirty = false;
                wakers.extend(group.members.iter_mut().filter_map(|(_, member)| member.waker.take()));
            }
        }
    }
}

/// Which groups include a topic.
#[derive(Debug, Default)]
struct Index {
    exact: HashMap<Box<str>, Vec<usize>>,
    prefixes: HashMap<Box<str>, Vec<usize>>,
    /// How many prefixes there are of each length.
    lengths: BTreeMap<usize, usize>,
}

impl Index {
    /// The groups that include the topic, each once: a set of topics does not include one twice.
    fn groups(&self, topic: &str) -> impl Iterator<Item = usize> {
        let lengths = self.lengths.keys().take_while(|length| **length <= topic.len());
        let prefixes = lengths.filter_map(|length| self.prefixes.get(topic.get(..*length)?));
        self.exact.get(topic).into_iter().chain(prefixes).flatten().copied()
    }

    fn insert(&mut self, topics: &Topics, group: usize) {
        for name in topics.exact() {
            self.exact.entry(name.clone()).or_default().push(group);
        }
        for prefix in topics.prefixes() {
            self.prefixes.entry(prefix.clone()).or_default().push(group);
            *self.lengths.entry(prefix.len()).or_default() += 1;
        }
    }

    fn remove(&mut self, topics: &Topics, group: usize) {
        for name in topics.exact() {
            remove(&mut self.exact, name, group);
        }
        for prefix in topics.prefixes() {
            remove(&mut self.prefixes, prefix, group);
            if let Some(count) = self.lengths.get_mut(&prefix.len()) {
                *count -= 1;
                if *count == 0 {
                    self.lengths.remove(&prefix.len());
                }
            }
        }
    }
}

fn remove(index: &mut HashMap<Box<str>, Vec<usize>>, name: &str, group: usize) {
    if let Some(groups) = index.get_mut(name) {
        groups.retain(|other| *other != group);
        if groups.is_empty() {
            index.remove(name);
        }
    }
}
