//! What keeps an event from being published twice.

use std::hash::{BuildHasher as _, Hash as _, Hasher as _, RandomState};

/// Makes the hub's keys of the IDs that publishers choose.
///
/// The hub's keys are those of all topics, and have a limit. Publishers count by themselves, each for its own topics: so a key is
/// made of these and the ID. It is a hash of 128 bits with secret random numbers, so nobody can find two that are the same.
#[derive(Default)]
pub(super) struct Keys([RandomState; 2]);

impl Keys {
    /// The key of an event of these topics, in any order, and this ID.
    pub(super) fn key(&self, topics: &[&str], id: &str) -> String {
        let mut topics = topics.to_vec();
        topics.sort_unstable();
        topics.dedup();
        let [first, second] = self.0.each_ref().map(|state| {
            let mut hasher = state.build_hasher();
            // With its length, so that no topic is taken for an ID.
            topics.hash(&mut hasher);
            id.hash(&mut hasher);
            hasher.finish()
        });
        format!("{first:016x}{second:016x}")
    }
}
