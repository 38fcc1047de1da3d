//! Ours: into a buffer that is reused, and into one shared frame for each event.

use tidings_codec::{EventId, EventType, Frame};

use super::{Batch, Encoder, Role, Sink};
use crate::corpora::Event;
use crate::measure::Error;

pub const REUSED: Encoder =
    Encoder { name: "tidings reused buffer", surface: "reused", role: Role::Ours, writes: true, run: reused };

pub const SHARED: Encoder =
    Encoder { name: "tidings shared", surface: "shared", role: Role::Ours, writes: true, run: shared };

/// The frame of an event, its type and its ID checked as they would be if they came from outside.
macro_rules! frame {
    ($event:expr) => {{
        let event: &Event = $event;
        let mut frame = Frame::event(event.data.as_str());
        if let Some(event_type) = event.event_type.as_deref() {
            frame = frame.event_type(EventType::new(event_type)?);
        }
        if let Some(id) = event.id.as_deref() {
            frame = frame.id(EventId::new(id)?);
        }
        frame
    }};
}

fn reused(batch: Batch<'_>, sink: &mut Sink) -> Result<(), Error> {
    let mut buffer = Vec::new();
    for event in batch.events.lent() {
        buffer.clear();
        frame!(&event).encode_into(&mut buffer);
        sink.accept(&buffer);
    }
    Ok(())
}

fn shared(batch: Batch<'_>, sink: &mut Sink) -> Result<(), Error> {
    for event in batch.events.lent() {
        let encoded = frame!(&event).encode();
        sink.accept(encoded.as_ref());
    }
    Ok(())
}
