//! Properties of decoding: chunks never matter, and the answer is always the naive decoder's.

mod common;

use proptest::prelude::*;
use tidings_testkit::{Options, Random, assert_outcome, chunks, grammar, naive};

/// Compares both surfaces with the naive decoder, for one stream in many cuts.
fn agrees(stream: &[u8], options: &Options, seed: u64, cuts: usize) {
    let expected = naive::decode(stream, options);
    let cuts =
        [chunks::whole(stream), chunks::bytewise(stream)].into_iter().chain(chunks::random_splits(stream, seed, cuts));
    for cut in cuts {
        for (surface, decode) in common::SURFACES {
            let label = format!("{surface}, {}, {options:?}, \"{}\"", cut.label, stream.escape_ascii());
            assert_outcome(&label, &decode(&cut.chunks, options), &expected);
        }
    }
}

fn options() -> impl Strategy<Value = Options> {
    let limit = prop_oneof![4 => Just(usize::MAX), 2 => 0..200_usize, 1 => 0..5_usize];
    let id = prop_oneof![Just(String::new()), "[a-z]{1,40}"];
    (limit, id, any::<bool>()).prop_map(|(max_event_bytes, last_event_id, comments)| Options {
        max_event_bytes,
        last_event_id,
        comments,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn grammar_streams(seed in any::<u64>(), lines in 1..60_usize, options in options()) {
        let stream = grammar::stream(&mut Random::new(seed), lines);
        agrees(&stream, &options, seed, 4);
    }

    #[test]
    fn random_bytes(stream in proptest::collection::vec(any::<u8>(), 0..300), options in options(), seed in any::<u64>()) {
        agrees(&stream, &options, seed, 3);
    }

    /// Bytes of which most mean something.
    #[test]
    fn random_significant_bytes(
        stream in proptest::collection::vec(proptest::sample::select(b"\n\n\r\r: datevnirty01\0\xEF\xBB\xBF\xE4x".as_slice()), 0..200),
        options in options(),
        seed in any::<u64>(),
    ) {
        agrees(&stream, &options, seed, 3);
    }
}
