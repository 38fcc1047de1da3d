//! `sse-stream` 0.3: one `Bytes` for each event.

use sse_stream::Sse;

use super::{Batch, Encoder, Sink};
use crate::measure::Error;

pub const ENCODER: Encoder = Encoder::peer("sse-stream 0.3.0", "shared", run);

fn run(batch: Batch<'_>, sink: &mut Sink) -> Result<(), Error> {
    for event in batch.events.owned() {
        let block = Sse { event: event.event_type, data: Some(event.data), id: event.id, retry: None };
        sink.accept(&block.encode()?);
    }
    Ok(())
}
