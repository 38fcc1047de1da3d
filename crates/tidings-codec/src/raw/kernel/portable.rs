//! Eight bytes at a time in ordinary registers: for machines without a kernel of their own, and for the tests.

#![allow(unsafe_code)]
// On x86-64 it is the one that only tests choose.
#![cfg_attr(all(target_arch = "x86_64", not(tidings_portable), not(test), not(fuzzing)), allow(dead_code))]

use core::mem::MaybeUninit;

use super::{BLOCK, Block, Entries, Filled, Kernel, QUARTER, Split, fill, growth, split};

pub(super) const KERNEL: Kernel = Kernel { fill: run_fill, split: run_split, growth: run_growth, name: "portable" };

fn run_fill(bytes: &[u8], nonascii: bool, entries: &mut Entries) -> Filled {
    // SAFETY: `Words` uses no special instructions.
    unsafe { fill::<Words>(bytes, nonascii, entries) }
}

fn run_split(text: &[u8], room: &mut [MaybeUninit<u8>]) -> Split {
    // SAFETY: `Words` uses no special instructions.
    unsafe { split::<Words>(text, room) }
}

fn run_growth(text: &[u8]) -> usize {
    // SAFETY: `Words` uses no special instructions.
    unsafe { growth::<Words>(text) }
}

#[derive(Clone, Copy)]
struct Words([u64; BLOCK / 8]);

const ONES: u64 = u64::MAX / 0xFF;
const HIGH: u64 = ONES << 7;

// SAFETY: no special instructions.
unsafe impl Block for Words {
    #[inline(always)]
    unsafe fn load(bytes: &[u8; BLOCK]) -> Self {
        let (words, _) = bytes.as_chunks::<8>();
        Self(core::array::from_fn(|i| u64::from_le_bytes(words[i])))
    }

    #[inline(always)]
    unsafe fn line_ends(self) -> u64 {
        let hits = self.0.map(hits);
        if hits.iter().fold(0, |any, hit| any | hit) == 0 {
            return 0;
        }
        hits.iter().rev().fold(0, |mask, hit| mask << 8 | gather(*hit))
    }

    #[inline(always)]
    unsafe fn or(self, other: Self) -> Self {
        Self(core::array::from_fn(|i| self.0[i] | other.0[i]))
    }

    #[inline(always)]
    unsafe fn has_nonascii(self) -> bool {
        self.0.iter().fold(0, |any, word| any | word) & HIGH != 0
    }

    #[inline(always)]
    unsafe fn quarter(bytes: &[u8; QUARTER]) -> (u64, bool) {
        let words = u128::from_le_bytes(*bytes);
        let (first, second) = (scan_word(words as u64), scan_word((words >> 64) as u64));
        (first.0 | second.0 << 8, first.1 | second.1)
    }
}

/// One bit for each LF and CR of eight bytes, and whether any of them is outside ASCII.
#[inline(always)]
pub(super) fn scan_word(word: u64) -> (u64, bool) {
    (gather(hits(word)), word & HIGH != 0)
}

/// The high bit of each byte that is LF or CR.
#[inline(always)]
fn hits(word: u64) -> u64 {
    equal(word, b'\n') | equal(word, b'\r')
}

/// The high bit of each byte of `word` that equals `byte`. Exact: no carry crosses from one byte to the next.
#[inline(always)]
fn equal(word: u64, byte: u8) -> u64 {
    let zero_where_equal = word ^ (ONES * u64::from(byte));
    !(((zero_where_equal & !HIGH) + !HIGH) | zero_where_equal) & HIGH
}

/// The high bits of the eight bytes, side by side.
#[inline(always)]
fn gather(high_bits: u64) -> u64 {
    (high_bits >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}
