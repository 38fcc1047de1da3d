//! Ours: both surfaces of `tidings-codec`.

use tidings_codec::{BytesDecoder, Decoder, Item, OwnedItem};

use super::{Engine, Role, Tally, decoded};
use crate::feed::Feed;
use crate::measure::Error;

pub const BORROWED: Engine =
    Engine { name: "tidings borrowed", surface: "borrowed", role: Role::Ours, run: borrowed, expected: decoded };

pub const OWNED: Engine =
    Engine { name: "tidings owned", surface: "owned", role: Role::Ours, run: owned, expected: decoded };

fn borrowed(feed: Feed) -> Result<Tally, Error> {
    let mut tally = Tally::default();
    let mut decoder = Decoder::new();
    for chunk in feed {
        let mut items = decoder.feed(&chunk);
        while let Some(item) = items.next()? {
            if let Item::Event(event) = item {
                // All of its fields, as who reads it would: not the struct, which nobody needs in memory.
                tally.add(&(event.event_type, event.data, event.last_event_id), event.data);
            }
        }
    }
    Ok(tally)
}

fn owned(feed: Feed) -> Result<Tally, Error> {
    let mut tally = Tally::default();
    let mut decoder = BytesDecoder::new();
    for chunk in feed {
        decoder.push(chunk);
        for item in &mut decoder {
            if let OwnedItem::Event(event) = &item? {
                tally.add(event, event.data());
            }
        }
    }
    Ok(tally)
}
