//! `sse-core`: its decoder without IO, which takes any buffer.

use sse_core::{SseDecoder, SseEvent};

use super::{Engine, Tally};
use crate::feed::Feed;
use crate::measure::Error;

pub const ENGINE: Engine = Engine::peer("sse-core 0.2.3", run);

fn run(feed: Feed) -> Result<Tally, Error> {
    let mut tally = Tally::default();
    let mut decoder = SseDecoder::new();
    for mut chunk in feed {
        while let Some(event) = decoder.next(&mut chunk) {
            if let SseEvent::Message(event) = event? {
                tally.add(&event, &event.data);
            }
        }
    }
    Ok(tally)
}
