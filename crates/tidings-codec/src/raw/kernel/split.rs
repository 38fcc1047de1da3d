//! Writing text line by line: the encoder's one pass over the bytes.
//!
//! Each block is copied as it is read, as if no line ended in it. Where one does, what begins the next line is written over the
//! line end, and what comes behind it is copied once more, to where it belongs. All copies are of one block, whatever is needed
//! of it, as long as there is so much text left: so how long lines are costs nothing, neither a call for each nor a branch that
//! is predicted wrong. (Text of one line is faster searched and then copied: see `Frame`.)

#![allow(unsafe_code)]

use core::mem::MaybeUninit;

use super::{super::writer::copy_short, BLOCK, Block, scan_tail};

/// What begins each line but the first, in place of the line end before it.
const BEGIN: &[u8; 7] = b"\ndata: ";
/// The same, written at once; the byte too many is written over by what follows.
const WIDE_BEGIN: &[u8; 8] = b"\ndata: \0";

/// What was done with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Split {
    /// Bytes of the text that were used: all of them, or as many as stand before the line end that found no room.
    pub(in super::super) read: usize,
    /// Bytes written, from the start of the room on.
    pub(in super::super) written: usize,
}

/// Writes `text` with [`BEGIN`] in place of each line end. There must be room for the text as it is and for a byte more; where
/// there is none for what a line end takes beyond that and for two bytes behind it all, it stops.
///
/// # Panics
///
/// If there is not so much room.
///
/// # Safety
/// As for [`Block`].
#[inline(always)]
pub(super) unsafe fn split<B: Block>(text: &[u8], room: &mut [MaybeUninit<u8>]) -> Split {
    assert!(text.len() < room.len());
    // How far what is written is ahead of what is read. No more than the room is longer than the text by: so each byte of the
    // text that is left has room, `ahead` of where it stands in the text.
    let mut ahead = 0;
    let most_ahead = room.len() - text.len();
    // Where the line starts that is written.
    let mut start = 0;
    for at in (0..text.len()).step_by(BLOCK) {
        // SAFETY: the caller has seen to the instructions.
        let mut ends = unsafe {
            match text[at..].first_chunk() {
                Some(block) => B::load(block).line_ends(),
                None => scan_tail::<B>(text, text.len() - at).0,
            }
        };
        // SAFETY: `ahead` is at most `most_ahead`.
        unsafe { copy_block(text, start, at.max(start), room, ahead) };
        while ends != 0 {
            let end = at + ends.trailing_zeros() as usize;
            ends &= ends - 1;
            // The LF of a CRLF is before the start.
            if end < start {
                continue;
            }
            let length = if text[end] == b'\r' && text.get(end + 1) == Some(&b'\n') { 2 } else { 1 };
            // Two bytes are left free for the end of the event. So at least 7 are there now: the byte too many has room too.
            if ahead + BEGIN.len() - length + 2 > most_ahead {
                return Split { read: end, written: end + ahead };
            }
            // SAFETY: `end < text.len()`, so this is before `text.len() + ahead + 7`, which is in the room.
            unsafe { copy::<8>(WIDE_BEGIN, 0, room, end + ahead) };
            start = end + length;
            ahead += BEGIN.len() - length;
            // SAFETY: `ahead` is at most `most_ahead`, as was just seen to.
            unsafe { copy_block(text, start, start, room, ahead) };
        }
    }
    Split { read: text.len(), written: text.len() + ahead }
}

/// Copies a block of `text` that starts at `from`, or what there is, to where it belongs.
///
/// # Safety
/// `text.len() + ahead` must be in the room.
#[inline(always)]
unsafe fn copy_block(text: &[u8], start: usize, from: usize, room: &mut [MaybeUninit<u8>], ahead: usize) {
    let rest = &text[start..];
    if rest.len() < BLOCK {
        // The line that begins at `start` is the last one: this is all of it.
        copy_short(rest, &mut room[start + ahead..][..rest.len()]);
    } else {
        // At the end of the text some of the line is copied once more, to where it stands already.
        let from = from.min(text.len() - BLOCK);
        // SAFETY: a block from there on ends in the text, and so with `ahead` more in the room.
        unsafe { copy::<BLOCK>(text, from, room, from + ahead) };
    }
}

/// Copies `N` bytes.
///
/// # Safety
/// They must lie in `from` and in `to`.
#[inline(always)]
unsafe fn copy<const N: usize>(from: &[u8], at: usize, to: &mut [MaybeUninit<u8>], to_at: usize) {
    debug_assert!(at + N <= from.len() && to_at + N <= to.len());
    // SAFETY: the caller's promise; and what can be written to is apart from what is only read.
    unsafe {
        let (from, to) = (from.as_ptr().add(at), to.as_mut_ptr().add(to_at));
        from.cast::<[u8; N]>().copy_to_nonoverlapping(to.cast(), 1);
    }
}

/// How much longer [`split`] makes `text`, in bytes.
///
/// # Safety
/// As for [`Block`].
#[inline(always)]
pub(super) unsafe fn growth<B: Block>(text: &[u8]) -> usize {
    let (mut ends, mut pairs, mut last_before) = (0, 0, 0);
    for at in (0..text.len()).step_by(BLOCK) {
        // SAFETY: the caller has seen to the instructions.
        let block_ends = unsafe {
            match text[at..].first_chunk() {
                Some(block) => B::load(block).line_ends(),
                None => scan_tail::<B>(text, text.len() - at).0,
            }
        };
        if block_ends == 0 {
            last_before = 0;
            continue;
        }
        ends += block_ends.count_ones() as usize;
        // Behind another one: it may be the LF of a CRLF.
        let mut seconds = block_ends & (block_ends << 1 | last_before);
        last_before = block_ends >> (BLOCK - 1);
        while seconds != 0 {
            let second = at + seconds.trailing_zeros() as usize;
            seconds &= seconds - 1;
            pairs += usize::from(text[second - 1..].starts_with(b"\r\n"));
        }
    }
    // Each takes the place of one byte, and for a CRLF the LF was counted too.
    ends * (BEGIN.len() - 1) - pairs * BEGIN.len()
}
