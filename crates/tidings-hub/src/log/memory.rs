//! A log in memory.

use std::{
    collections::VecDeque,
    convert::Infallible,
    sync::{Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use tokio::sync::Notify;

use super::{Appended, Bounds, Kept, Log, Read, Record};
use crate::{Epoch, Id};

/// A log in memory, which several hubs of one program can follow: to test what is made for several machines.
///
/// A [`Hub`](crate::Hub) needs none: it has its own, and is faster.
#[derive(Debug)]
pub struct MemoryLog {
    state: Mutex<State>,
    appended: Notify,
    keep_events: usize,
}

#[derive(Debug)]
struct State {
    epoch: Epoch,
    next: u64,
    events: VecDeque<Kept>,
}

impl MemoryLog {
    /// An empty log, which keeps the last so many events.
    pub fn new(keep_events: usize) -> Self {
        let state = State { epoch: Epoch::random(), next: 1, events: VecDeque::new() };
        Self { state: Mutex::new(state), appended: Notify::new(), keep_events }
    }

    /// Forgets everything and begins anew, as a broker does whose disk was replaced.
    pub fn restart(&self) {
        *self.lock() = State { epoch: Epoch::random(), next: 1, events: VecDeque::new() };
        self.appended.notify_waiters();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn append(&mut self, record: Record) -> Appended {
        let known = record.key.as_ref().and_then(|key| {
            let mut events = self.events.iter();
            events.find(|event| event.record.key.as_ref() == Some(key))
        });
        let (sequence, is_new) = known.map_or((self.next, true), |event| (event.sequence, false));
        if is_new {
            self.events.push_back(Kept { sequence, at: SystemTime::now(), record });
            self.next += 1;
        }
        Appended { id: Id { epoch: self.epoch, sequence }, is_new }
    }

    fn read(&self, after: Id, bytes: usize) -> Read {
        if after.epoch != self.epoch {
            return Read::OtherEpoch;
        }
        let mut left = Some(bytes);
        let from = self.events.partition_point(|event| event.sequence <= after.sequence);
        let events = self.events.range(from..).take_while(|event| {
            let enough = left.is_none();
            left = left.and_then(|left| left.checked_sub(event.record.frame.as_bytes().len().max(1)));
            !enough
        });
        Read::Events(events.cloned().collect())
    }
}

impl Log for MemoryLog {
    type Error = Infallible;

    async fn append(&self, records: Vec<Record>) -> Result<Vec<Appended>, Infallible> {
        let mut state = self.lock();
        let appended = records.into_iter().map(|record| {
            let appended = state.append(record);
            while state.events.len() > self.keep_events {
                state.events.pop_front();
            }
            appended
        });
        let appended = appended.collect();
        drop(state);
        self.appended.notify_waiters();
        Ok(appended)
    }

    async fn read(&self, after: Id, bytes: usize) -> Result<Read, Infallible> {
        Ok(self.lock().read(after, bytes))
    }

    async fn tail(&self, after: Id, bytes: usize) -> Result<Read, Infallible> {
        loop {
            // Before looking, so that what is appended meanwhile is noticed.
            let appended = self.appended.notified();
            match self.lock().read(after, bytes) {
                Read::Events(events) if events.is_empty() => {}
                read => return Ok(read),
            }
            appended.await;
        }
    }

    async fn bounds(&self) -> Result<Bounds, Infallible> {
        let State { epoch, next, ref events } = *self.lock();
        Ok(Bounds { epoch, first: next - events.len() as u64, next })
    }
}
