//! The ways to cut an event stream into chunks.
//!
//! A chunk's boundaries mean nothing, so a decoder must give the same outcome for all of them.

use std::iter;

use crate::Random;

/// How many random splits [`every_cut`] has.
const RANDOM_SPLITS: usize = 16;

/// An event stream in chunks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// How the stream was cut, for the messages of assertions.
    pub label: String,
    /// The chunks. Some may be empty.
    pub chunks: Vec<Vec<u8>>,
}

/// Cuts an event stream, given in the chunks of its vector, in every way of this module: as given, whole, byte by byte,
/// at every two-way split, and with random splits.
///
/// The number of cuts grows with the stream's length, and so their cost with its square: for short streams.
pub fn every_cut(vector_chunks: &[Vec<u8>]) -> impl Iterator<Item = Cut> {
    let original = original(vector_chunks);
    let stream = vector_chunks.concat();
    let whole = whole(&stream);
    let bytewise = bytewise(&stream);
    let random: Vec<Cut> = random_splits(&stream, 0, RANDOM_SPLITS).collect();
    [original, whole, bytewise]
        .into_iter()
        .chain((0..=stream.len()).map(move |position| split(&stream, position)))
        .chain(random)
}

/// Cuts as the vector says.
pub fn original(vector_chunks: &[Vec<u8>]) -> Cut {
    Cut { label: "chunks of the vector".to_owned(), chunks: vector_chunks.to_vec() }
}

/// Does not cut: one chunk.
pub fn whole(stream: &[u8]) -> Cut {
    Cut { label: "whole".to_owned(), chunks: vec![stream.to_vec()] }
}

/// Cuts into chunks of one byte.
pub fn bytewise(stream: &[u8]) -> Cut {
    Cut { label: "byte by byte".to_owned(), chunks: stream.iter().map(|byte| vec![*byte]).collect() }
}

/// Cuts in two, at every position: the first cut has an empty first chunk, the last one an empty second chunk.
pub fn two_way_splits(stream: &[u8]) -> impl Iterator<Item = Cut> {
    (0..=stream.len()).map(|position| split(stream, position))
}

/// Cuts at random positions, `count` times; the same seed gives the same cuts. Some chunks are empty.
pub fn random_splits(stream: &[u8], seed: u64, count: usize) -> impl Iterator<Item = Cut> {
    let mut random = Random::new(seed);
    (0..count).map(move |_| {
        let pieces = random.below(stream.len().clamp(1, 40) + 2);
        let mut positions: Vec<usize> = iter::repeat_with(|| random.below(stream.len() + 1)).take(pieces).collect();
        positions.sort_unstable();
        let mut chunks = Vec::new();
        let mut start = 0;
        for end in positions.iter().copied().chain([stream.len()]) {
            chunks.push(stream[start..end].to_vec());
            start = end;
        }
        Cut { label: format!("random split at {positions:?}"), chunks }
    })
}

fn split(stream: &[u8], position: usize) -> Cut {
    let (first, second) = stream.split_at(position);
    Cut { label: format!("split at {position}"), chunks: vec![first.to_vec(), second.to_vec()] }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const STREAM: &[u8] = b"data: x\r\n\r\n";

    #[test]
    fn every_cut_is_the_stream() {
        let given = [b"data".to_vec(), Vec::new(), b": x\r\n\r\n".to_vec()];
        let cuts: Vec<Cut> = every_cut(&given).collect();
        assert_eq!(cuts.len(), 3 + STREAM.len() + 1 + RANDOM_SPLITS);
        for cut in &cuts {
            assert_eq!(cut.chunks.concat(), STREAM, "{}", cut.label);
        }
        assert_eq!(cuts[0].chunks, given);
        assert_eq!(cuts[1].chunks.len(), 1);
        assert_eq!(cuts[2].chunks.len(), STREAM.len());
    }

    #[test]
    fn two_way_splits_cut_everywhere() {
        let lengths: Vec<usize> = two_way_splits(STREAM).map(|cut| cut.chunks[0].len()).collect();
        assert_eq!(lengths, (0..=STREAM.len()).collect::<Vec<_>>());
    }

    #[test]
    fn random_splits_differ_and_repeat() {
        let cuts: Vec<Cut> = random_splits(STREAM, 7, 50).collect();
        let labels: HashSet<&str> = cuts.iter().map(|cut| cut.label.as_str()).collect();
        assert!(labels.len() > 30, "{} different cuts", labels.len());
        assert!(cuts.iter().any(|cut| cut.chunks.contains(&Vec::new())));
        assert_eq!(cuts, random_splits(STREAM, 7, 50).collect::<Vec<_>>());
        assert_ne!(cuts, random_splits(STREAM, 8, 50).collect::<Vec<_>>());
    }

    #[test]
    fn the_empty_stream_can_be_cut() {
        for cut in every_cut(&[]) {
            assert_eq!(cut.chunks.concat(), b"", "{}", cut.label);
        }
    }
}
