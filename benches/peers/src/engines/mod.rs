//! The decoders, one file each, and what they have in common.
//!
//! Every engine gets the same [`Feed`], makes whatever it calls an event out of it, looks at it through
//! [`Tally::add`] and drops it before it asks for the next one. Engines that are fed by hand (codecs) get the copy into
//! their buffer that a framed reader would make.

mod eventsource_client;
mod eventsource_stream;
mod eventsrc;
mod sse_codec;
mod sse_core;
mod sse_stream;
mod sseer;
mod tidings;

use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use futures_util::Stream;

use crate::corpora::Corpus;
use crate::feed::Feed;
use crate::limits;
use crate::measure::Error;

/// What role an engine has in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Not a decoder: what the machine can do.
    Limit,
    /// Ours.
    Ours,
    /// Somebody else's.
    Peer,
}

/// One row of the table.
pub struct Engine {
    /// Crate and version.
    pub name: &'static str,
    /// `borrowed` or `owned` for a decoder, `limit` else.
    pub surface: &'static str,
    /// Its role.
    pub role: Role,
    /// Decodes everything that the feed has.
    pub run: fn(Feed) -> Result<Tally, Error>,
    /// What `run` has to return for one pass over the corpus.
    pub expected: fn(&Corpus) -> Tally,
}

impl Engine {
    const fn peer(name: &'static str, run: fn(Feed) -> Result<Tally, Error>) -> Self {
        Self { name, surface: "owned", role: Role::Peer, run, expected: decoded }
    }
}

/// All engines, in the order of the table.
pub const ALL: &[Engine] = &[
    limits::SCAN,
    limits::BITMASK,
    limits::MEMCPY,
    tidings::BORROWED,
    tidings::OWNED,
    sse_core::ENGINE,
    sse_stream::ENGINE,
    eventsrc::ENGINE,
    sseer::ENGINE,
    sse_codec::ENGINE,
    eventsource_client::ENGINE,
    eventsource_stream::ENGINE,
];

/// What an engine saw: compared with what the corpus is known to hold after every run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Events, or what a limit counts instead.
    pub events: u64,
    /// Bytes of data, or what a limit counts instead.
    pub bytes: u64,
}

impl Tally {
    /// Counts one event. The event itself is shown to the optimiser, so that no field of it can be left out.
    #[inline]
    pub fn add<E>(&mut self, event: &E, data: &str) {
        black_box(event);
        self.events += 1;
        self.bytes += data.len() as u64;
    }

    /// The tally of `passes` passes.
    pub fn times(self, passes: usize) -> Self {
        Self { events: self.events * passes as u64, bytes: self.bytes * passes as u64 }
    }
}

/// What a decoder has to see.
pub fn decoded(corpus: &Corpus) -> Tally {
    Tally { events: corpus.events, bytes: corpus.data_bytes }
}

/// Takes everything out of a stream that is always ready, which needs no executor.
fn drain<S: Stream>(stream: S, mut each: impl FnMut(S::Item) -> Result<(), Error>) -> Result<(), Error> {
    let mut stream = pin!(stream);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        match stream.as_mut().poll_next(&mut context) {
            Poll::Ready(Some(item)) => each(item)?,
            Poll::Ready(None) => return Ok(()),
            Poll::Pending => return Err("it waits although its input is ready".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpora::Kind;

    /// The names in the table say what the lock file says.
    #[test]
    fn names_are_the_pinned_versions() {
        let manifest = include_str!("../../Cargo.toml");
        for engine in ALL.iter().filter(|engine| engine.role == Role::Peer) {
            let (name, version) = engine.name.split_once(' ').expect("name and version");
            let pinned = manifest
                .lines()
                .any(|line| line.starts_with(&format!("{name} = ")) && line.contains(&format!("\"={version}\"")));
            assert!(pinned, "{}", engine.name);
        }
    }

    #[test]
    fn every_engine_sees_every_event() {
        for kind in [Kind::Llm, Kind::Named, Kind::Big, Kind::Multi, Kind::Crlf, Kind::Cjk] {
            let corpus = Corpus::new(kind, 64 * 1024);
            for chunk in [61, 1024, 16384] {
                for engine in ALL {
                    let seen = (engine.run)(Feed::new(&corpus.wire, chunk, 2))
                        .unwrap_or_else(|error| panic!("{}: {error}", engine.name));
                    let expected = (engine.expected)(&corpus).times(2);
                    assert_eq!(seen, expected, "{} {kind:?} {chunk}", engine.name);
                }
            }
        }
    }
}
