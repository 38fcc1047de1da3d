//! The system allocator with counters that run only while they are switched on.
//!
//! Counting happens in a pass of its own that is never timed. While the counters are off, which they are in every timed
//! run, a call costs one load and one predicted branch more than the system allocator, the same for every engine.

#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

static COUNTING: AtomicBool = AtomicBool::new(false);
static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static REALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);

/// What was asked of the allocator between [`start`] and [`stop`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Calls for a new block.
    pub allocations: u64,
    /// Calls that grow or shrink a block.
    pub reallocations: u64,
    /// Bytes asked for by both kinds of call; for a reallocation, the whole new size.
    pub bytes: u64,
}

/// Sets the counters to zero and lets them run.
pub fn start() {
    ALLOCATIONS.store(0, Relaxed);
    REALLOCATIONS.store(0, Relaxed);
    BYTES.store(0, Relaxed);
    COUNTING.store(true, Relaxed);
}

/// Stops the counters and returns them.
pub fn stop() -> Counts {
    COUNTING.store(false, Relaxed);
    Counts {
        allocations: ALLOCATIONS.load(Relaxed),
        reallocations: REALLOCATIONS.load(Relaxed),
        bytes: BYTES.load(Relaxed),
    }
}

/// Makes the system allocator keep the memory that it has got from the system, where it lets itself be told.
///
/// The one of glibc decides by what was freed before whether the next large block comes from the system and goes back to
/// it; then the order of the engines decides who pays for that. Everybody who allocates is better off without.
pub fn keep_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    for (option, value) in [(libc::M_MMAP_THRESHOLD, 1 << 30), (libc::M_TRIM_THRESHOLD, i32::MAX)] {
        // SAFETY: `mallopt` takes two numbers by value, and no other thread runs yet that could allocate meanwhile.
        let done = unsafe { libc::mallopt(option, value) };
        assert_eq!(done, 1, "the allocator refuses option {option}");
    }
}

/// The global allocator of this program.
pub struct Counting;

#[inline]
fn count(counter: &AtomicU64, bytes: usize) {
    if COUNTING.load(Relaxed) {
        counter.fetch_add(1, Relaxed);
        BYTES.fetch_add(bytes as u64, Relaxed);
    }
}

// SAFETY: every method hands its arguments unchanged to the system allocator and returns what that returns.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(&ALLOCATIONS, layout.size());
        // SAFETY: the caller keeps the contract of `GlobalAlloc::alloc`, which is the same here.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(&ALLOCATIONS, layout.size());
        // SAFETY: the caller keeps the contract of `GlobalAlloc::alloc_zeroed`, which is the same here.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        count(&REALLOCATIONS, new_size);
        // SAFETY: `block` came from `System` through this allocator with this layout, and the caller keeps the rest.
        unsafe { System.realloc(block, layout, new_size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: `block` came from `System` through this allocator with this layout.
        unsafe { System.dealloc(block, layout) }
    }
}
