//! What a log has to do so that hubs can follow it: a store on disk, a broker for several machines.
//!
//! A [`LogHub`](crate::LogHub) appends to a log and follows its tail; what it sends to its subscribers is what it has read there. So all
//! hubs that follow one log, on whatever machine, give the same events the same IDs, in the same order.
//!
//! [`MemoryLog`] is the smallest implementation, and the feature `conformance` has tests for any other.

#[cfg(feature = "conformance")]
pub mod conformance;
#[cfg(feature = "tokio")]
mod memory;

use std::{error::Error, future::Future, time::SystemTime};

#[cfg(feature = "tokio")]
pub use memory::MemoryLog;
use tidings_codec::OpenFrame;

use crate::{Epoch, Id};

/// Where events are kept in one order.
///
/// # The contract
///
/// 1. The events of a log are numbered from 1 without holes, in the order in which they were appended. What was read once is read the
///    same for as long as it is kept.
/// 2. When [`append`](Self::append) returns an ID, the event is as safe as the log makes events, and whoever calls
///    [`bounds`](Self::bounds), [`read`](Self::read) or [`tail`](Self::tail) from then on finds it.
/// 3. Events go only from the front: what is kept is always everything from [`Bounds::first`] on.
/// 4. A log that cannot keep to this, because it was emptied or has lost its end, takes another [`Epoch`] and begins with 1.
///
/// All methods may be called at once from many tasks, and their futures dropped at any time. A dropped `append` may have
/// happened or not, but never for some of a record.
///
/// An error means that the log cannot be reached now: hubs try again, and their subscribers see a pause. A method that waits for
/// a broker should give up at some time, so that they can say why.
pub trait Log: Send + Sync + 'static {
    /// Why the log cannot be reached.
    type Error: Error + Send + Sync + 'static;

    /// Appends some records, in this order; events of others may come to lie between them. Returns what became of each.
    ///
    /// A record whose key a kept event has is not appended, and the answer for it is that event. Of several records with one key
    /// the first is appended.
    ///
    /// # Errors
    ///
    /// If the log cannot be reached. Then it is not known which of the records were appended: those that have a key can
    /// be appended again without harm.
    fn append(&self, records: Vec<Record>) -> impl Future<Output = Result<Vec<Appended>, Self::Error>> + Send;

    /// Reads kept events after one, in order and without holes: at least one if there is any, and about as many as `bytes`
    /// bytes have. If events after it are not kept any more, it begins with the first that is.
    ///
    /// # Errors
    ///
    /// If the log cannot be reached.
    fn read(&self, after: Id, bytes: usize) -> impl Future<Output = Result<Read, Self::Error>> + Send;

    /// As [`read`](Self::read), but waits until there is an event after `after`, or the epoch is another.
    ///
    /// # Errors
    ///
    /// If the log cannot be reached.
    fn tail(&self, after: Id, bytes: usize) -> impl Future<Output = Result<Read, Self::Error>> + Send;

    /// What the log has now.
    ///
    /// # Errors
    ///
    /// If the log cannot be reached.
    fn bounds(&self) -> impl Future<Output = Result<Bounds, Self::Error>> + Send;
}

/// An event that is to be appended to a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its topics, at least one.
    pub topics: Vec<String>,
    /// The publisher's key, by which it is appended only once.
    pub key: Option<String>,
    /// What is sent, without the ID.
    pub frame: OpenFrame,
}

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The ID of the event: that of the earlier one, if it is not new.
    pub id: Id,
    /// Whether it was appended now, and not before.
    pub is_new: bool,
}

/// What there was to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    /// Events, in order and without holes; none if nothing is later.
    Events(Vec<Kept>),
    /// The log is of another epoch than the ID.
    OtherEpoch,
}

/// An event of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Which one it is.
    pub sequence: u64,
    /// When it was appended, by the clock of the log.
    pub at: SystemTime,
    /// What was appended. The key may be left out.
    pub record: Record,
}

/// Which events a log has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// What tells this log from others, and from what it was before it lost its past.
    pub epoch: Epoch,
    /// The first event that is kept; if none is, the next.
    pub first: u64,
    /// The event that will be appended next: 1 at first.
    pub next: u64,
}

#[cfg(feature = "tokio")]
impl Bounds {
    /// The same as they can be: numbers begin with 1, and no event is kept that is still to come. A log that says otherwise is at
    /// fault, and must not lead to a panic.
    pub(crate) fn in_order(self) -> Self {
        let next = self.next.max(1);
        Self { first: self.first.clamp(1, next), next, ..self }
    }
}
