//! `warp`: what its reply does with each event, which is `to_string` and a body chunk of that string.

use bytes::Bytes;
use warp::sse::Event;

use super::{Batch, Encoder, Sink};
use crate::measure::Error;

pub const ENCODER: Encoder = Encoder::peer("warp 0.4.3", "shared", run);

fn run(batch: Batch<'_>, sink: &mut Sink) -> Result<(), Error> {
    for event in batch.events.owned() {
        let mut encoded = Event::default().data(event.data);
        if let Some(event_type) = event.event_type {
            encoded = encoded.event(event_type);
        }
        if let Some(id) = event.id {
            encoded = encoded.id(id);
        }
        sink.accept(&Bytes::from(encoded.to_string()));
    }
    Ok(())
}
