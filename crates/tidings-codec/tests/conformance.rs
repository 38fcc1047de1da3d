//! The vectors of `conformance/`, through both surfaces, cut in every way.

mod common;

use tidings_testkit::{assert_outcome, chunks, vectors};

#[test]
fn every_vector_in_every_cut() {
    let vectors = vectors::load();
    let mut runs = 0;
    for vector in &vectors {
        for (options, expected) in vector.runs() {
            for cut in chunks::every_cut(&vector.chunks) {
                for (surface, decode) in common::SURFACES {
                    let label = format!("{vector}, {surface}, {}, comments: {}", cut.label, options.comments);
                    assert_outcome(&label, &decode(&cut.chunks, &options), &expected);
                    runs += 1;
                }
            }
        }
    }
    println!("{} vectors in {runs} runs", vectors.len());
}

/// The naive decoder takes part too: what it says is what every other test believes.
#[test]
fn the_naive_decoder_agrees() {
    for vector in vectors::load() {
        for (options, expected) in vector.runs() {
            let stream = vector.chunks.concat();
            assert_outcome(&vector.to_string(), &tidings_testkit::naive::decode(&stream, &options), &expected);
        }
    }
}
