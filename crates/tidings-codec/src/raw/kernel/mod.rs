//! Finding line ends: the one pass over the bytes.
//!
//! A kernel walks 64-byte blocks and writes down where each LF and CR stands, and whether bytes outside ASCII were seen
//! on the way. What a line means is not known here. All kernels give the same answer for line ends; of the non-ASCII
//! mark they promise the same thing: it is set whenever such a byte lies between two line ends, and it may be set too
//! often (a block is judged whole), never too seldom.
//!
//! The encoder's passes over text stand on the same blocks: [`split()`] and [`growth`].
//!
//! To whoever adds one: implement [`Block`], wrap [`fill`], [`split()`] and [`growth`] in functions with the target feature enabled,
//! choose it in [`Kernel::detect`], and list it in `Kernel::all` so that the tests compare it with the portable one.

// Each function carries the features its callers checked; the blocks of one line would only repeat that.
#![allow(unsafe_code, clippy::multiple_unsafe_ops_per_block)]

mod portable;
mod split;
#[cfg(target_arch = "x86_64")]
mod x86_64;

use core::mem::MaybeUninit;

use super::slice::Known;
use portable::scan_word;
pub(super) use split::Split;
use split::{growth, split};

/// Line ends that one call of a kernel may write before it stops to let them be used.
const BATCH: usize = 64;
/// A kernel stops at the block that reaches [`BATCH`], and a block can hold one line end a byte.
pub(super) const CAPACITY: usize = BATCH + BLOCK;
/// Bytes looked at together: one bit each in a `u64`.
const BLOCK: usize = 64;
/// What is looked at together where there is less than a block.
const QUARTER: usize = BLOCK / 4;
/// Positions are `u32` with two bits for what is known: what one call may cover.
const REACH: usize = 1 << 30;

/// Where the lines of a run of bytes end.
pub(super) type Entries = [Entry; CAPACITY];

/// The position of a line end, and what is known of the bytes between it and the line end before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry(u32);

impl Entry {
    pub(super) const NONE: Self = Self(0);

    #[inline(always)]
    fn new(position: usize, nonascii: bool) -> Self {
        Self((position as u32) << Known::BITS | Known::of(nonascii).bits())
    }

    #[inline(always)]
    pub(super) fn position(self) -> usize {
        (self.0 >> Known::BITS) as usize
    }

    #[inline(always)]
    pub(super) fn known(self) -> Known {
        Known::from_bits(self.0)
    }

    /// Notes that the bytes are UTF-8.
    pub(super) fn set_checked(&mut self) {
        self.0 |= self.known().and_checked().bits();
    }

    /// Whether the bytes before all these line ends are known to be ASCII.
    #[inline(always)]
    pub(super) fn all_ascii(entries: &[Self]) -> bool {
        Known::from_bits(entries.iter().fold(0, |all, entry| all | entry.0)).is_ascii()
    }
}

/// What a kernel did. Small enough to be returned in a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Filled {
    /// Bytes looked at: all of them, or as many as filled a batch.
    pub(super) scanned: u32,
    /// Entries written.
    pub(super) len: u16,
    /// Whether bytes outside ASCII may stand after the last line end.
    pub(super) nonascii: bool,
}

/// An implementation of the scan for one instruction set.
#[derive(Clone, Copy)]
pub(super) struct Kernel {
    fill: fn(&[u8], bool, &mut Entries) -> Filled,
    split: fn(&[u8], &mut [MaybeUninit<u8>]) -> Split,
    growth: fn(&[u8]) -> usize,
    name: &'static str,
}

impl Kernel {
    /// The fastest kernel this machine can run.
    #[inline]
    pub(super) fn detect() -> Self {
        #[cfg(all(target_arch = "x86_64", not(tidings_portable)))]
        {
            x86_64::detect()
        }
        #[cfg(not(all(target_arch = "x86_64", not(tidings_portable))))]
        {
            portable::KERNEL
        }
    }

    /// Every kernel this machine can run, the portable one first.
    #[cfg(any(test, fuzzing))]
    pub(super) fn all() -> impl Iterator<Item = Self> {
        #[cfg(target_arch = "x86_64")]
        let special = x86_64::all();
        #[cfg(not(target_arch = "x86_64"))]
        let special = core::iter::empty();
        core::iter::once(portable::KERNEL).chain(special)
    }

    #[cfg(fuzzing)]
    pub(super) fn name(self) -> &'static str {
        self.name
    }

    /// Finds the line ends of `bytes`, of which the bytes before may have been outside ASCII (`nonascii`).
    #[inline(always)]
    pub(super) fn fill(self, bytes: &[u8], nonascii: bool, entries: &mut Entries) -> Filled {
        (self.fill)(bytes, nonascii, entries)
    }

    /// Writes `text` as lines of data: see [`split()`].
    #[inline(always)]
    pub(super) fn split(self, text: &[u8], room: &mut [MaybeUninit<u8>]) -> Split {
        (self.split)(text, room)
    }

    /// How much longer that makes the text, in bytes.
    #[inline(always)]
    pub(super) fn growth(self, text: &[u8]) -> usize {
        (self.growth)(text)
    }
}

impl core::fmt::Debug for Kernel {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.name)
    }
}

/// 64 bytes in registers.
///
/// # Safety
/// The methods may use instructions beyond the target's baseline: they may be called only where those were detected, and
/// must be inlined into a function that enables them.
unsafe trait Block: Copy {
    /// Loads 64 bytes.
    unsafe fn load(bytes: &[u8; BLOCK]) -> Self;
    /// One bit for each LF and CR, the first byte's lowest.
    unsafe fn line_ends(self) -> u64;
    /// Bytes that are outside ASCII where those of either are.
    unsafe fn or(self, other: Self) -> Self;
    /// Whether any byte is outside ASCII.
    unsafe fn has_nonascii(self) -> bool;
    /// Both of a quarter of a block: one bit for each LF and CR, and whether any byte is outside ASCII.
    unsafe fn quarter(bytes: &[u8; QUARTER]) -> (u64, bool);
}

/// What a scan has done so far.
struct Progress {
    scanned: usize,
    len: usize,
    nonascii: bool,
}

impl From<Progress> for Filled {
    #[inline(always)]
    fn from(progress: Progress) -> Self {
        Self { scanned: progress.scanned as u32, len: progress.len as u16, nonascii: progress.nonascii }
    }
}

/// The scan, for any block.
///
/// Branching on each block is mispredicted about once a line. Collecting the masks first and then going through them, and
/// writing down a fixed number of positions for each block, were tried: both cost more than they save.
///
/// # Safety
/// As for [`Block`].
#[inline(always)]
unsafe fn fill<B: Block>(bytes: &[u8], nonascii: bool, entries: &mut Entries) -> Filled {
    let bytes = &bytes[..bytes.len().min(REACH)];
    let (blocks, tail) = bytes.as_chunks::<BLOCK>();
    let mut filled = Progress { len: 0, scanned: 0, nonascii };
    // SAFETY: the caller has seen to the instructions.
    unsafe {
        // What was passed since the last line end, or-ed together: looked at only when a line ends.
        let mut passed = B::load(&[0; BLOCK]);
        for block in blocks {
            let block = B::load(block);
            let lines = block.line_ends();
            passed = passed.or(block);
            if lines != 0 {
                filled.nonascii |= passed.has_nonascii();
                push(entries, &mut filled, lines, block.has_nonascii());
                passed = block;
                if filled.len >= BATCH {
                    filled.scanned += BLOCK;
                    return filled.into();
                }
            }
            filled.scanned += BLOCK;
        }
        filled.nonascii |= passed.has_nonascii();
        if !tail.is_empty() {
            let (lines, nonascii) = scan_tail::<B>(bytes, tail.len());
            filled.nonascii |= nonascii;
            if lines != 0 {
                push(entries, &mut filled, lines, nonascii);
            }
            filled.scanned += tail.len();
        }
    }
    filled.into()
}

/// The line ends of the last `tail` bytes, which are no whole block, and whether bytes outside ASCII may stand there.
///
/// # Safety
/// As for [`Block`].
#[inline(always)]
unsafe fn scan_tail<B: Block>(bytes: &[u8], tail: usize) -> (u64, bool) {
    // SAFETY: the caller has seen to the instructions.
    unsafe {
        match bytes.last_chunk() {
            Some(last) => {
                let last = B::load(last);
                (last.line_ends() >> (BLOCK - tail), last.has_nonascii())
            }
            None => scan_short::<B>(bytes),
        }
    }
}

/// The same of bytes that are less than a block altogether. They are looked at where they are, the last of them twice: to copy
/// them to where a block can be loaded costs more than the scan, since the load has to wait for the copy.
///
/// # Safety
/// As for [`Block`].
#[inline(always)]
unsafe fn scan_short<B: Block>(bytes: &[u8]) -> (u64, bool) {
    let (mut lines, mut nonascii) = (0, false);
    let mut add = |at: usize, (more_lines, more_nonascii): (u64, bool)| {
        lines |= more_lines << at;
        nonascii |= more_nonascii;
    };
    if let Some(last) = bytes.last_chunk() {
        for (index, quarter) in bytes.as_chunks().0.iter().enumerate() {
            // SAFETY: the caller has seen to the instructions.
            add(index * QUARTER, unsafe { B::quarter(quarter) });
        }
        // SAFETY: as before.
        add(bytes.len() - QUARTER, unsafe { B::quarter(last) });
    } else if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        add(0, scan_word(u64::from_le_bytes(*first)));
        add(bytes.len() - 8, scan_word(u64::from_le_bytes(*last)));
    } else {
        add(0, scan_word(bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte))));
    }
    (lines, nonascii)
}

/// Writes down the line ends of one block.
#[inline(always)]
fn push(entries: &mut Entries, filled: &mut Progress, mut lines: u64, nonascii: bool) {
    let mut mark = filled.nonascii;
    while lines != 0 {
        entries[filled.len] = Entry::new(filled.scanned + lines.trailing_zeros() as usize, mark);
        filled.len += 1;
        lines &= lines - 1;
        mark = nonascii;
    }
    filled.nonascii = nonascii;
}
