//! The source's texts as what bare streams and our bodies take.

use std::{borrow::Cow, convert::Infallible};

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use tidings_axum::{BoxError, Chunk, Frame, IntoFrames};

use crate::source::{ENCODED, Scenario, Text};

/// A stream of encoded events. Those that are always the same are encoded already.
pub fn bare(scenario: Scenario, count: u64) -> impl Stream<Item = Result<Bytes, Infallible>> + Send + Sync + 'static {
    scenario.source(count).map(|text| {
        Ok(match text {
            Cow::Borrowed(_) => Bytes::from_static(ENCODED.as_bytes()),
            Cow::Owned(text) => format!("data: {text}\n\n").into(),
        })
    })
}

/// A source for our bodies: one type for all three adapters.
pub fn events(scenario: Scenario, count: u64) -> impl Stream<Item = Event> + Send + Sync + 'static {
    scenario.source(count).map(Event)
}

/// An event of a program that has its own type for them.
pub struct Event(Text);

impl IntoFrames for Event {
    fn write_to(self, chunk: &mut Chunk) -> Result<(), BoxError> {
        chunk.push(Frame::event(&self.0));
        Ok(())
    }
}
