//! What the machine can do with these bytes: engines that look at all of them and make no events.

#![allow(unsafe_code)]

use std::hint::black_box;

use memchr::memchr2_iter;

use crate::corpora::Corpus;
use crate::engines::{Engine, Role, Tally};
use crate::feed::Feed;
use crate::measure::Error;

/// The limit of the bars: every line end found by `memchr2`, every byte validated by `simdutf8`.
pub const SCAN: Engine =
    Engine { name: "limit: memchr2 + simdutf8", surface: "limit", role: Role::Limit, run: scan, expected: scanned };

/// One pass that makes a bitmask of the line ends of each 64 bytes and looks for a byte that is not ASCII.
pub const BITMASK: Engine =
    Engine { name: "limit: newline bitmask", surface: "limit", role: Role::Limit, run: bitmask, expected: scanned };

/// Every chunk copied into one buffer, which stays in the cache next to the core.
pub const MEMCPY: Engine =
    Engine { name: "limit: memcpy", surface: "limit", role: Role::Limit, run: memcpy, expected: copied };

fn scanned(corpus: &Corpus) -> Tally {
    Tally { events: corpus.line_ends, bytes: corpus.wire.len() as u64 }
}

fn copied(corpus: &Corpus) -> Tally {
    Tally { events: 0, bytes: corpus.wire.len() as u64 }
}

fn scan(mut feed: Feed) -> Result<Tally, Error> {
    let mut tally = Tally::default();
    while let Some(chunk) = feed.next_slice() {
        let mut positions = 0;
        for position in memchr2_iter(b'\n', b'\r', chunk) {
            tally.events += 1;
            positions ^= position;
        }
        black_box(positions);
        simdutf8::basic::from_utf8(whole_characters(chunk))?;
        tally.bytes += chunk.len() as u64;
    }
    Ok(tally)
}

/// The chunk without the code point that its beginning or its end cuts, at most three bytes at each side. The limit
/// does not validate those; a decoder has to.
fn whole_characters(chunk: &[u8]) -> &[u8] {
    let is_continuation = |byte: &u8| byte & 0xc0 == 0x80;
    // Nothing is cut in most chunks, and in none of an ASCII corpus: that must cost as good as nothing.
    if let ([first, ..], [.., 0..0x80]) = (chunk, chunk)
        && !is_continuation(first)
    {
        return chunk;
    }
    let start = chunk.iter().take_while(|byte| is_continuation(byte)).count();
    let chunk = &chunk[start..];
    let behind = chunk.iter().rev().take_while(|byte| is_continuation(byte)).count();
    let Some(lead) = chunk.len().checked_sub(behind + 1) else {
        return chunk;
    };
    let length = match chunk[lead] {
        ..0xc0 => 1,
        0xc0..0xe0 => 2,
        0xe0..0xf0 => 3,
        _ => 4,
    };
    if lead + length > chunk.len() { &chunk[..lead] } else { chunk }
}

fn memcpy(mut feed: Feed) -> Result<Tally, Error> {
    let mut tally = Tally::default();
    let mut buffer = Vec::new();
    while let Some(chunk) = feed.next_slice() {
        buffer.clear();
        buffer.extend_from_slice(chunk);
        tally.bytes += black_box(&buffer).len() as u64;
    }
    Ok(tally)
}

fn bitmask(mut feed: Feed) -> Result<Tally, Error> {
    let mut tally = Tally::default();
    let line_ends = fastest();
    while let Some(chunk) = feed.next_slice() {
        let (blocks, rest) = chunk.as_chunks::<64>();
        tally.events += line_ends(blocks);
        if !rest.is_empty() {
            let mut block = [0; 64];
            block[..rest.len()].copy_from_slice(rest);
            tally.events += line_ends(&[block]);
        }
        tally.bytes += chunk.len() as u64;
    }
    Ok(tally)
}

/// The bitmask pass for this processor: AVX2 where it has that, else what is compiled for it in any case.
#[cfg(target_arch = "x86_64")]
fn fastest() -> fn(&[[u8; 64]]) -> u64 {
    if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("popcnt") {
        // SAFETY: the processor has both features, as was just asked.
        |blocks| unsafe { x86_64::avx2(blocks) }
    } else {
        // SAFETY: SSE2 is part of x86-64.
        |blocks| unsafe { x86_64::sse2(blocks) }
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn fastest() -> fn(&[[u8; 64]]) -> u64 {
    portable
}

/// The same without intrinsics.
#[cfg(any(test, not(target_arch = "x86_64")))]
fn portable(blocks: &[[u8; 64]]) -> u64 {
    let mut count = 0;
    for block in blocks {
        let mut mask = 0_u64;
        for (index, &byte) in block.iter().enumerate() {
            mask |= u64::from(byte == b'\n' || byte == b'\r') << index;
        }
        count += u64::from(mask.count_ones());
        black_box(block.is_ascii());
    }
    count
}

// The loads are unaligned ones.
#[cfg(target_arch = "x86_64")]
#[allow(clippy::cast_ptr_alignment)]
mod x86_64 {
    use std::arch::x86_64::{
        __m128i, __m256i, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_movemask_epi8, _mm_or_si128, _mm_set1_epi8,
        _mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi8,
    };
    use std::hint::black_box;

    const LF: i8 = b'\n'.cast_signed();
    const CR: i8 = b'\r'.cast_signed();

    /// Counts the line ends of the blocks by a mask of 64 bits each.
    #[target_feature(enable = "avx2,popcnt")]
    pub fn avx2(blocks: &[[u8; 64]]) -> u64 {
        let (lf, cr) = (_mm256_set1_epi8(LF), _mm256_set1_epi8(CR));
        let ends = |bytes| {
            let ends = _mm256_or_si256(_mm256_cmpeq_epi8(bytes, lf), _mm256_cmpeq_epi8(bytes, cr));
            u64::from(_mm256_movemask_epi8(ends).cast_unsigned())
        };
        let (mut count, mut non_ascii) = (0, 0);
        for block in blocks {
            let at = block.as_ptr().cast::<__m256i>();
            // SAFETY: the block has 64 bytes, these are the first 32; the load needs no alignment.
            let low = unsafe { _mm256_loadu_si256(at) };
            // SAFETY: `at + 1` is 32 bytes into the block.
            let at = unsafe { at.add(1) };
            // SAFETY: the block has 64 bytes, these are the last 32; the load needs no alignment.
            let high = unsafe { _mm256_loadu_si256(at) };
            count += u64::from((ends(low) | ends(high) << 32).count_ones());
            non_ascii |= _mm256_movemask_epi8(_mm256_or_si256(low, high));
        }
        black_box(non_ascii);
        count
    }

    /// The same with what every processor of this architecture has.
    #[target_feature(enable = "sse2")]
    pub fn sse2(blocks: &[[u8; 64]]) -> u64 {
        let (lf, cr) = (_mm_set1_epi8(LF), _mm_set1_epi8(CR));
        let (mut count, mut non_ascii) = (0, 0);
        for block in blocks {
            let mut mask = 0_u64;
            let (quarters, _) = block.as_chunks::<16>();
            for (index, quarter) in quarters.iter().enumerate() {
                // SAFETY: a quarter has 16 bytes, and the load needs no alignment.
                let bytes = unsafe { _mm_loadu_si128(quarter.as_ptr().cast::<__m128i>()) };
                let ends = _mm_or_si128(_mm_cmpeq_epi8(bytes, lf), _mm_cmpeq_epi8(bytes, cr));
                mask |= u64::from(_mm_movemask_epi8(ends).cast_unsigned()) << (index * 16);
                non_ascii |= _mm_movemask_epi8(bytes);
            }
            count += u64::from(mask.count_ones());
        }
        black_box(non_ascii);
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpora::Kind;

    #[test]
    fn masks_agree() {
        let corpus = Corpus::new(Kind::Crlf, 64 * 1024);
        let (blocks, rest) = corpus.wire.as_chunks::<64>();
        let in_rest = rest.iter().filter(|&&byte| byte == b'\n' || byte == b'\r').count() as u64;
        assert_eq!(portable(blocks) + in_rest, corpus.line_ends);
        assert_eq!(fastest()(blocks), portable(blocks));
        #[cfg(target_arch = "x86_64")]
        // SAFETY: SSE2 is part of x86-64.
        assert_eq!(unsafe { x86_64::sse2(blocks) }, portable(blocks));
    }

    #[test]
    fn cut_characters_are_left_out() {
        let text = "aé流𝄞z".as_bytes();
        for start in 0..text.len() {
            for end in start..=text.len() {
                let inner = whole_characters(&text[start..end]);
                assert!(std::str::from_utf8(inner).is_ok(), "{start}..{end}");
                assert!(inner.len() + 6 >= end - start);
            }
        }
        assert_eq!(whole_characters(text), text);
    }
}
