//! `sse-stream` 0.3: its stream over chunks, which is what its authors prefer to the one over bodies.

use sse_stream::SseByteStream;

use super::{Engine, Tally, drain};
use crate::feed::Feed;
use crate::measure::Error;

pub const ENGINE: Engine = Engine::peer("sse-stream 0.3.0", run);

fn run(feed: Feed) -> Result<Tally, Error> {
    let mut tally = Tally::default();
    drain(SseByteStream::new(feed), |event| {
        let event = event?;
        tally.add(&event, event.data.as_deref().unwrap_or_default());
        Ok(())
    })?;
    Ok(tally)
}
