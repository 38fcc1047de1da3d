//! The decoders as functions from chunks to an outcome, for comparison with the naive one. Shared with the fuzz targets.

// Each test uses some of it.
#![allow(dead_code)]

use tidings_codec::{BytesDecoder, DecodeError, Decoder, DecoderOptions, EventId, Item, OwnedItem};
use tidings_testkit::{self as testkit, Options, Outcome, TooLarge};

/// A way to decode a whole stream.
pub(crate) type Surface = fn(&[Vec<u8>], &Options) -> Outcome;

/// Both surfaces of the codec.
pub(crate) const SURFACES: [(&str, Surface); 2] = [("borrowed", borrowed), ("owned", owned)];

/// Decodes with the borrowed surface.
pub(crate) fn borrowed(chunks: &[Vec<u8>], options: &Options) -> Outcome {
    decode_with(&mut Decoder::with_options(decoder_options(options)), chunks)
}

/// Decodes one stream with a decoder for which it is the first, or which was reset.
pub(crate) fn decode_with(decoder: &mut Decoder, chunks: &[Vec<u8>]) -> Outcome {
    let mut outcome = Outcome::default();
    'chunks: for chunk in chunks {
        let mut items = decoder.feed(chunk);
        loop {
            match items.next() {
                Ok(Some(item)) => outcome.items.push(plain(item)),
                Ok(None) => break,
                Err(error) => {
                    outcome.error = Some(too_large(error));
                    break 'chunks;
                }
            }
        }
    }
    decoder.last_event_id().clone_into(&mut outcome.last_event_id);
    outcome.reconnection_time = decoder.reconnection_time().map(|time| time.as_millis() as u64);
    outcome
}

/// Decodes with the owned surface.
pub(crate) fn owned(chunks: &[Vec<u8>], options: &Options) -> Outcome {
    let mut decoder = BytesDecoder::with_options(decoder_options(options));
    let mut outcome = Outcome::default();
    'chunks: for chunk in chunks {
        decoder.push(chunk.clone().into());
        for item in &mut decoder {
            match item {
                Ok(item) => outcome.items.push(plain_owned(&item)),
                Err(error) => {
                    outcome.error = Some(too_large(error));
                    break 'chunks;
                }
            }
        }
    }
    decoder.last_event_id().clone_into(&mut outcome.last_event_id);
    outcome.reconnection_time = decoder.reconnection_time().map(|time| time.as_millis() as u64);
    outcome
}

/// The options of the naive decoder as those of the codec.
pub(crate) fn decoder_options(options: &Options) -> DecoderOptions {
    DecoderOptions::new()
        .max_event_bytes(options.max_event_bytes)
        .comments(options.comments)
        .last_event_id(EventId::new(&options.last_event_id).expect("the options of a test hold a valid ID"))
}

fn plain(item: Item<'_>) -> testkit::Item {
    match item {
        Item::Event(event) => testkit::Item::Event {
            event_type: event.event_type.to_owned(),
            data: event.data.to_owned(),
            last_event_id: event.last_event_id.to_owned(),
        },
        Item::ReconnectionTime(time) => testkit::Item::ReconnectionTime(time.as_millis() as u64),
        Item::Comment(text) => testkit::Item::Comment(text.to_owned()),
        other => panic!("an item the tests do not know: {other:?}"),
    }
}

fn plain_owned(item: &OwnedItem) -> testkit::Item {
    match item {
        OwnedItem::Event(event) => testkit::Item::Event {
            event_type: event.event_type().to_owned(),
            data: event.data().to_owned(),
            last_event_id: event.last_event_id().to_owned(),
        },
        OwnedItem::ReconnectionTime(time) => testkit::Item::ReconnectionTime(time.as_millis() as u64),
        OwnedItem::Comment(text) => testkit::Item::Comment(text.clone()),
        other => panic!("an item the tests do not know: {other:?}"),
    }
}

fn too_large(error: DecodeError) -> TooLarge {
    TooLarge { position: error.position() }
}
