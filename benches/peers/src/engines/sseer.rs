//! `sseer`: slices of the chunks.

use sseer::event_stream::EventStream;

use super::{Engine, Tally, drain};
use crate::feed::Feed;
use crate::measure::Error;

pub const ENGINE: Engine = Engine::peer("sseer 0.3.1", run);

fn run(feed: Feed) -> Result<Tally, Error> {
    let mut tally = Tally::default();
    drain(EventStream::new(feed), |event| {
        let event = event?;
        tally.add(&event, &event.data);
        Ok(())
    })?;
    Ok(tally)
}
