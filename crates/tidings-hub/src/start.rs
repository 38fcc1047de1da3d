//! Where subscribers begin.

/// Where a subscriber begins.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Start {
    /// With what is published from now on.
    Live,
    /// With the first event that is kept.
    Earliest,
    /// With the last so many events of its topics that are kept.
    Last(usize),
    /// After the event with this ID: a client's last event ID. Every kept event after it comes once, in order; if any that it
    /// should have got is not kept, or if the ID is not one of this hub's, a [gap](crate::GAP) comes first.
    After(String),
}
