//! However the stream is cut, whichever surface and kernel reads it, and whatever was read before: decoding gives what the
//! naive decoder gives.

#![no_main]

#[path = "../../crates/tidings-codec/tests/common/mod.rs"]
mod common;

use libfuzzer_sys::fuzz_target;
use tidings_codec::fuzzing;
use tidings_testkit::{Cut, Options, assert_outcome, chunks, naive};

fuzz_target!(|input: &[u8]| {
    // The seeds begin with these bytes too: see the example `fuzz-seeds` of the testkit.
    let Some((&[limit, comments, id, cut], stream)) = input.split_first_chunk() else { return };
    let options = Options {
        max_event_bytes: usize::from(limit).checked_sub(1).unwrap_or(usize::MAX),
        comments: comments % 2 == 0,
        last_event_id: ["", "7", "longer than what is stored in place"][usize::from(id) % 3].to_owned(),
    };
    let expected = naive::decode(stream, &options);
    let cut = cut_by(cut, stream);

    for (surface, decode) in common::SURFACES {
        assert_outcome(&format!("{surface}, {}", cut.label), &decode(&cut.chunks, &options), &expected);
    }
    // After a reset the last event ID and the reconnection time are those of the stream before.
    let mut again =
        naive::decode(stream, &Options { last_event_id: expected.last_event_id.clone(), ..options.clone() });
    again.reconnection_time = again.reconnection_time.or(expected.reconnection_time);
    for (kernel, name) in fuzzing::kernels().into_iter().enumerate() {
        let mut decoder = fuzzing::decoder(common::decoder_options(&options), kernel);
        assert_outcome(&format!("{name}, {}", cut.label), &common::decode_with(&mut decoder, &cut.chunks), &expected);
        decoder.reset();
        let outcome = common::decode_with(&mut decoder, &cut.chunks);
        assert_outcome(&format!("{name} after a reset, {}", cut.label), &outcome, &again);
    }
});

fn cut_by(choice: u8, stream: &[u8]) -> Cut {
    match choice {
        0 => chunks::whole(stream),
        1 => chunks::bytewise(stream),
        seed => chunks::random_splits(stream, seed.into(), 1).next().expect("one was asked for"),
    }
}
