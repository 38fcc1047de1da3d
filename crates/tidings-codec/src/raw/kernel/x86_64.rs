//! SSE2, which every x86-64 machine has, and AVX2 where detected (with `std`) or enabled for the whole build.
//!
//! AVX-512 was tried: with one mask a block instead of two halves it was as fast on short lines and a quarter slower on long ones.

#![allow(unsafe_code)]
// Each function says once what its caller has to see to; its lines of intrinsics would repeat it.
#![allow(clippy::multiple_unsafe_ops_per_block, clippy::undocumented_unsafe_blocks)]
// The intrinsics take and give bits as signed numbers.
#![allow(clippy::cast_possible_wrap, clippy::cast_sign_loss, clippy::wildcard_imports)]
// The loads are the unaligned ones.
#![allow(clippy::cast_ptr_alignment)]
#![cfg_attr(all(tidings_portable, not(test), not(fuzzing)), allow(dead_code))]

use core::{arch::x86_64::*, mem::MaybeUninit};

use super::{BLOCK, Block, Entries, Filled, Kernel, QUARTER, Split};

const SSE2: Kernel = Kernel { fill: sse2::fill, split: sse2::split, growth: sse2::growth, name: "sse2" };
const AVX2: Kernel = Kernel { fill: avx2::fill, split: avx2::split, growth: avx2::growth, name: "avx2" };

/// The passes over the bytes, compiled for the features.
macro_rules! passes {
    ($kernel:ident, $block:ty, $features:literal, $($pass:ident($($argument:ident: $type:ty),*) -> $result:ty;)*) => {
        mod $kernel {
            use super::*;
            $(
                pub(super) fn $pass($($argument: $type),*) -> $result {
                    #[target_feature(enable = $features)]
                    fn run($($argument: $type),*) -> $result {
                        // SAFETY: the features are enabled here.
                        unsafe { super::super::$pass::<$block>($($argument),*) }
                    }
                    // SAFETY: SSE2 is part of x86-64, and the other kernel is handed out only where `has_avx2`.
                    unsafe { run($($argument),*) }
                }
            )*
        }
    };
    ($($kernel:ident, $block:ty, $features:literal;)*) => {
        $(
            passes! {
                $kernel, $block, $features,
                fill(bytes: &[u8], nonascii: bool, entries: &mut Entries) -> Filled;
                split(text: &[u8], room: &mut [MaybeUninit<u8>]) -> Split;
                growth(text: &[u8]) -> usize;
            }
        )*
    };
}

passes! {
    sse2, Sse2, "sse2";
    avx2, Avx2, "avx2,bmi1,bmi2,popcnt";
}

#[cfg(feature = "std")]
macro_rules! has {
    ($feature:tt) => {
        std::arch::is_x86_feature_detected!($feature)
    };
}
#[cfg(not(feature = "std"))]
macro_rules! has {
    ($feature:tt) => {
        cfg!(target_feature = $feature)
    };
}

/// The fastest one of this machine.
#[inline]
pub(super) fn detect() -> Kernel {
    if has_avx2() { AVX2 } else { SSE2 }
}

/// Those of this machine.
#[cfg(any(test, fuzzing))]
pub(super) fn all() -> impl Iterator<Item = Kernel> {
    [(true, SSE2), (has_avx2(), AVX2)].into_iter().filter_map(|(usable, kernel)| usable.then_some(kernel))
}

#[inline]
fn has_avx2() -> bool {
    [has!("avx2"), has!("bmi1"), has!("bmi2"), has!("popcnt")].iter().all(|has| *has)
}

#[derive(Clone, Copy)]
struct Sse2([__m128i; 4]);

impl Sse2 {
    /// All ones where `part` is LF or CR.
    #[inline(always)]
    unsafe fn hits(part: __m128i) -> __m128i {
        unsafe {
            let (lf, cr) = (_mm_set1_epi8(b'\n' as i8), _mm_set1_epi8(b'\r' as i8));
            _mm_or_si128(_mm_cmpeq_epi8(part, lf), _mm_cmpeq_epi8(part, cr))
        }
    }
}

// SAFETY: SSE2 is part of x86-64; the loads read the 64 bytes of the argument.
unsafe impl Block for Sse2 {
    #[inline(always)]
    unsafe fn load(bytes: &[u8; BLOCK]) -> Self {
        let at = bytes.as_ptr().cast::<__m128i>();
        unsafe {
            Self([
                _mm_loadu_si128(at),
                _mm_loadu_si128(at.add(1)),
                _mm_loadu_si128(at.add(2)),
                _mm_loadu_si128(at.add(3)),
            ])
        }
    }

    #[inline(always)]
    unsafe fn line_ends(self) -> u64 {
        unsafe {
            let hits = self.0.map(|part| Self::hits(part));
            let any = _mm_or_si128(_mm_or_si128(hits[0], hits[1]), _mm_or_si128(hits[2], hits[3]));
            if _mm_movemask_epi8(any) == 0 {
                return 0;
            }
            hits.iter().rev().fold(0, |mask, hit| mask << 16 | u64::from(_mm_movemask_epi8(*hit) as u16))
        }
    }

    #[inline(always)]
    unsafe fn or(self, other: Self) -> Self {
        unsafe { Self(core::array::from_fn(|i| _mm_or_si128(self.0[i], other.0[i]))) }
    }

    #[inline(always)]
    unsafe fn has_nonascii(self) -> bool {
        let [a, b, c, d] = self.0;
        unsafe { _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(a, b), _mm_or_si128(c, d))) != 0 }
    }

    #[inline(always)]
    unsafe fn quarter(bytes: &[u8; QUARTER]) -> (u64, bool) {
        unsafe {
            let part = _mm_loadu_si128(bytes.as_ptr().cast());
            (u64::from(_mm_movemask_epi8(Self::hits(part)) as u16), _mm_movemask_epi8(part) != 0)
        }
    }
}

#[derive(Clone, Copy)]
struct Avx2(__m256i, __m256i);

impl Avx2 {
    /// All ones where `part` is LF or CR: a lookup by the low half of each byte gives the one line end with that half,
    /// and for bytes outside ASCII zero, so one comparison finds both.
    #[inline(always)]
    unsafe fn hits(part: __m256i) -> __m256i {
        unsafe {
            let table = _mm256_setr_epi8(
                -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 13, 0, 0, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 13, 0, 0,
            );
            _mm256_cmpeq_epi8(_mm256_shuffle_epi8(table, part), part)
        }
    }
}

// SAFETY: used only inside the module `avx2`; the loads read the 64 bytes of the argument.
unsafe impl Block for Avx2 {
    #[inline(always)]
    unsafe fn load(bytes: &[u8; BLOCK]) -> Self {
        let at = bytes.as_ptr().cast::<__m256i>();
        unsafe { Self(_mm256_loadu_si256(at), _mm256_loadu_si256(at.add(1))) }
    }

    #[inline(always)]
    unsafe fn line_ends(self) -> u64 {
        unsafe {
            let (low, high) = (Self::hits(self.0), Self::hits(self.1));
            if _mm256_movemask_epi8(_mm256_or_si256(low, high)) == 0 {
                return 0;
            }
            u64::from(_mm256_movemask_epi8(low) as u32) | u64::from(_mm256_movemask_epi8(high) as u32) << 32
        }
    }

    #[inline(always)]
    unsafe fn or(self, other: Self) -> Self {
        unsafe { Self(_mm256_or_si256(self.0, other.0), _mm256_or_si256(self.1, other.1)) }
    }

    #[inline(always)]
    unsafe fn has_nonascii(self) -> bool {
        unsafe { _mm256_movemask_epi8(_mm256_or_si256(self.0, self.1)) != 0 }
    }

    #[inline(always)]
    unsafe fn quarter(bytes: &[u8; QUARTER]) -> (u64, bool) {
        unsafe { Sse2::quarter(bytes) }
    }
}
