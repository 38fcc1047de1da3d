//! What encoding cannot be faster than: dropping the input, and copying the output.

use std::hint::black_box;

use super::{Batch, Encoder, Role, Sink};
use crate::measure::Error;

/// Drops the events, if they are its own, and writes nothing.
pub const DROP: Encoder =
    Encoder { name: "limit: drop inputs only", surface: "limit", role: Role::Limit, writes: false, run: drop_only };

/// Copies each encoded event into one buffer, and drops the event likewise.
pub const MEMCPY: Encoder =
    Encoder { name: "limit: memcpy", surface: "limit", role: Role::Limit, writes: true, run: memcpy };

fn drop_only(batch: Batch<'_>, _: &mut Sink) -> Result<(), Error> {
    for event in batch.events.lent() {
        black_box(&event);
    }
    Ok(())
}

fn memcpy(batch: Batch<'_>, sink: &mut Sink) -> Result<(), Error> {
    let mut buffer = Vec::new();
    for (event, encoded) in batch.events.lent().zip(batch.encoded) {
        black_box(&event);
        buffer.clear();
        buffer.extend_from_slice(encoded);
        sink.accept(&buffer);
    }
    Ok(())
}
