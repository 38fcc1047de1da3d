//! Where subscribers begin.

/// Where a subscriber begins.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Start {
    /// With what is published from now on.
    Live,
    /// With the first event that is kept.
    Earliest,
    /// With the last so many events of its topics that are kept. Of a hub over a log: that are in its window, the part of the log that the
    /// hub keeps in memory.
    Last(usize),
    /// After the event with this ID: a client's last event ID. Every kept event after it comes once, in order; if any that it
    /// should have got is not kept, or if the ID is not one of this hub's, a [gap](crate::GAP) comes first.
    After(String),
}

impl Start {
    /// After the last event ID of a client that comes back, if it has one; else where a `new` one begins.
    ///
    /// # Examples
    ///
    /// ```
    /// use tidings_hub::Start;
    ///
    /// assert_eq!(Start::after_or(Some("k3x9q2ma-41"), Start::Live), Start::After("k3x9q2ma-41".to_owned()));
    /// assert_eq!(Start::after_or(None, Start::Last(50)), Start::Last(50));
    /// ```
    pub fn after_or(last_event_id: Option<&str>, new: Self) -> Self {
        last_event_id.map_or(new, |id| Self::After(id.to_owned()))
    }
}
