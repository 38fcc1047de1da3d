//! `eventsrc`: slices of the chunks.

use eventsrc::EventStream;

use super::{Engine, Tally, drain};
use crate::feed::Feed;
use crate::measure::Error;

pub const ENGINE: Engine = Engine::peer("eventsrc 0.0.2", run);

fn run(feed: Feed) -> Result<Tally, Error> {
    let mut tally = Tally::default();
    drain(EventStream::new(feed), |event| {
        let event = event?;
        tally.add(&event, event.data());
        Ok(())
    })?;
    Ok(tally)
}
