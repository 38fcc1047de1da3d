//! `russe`: a codec of `tokio-util`, into a buffer that is cleared as a framed writer flushes it.

use bytes::BytesMut;
use russe::{Encoder as Codec, Event, Message};
use tokio_util::codec::Encoder as _;

use super::{Batch, Encoder, Sink};
use crate::measure::Error;

pub const ENCODER: Encoder = Encoder::peer("russe 0.3.1", "reused", run);

fn run(batch: Batch<'_>, sink: &mut Sink) -> Result<(), Error> {
    let mut codec = Codec::default();
    let mut buffer = BytesMut::new();
    for event in batch.events.owned() {
        let message = Message {
            data: event.data.into(),
            event: event.event_type.map(Into::into),
            retry: None,
            id: event.id.map(Into::into),
        };
        buffer.clear();
        codec.encode(Event::Message(message), &mut buffer)?;
        sink.accept(&buffer);
    }
    Ok(())
}
