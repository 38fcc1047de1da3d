//! The encoders, one file each, and what they have in common.
//!
//! Every encoder gets a batch of events, its own or borrowed, and shows the bytes of each one to a [`Sink`] before the next.
//! Two surfaces are told apart: `reused` writes every event into one buffer that is cleared in between, as a server
//! does that writes to a socket; `shared` makes an allocation of its own for each event, as a body of hyper needs it
//! and as a hub hands it to many subscribers.

mod actix_web_lab;
mod axum;
mod limits;
mod russe;
mod sse_stream;
mod tidings;
mod warp;

use std::borrow::Cow;
use std::hint::black_box;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::Stream;

use crate::corpora::Event;
use crate::measure::Error;

pub use crate::engines::Role;

/// One row of the table.
pub struct Encoder {
    /// Crate and version.
    pub name: &'static str,
    /// `reused` or `shared`, or `limit`.
    pub surface: &'static str,
    /// Its role.
    pub role: Role,
    /// Whether an event stream comes out.
    pub writes: bool,
    /// Encodes the batch, and drops it if it is its own.
    pub run: fn(Batch<'_>, &mut Sink) -> Result<(), Error>,
}

impl Encoder {
    const fn peer(
        name: &'static str,
        surface: &'static str,
        run: fn(Batch<'_>, &mut Sink) -> Result<(), Error>,
    ) -> Self {
        Self { name, surface, role: Role::Peer, writes: true, run }
    }
}

/// All encoders, in the order of the table.
pub const ALL: &[Encoder] = &[
    limits::DROP,
    limits::MEMCPY,
    tidings::REUSED,
    tidings::SHARED,
    russe::ENCODER,
    sse_stream::ENCODER,
    actix_web_lab::ENCODER,
    axum::ENCODER,
    warp::ENCODER,
];

/// What there is to encode.
pub struct Batch<'a> {
    /// The events.
    pub events: Events,
    /// The same events encoded, for the limit that copies them.
    pub encoded: &'a [Bytes],
}

/// The events of a batch.
pub enum Events {
    /// Freshly cloned, to be dropped: what somebody has who made the text for this one event.
    Owned(Vec<Event>),
    /// To stay where they are: what somebody has whose text serves other purposes too. Static, since the bodies of axum and
    /// actix-web take nothing else.
    Borrowed(&'static [Event]),
}

impl Events {
    /// For an encoder that has to own its text: what is borrowed is cloned, one event after the other.
    pub fn owned(self) -> impl Iterator<Item = Event> {
        self.lent().map(Cow::into_owned)
    }

    /// For one that borrows its text.
    pub fn lent(self) -> impl Iterator<Item = Cow<'static, Event>> {
        let (owned, borrowed) = match self {
            Self::Owned(events) => (events, &[][..]),
            Self::Borrowed(events) => (Vec::new(), events),
        };
        owned.into_iter().map(Cow::Owned).chain(borrowed.iter().map(Cow::Borrowed))
    }
}

/// Where encoded events go: they are counted, and kept only to be verified.
#[derive(Default)]
pub struct Sink {
    bytes: u64,
    collected: Option<Vec<u8>>,
}

impl Sink {
    /// One that keeps what it gets.
    pub fn collecting() -> Self {
        Self { bytes: 0, collected: Some(Vec::new()) }
    }

    /// Takes one encoded event.
    #[inline]
    pub fn accept(&mut self, encoded: &[u8]) {
        self.bytes += black_box(encoded).len() as u64;
        if let Some(collected) = &mut self.collected {
            collected.extend_from_slice(encoded);
        }
    }

    /// Number of bytes taken.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The bytes themselves.
    pub fn collected(&self) -> &[u8] {
        self.collected.as_deref().unwrap_or_default()
    }
}

/// An iterator as a stream that is always ready.
struct Always<I>(I);

impl<I: Iterator + Unpin> Stream for Always<I> {
    type Item = I::Item;

    #[inline]
    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<I::Item>> {
        Poll::Ready(self.0.next())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names in the table say what the lock file says.
    #[test]
    fn names_are_the_pinned_versions() {
        let manifest = include_str!("../../Cargo.toml");
        for encoder in ALL.iter().filter(|encoder| encoder.role == Role::Peer) {
            let (name, version) = encoder.name.split_once(' ').expect("name and version");
            let pinned = manifest
                .lines()
                .any(|line| line.starts_with(&format!("{name} = ")) && line.contains(&format!("\"={version}\"")));
            assert!(pinned, "{}", encoder.name);
        }
    }
}
