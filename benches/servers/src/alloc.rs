//! The allocator of all servers here, which counts the bytes that are in use.
//!
//! It is that of `tidings serve`, mimalloc: the same for ours, the peers and the floor. With glibc's all but actix-web's take longer.
//!
//! It counts what was asked for, so the figure does not depend on how the allocator rounds. The one thread that serves
//! allocates alone, so the counter costs it next to nothing, and everybody the same.

#![allow(unsafe_code)]

use std::{
    alloc::{GlobalAlloc, Layout},
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};

use mimalloc::MiMalloc;

static IN_USE: AtomicUsize = AtomicUsize::new(0);

/// Bytes that are allocated now.
pub fn in_use() -> u64 {
    IN_USE.load(Relaxed) as u64
}

/// The global allocator of this program.
pub struct Counting;

// SAFETY: every method hands its arguments unchanged to the allocator and returns what that returns.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        IN_USE.fetch_add(layout.size(), Relaxed);
        // SAFETY: the caller keeps the contract of `GlobalAlloc::alloc`, which is the same here.
        unsafe { MiMalloc.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        IN_USE.fetch_add(layout.size(), Relaxed);
        // SAFETY: the caller keeps the contract of `GlobalAlloc::alloc_zeroed`, which is the same here.
        unsafe { MiMalloc.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        IN_USE.fetch_add(new_size, Relaxed);
        IN_USE.fetch_sub(layout.size(), Relaxed);
        // SAFETY: `block` came from `MiMalloc` through this allocator with this layout, and the caller keeps the rest.
        unsafe { MiMalloc.realloc(block, layout, new_size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        IN_USE.fetch_sub(layout.size(), Relaxed);
        // SAFETY: `block` came from `MiMalloc` through this allocator with this layout.
        unsafe { MiMalloc.dealloc(block, layout) }
    }
}
