//! What is known of each topic.

use std::{
    collections::{BTreeMap, VecDeque},
    ops::Bound,
    sync::Arc,
};

use slab::Slab;

use crate::Topics;

/// One topic: which of its events are kept, and which was the last that is not.
#[derive(Debug)]
pub(super) struct Topic {
    pub(super) name: Arc<str>,
    pub(super) kept: VecDeque<u64>,
    pub(super) evicted: u64,
}

/// The topics that have events, or had some.
#[derive(Debug, Default)]
pub(super) struct Table {
    by_name: BTreeMap<Arc<str>, usize>,
    topics: Slab<Topic>,
    /// Topics without events, with the last they had, in the order in which they lost it.
    empty: VecDeque<(u64, usize)>,
    /// All that is known of topics which are not in the table: they have lost nothing after this.
    forgotten: u64,
}

impl Table {
    /// How many topics without events are remembered.
    const MOST_EMPTY: usize = 16 * 1024;

    /// A table that begins with the event of this number.
    pub(super) fn knowing_nothing_before(first: u64) -> Self {
        Self { forgotten: first - 1, ..Self::default() }
    }

    pub(super) fn get(&self, topic: usize) -> &Topic {
        &self.topics[topic]
    }

    pub(super) fn len(&self) -> usize {
        self.topics.len()
    }

    /// The topic of this name got an event. Returns which one it is.
    pub(super) fn publish(&mut self, name: &str, sequence: u64) -> usize {
        let topic = match self.by_name.get(name) {
            Some(topic) => *topic,
            None => self.insert(name),
        };
        self.topics[topic].kept.push_back(sequence);
        topic
    }

    fn insert(&mut self, name: &str) -> usize {
        let name: Arc<str> = name.into();
        let topic = Topic { name: Arc::clone(&name), kept: VecDeque::new(), evicted: self.forgotten };
        let topic = self.topics.insert(topic);
        self.by_name.insert(name, topic);
        topic
    }

    /// The topic lost its first event.
    pub(super) fn evict(&mut self, topic: usize) {
        let entry = &mut self.topics[topic];
        if let Some(sequence) = entry.kept.pop_front() {
            entry.evicted = sequence;
            if entry.kept.is_empty() {
                entry.kept = VecDeque::new();
                self.empty.push_back((sequence, topic));
                self.forget();
            }
        }
    }

    /// Forgets the topics that have been empty for longest.
    fn forget(&mut self) {
        while self.empty.len() > Self::MOST_EMPTY {
            let Some((sequence, topic)) = self.empty.pop_front() else { return };
            if self.topics.get(topic).is_some_and(|topic| topic.kept.is_empty() && topic.evicted == sequence) {
                let topic = self.topics.remove(topic);
                self.by_name.remove(&topic.name);
                self.forgotten = sequence;
            }
        }
    }

    /// The topics in the table that are included. Not for all topics, of which there is an easier way to know.
    pub(super) fn included<'a>(&'a self, topics: &'a Topics) -> impl Iterator<Item = usize> + 'a {
        let exact = topics.exact().iter().filter_map(|name| self.by_name.get(&**name));
        let prefixed = topics.prefixes().iter().flat_map(|prefix| {
            let from: (Bound<&str>, Bound<&str>) = (Bound::Included(prefix), Bound::Unbounded);
            self.by_name
                .range::<str, _>(from)
                .take_while(move |(name, _)| name.starts_with(&**prefix))
                .map(|(_, topic)| topic)
        });
        exact.chain(prefixed).copied()
    }

    /// The last event of the included topics that is not kept; or, if it was of a topic that is forgotten, a later one.
    pub(super) fn last_evicted(&self, topics: &Topics) -> u64 {
        let known = self.included(topics).map(|topic| self.topics[topic].evicted).max().unwrap_or(0);
        let some_unknown =
            !topics.prefixes().is_empty() || topics.exact().iter().any(|name| !self.by_name.contains_key(&**name));
        if some_unknown { known.max(self.forgotten) } else { known }
    }

    /// The last event of the included topics.
    pub(super) fn last_kept(&self, topics: &Topics) -> u64 {
        self.included(topics).filter_map(|topic| self.topics[topic].kept.back().copied()).max().unwrap_or(0)
    }
}
