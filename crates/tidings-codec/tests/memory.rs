//! What decoding allocates, and that it is bounded whatever comes.

#![allow(unsafe_code)]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

use bytes::Bytes;
use tidings_codec::{BytesDecoder, Decoder, DecoderOptions, EventId, Frame, Item};

/// Counts what a thread allocates: tests run beside each other.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
    static HELD: Cell<isize> = const { Cell::new(0) };
    static MOST: Cell<isize> = const { Cell::new(0) };
}

fn count(allocations: usize, bytes: isize) {
    ALLOCATIONS.set(ALLOCATIONS.get() + allocations);
    HELD.set(HELD.get() + bytes);
    MOST.set(MOST.get().max(HELD.get()));
}

// SAFETY: all is left to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(1, layout.size().cast_signed());
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(0, -layout.size().cast_signed());
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How many allocations `work` makes.
fn allocations(work: impl FnOnce()) -> usize {
    let before = ALLOCATIONS.get();
    work();
    ALLOCATIONS.get() - before
}

/// How many bytes more than before `work` holds at its worst moment.
fn most_held(work: impl FnOnce()) -> usize {
    let before = HELD.get();
    MOST.set(before);
    work();
    (MOST.get() - before).unsigned_abs()
}

/// Streams of 1000 events, as `benches` has them.
fn streams() -> [(&'static str, String); 3] {
    let llm = format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{}\"}}}}]}}\n\n", "token ".repeat(45));
    let named = "event: update\nid: 100001\ndata: {\"temperature\":21,\"humidity\":55}\n\n";
    let big = format!("data: {}\n\n", "x".repeat(64 * 1024));
    [("llm", llm.repeat(1000)), ("named", named.repeat(1000)), ("big", big.repeat(1000))]
}

#[test]
fn the_borrowed_surface_allocates_nothing_after_the_first_events() {
    for (name, stream) in streams() {
        let mut decoder = Decoder::new();
        let mut events = 0;
        let mut decode = |stream: &str| {
            for chunk in stream.as_bytes().chunks(16 * 1024) {
                let mut items = decoder.feed(chunk);
                while let Ok(Some(_)) = items.next() {
                    events += 1;
                }
            }
        };
        decode(&stream);
        assert_eq!(allocations(|| decode(&stream)), 0, "{name}");
        assert_eq!(events, 2000);
    }
}

#[test]
fn the_owned_surface_allocates_at_most_once_for_each_event() {
    for (name, stream) in streams() {
        let stream = Bytes::from(stream);
        let chunks: Vec<Bytes> =
            (0..stream.len()).step_by(16 * 1024).map(|at| stream.slice(at..stream.len().min(at + 16 * 1024))).collect();
        let mut decoder = BytesDecoder::new();
        let mut events = 0;
        let mut decode = || {
            for chunk in &chunks {
                decoder.push(chunk.clone());
                events += decoder.by_ref().count();
            }
        };
        decode();
        let made = allocations(decode);
        assert!(made <= 1000, "{name}: {made} for 1000 events");
        assert_eq!(events, 2000);
    }
}

/// Lines without end, events without end, and all that is ignored, of 4 MiB each: what is held stays near the limit.
#[test]
fn memory_is_bounded_whatever_comes() {
    const LIMIT: usize = 64 * 1024;
    const CHUNK: usize = 4096;
    // A buffer doubles, and is there twice while it is moved.
    const GROWN: usize = 3 * LIMIT;
    for (start, part, most) in [
        ("data: ", &b"x"[..], GROWN),
        ("", b"data: x\n", GROWN),
        ("", b"data\n", GROWN),
        // Each byte becomes a U+FFFD of three.
        ("data: ", b"\xFF", GROWN),
        ("", b"data: \xFF\xFF\xFF\xFF\n", 3 * GROWN),
        ("event: ", b"x", GROWN),
        ("", b"event: x\n", GROWN),
        ("id: ", b"x", GROWN),
        ("", b"id: x\n", GROWN),
        ("retry: ", b"0", GROWN),
        ("", b"retry: 1\n", 0),
        (": ", b"x", GROWN),
        ("", b": x\n", 0),
        ("unknown: ", b"x", 0),
        ("", b"x", 0),
        ("", b"unknown: x\n", 0),
        ("", b"\n", 0),
    ] {
        let chunk = part.repeat(CHUNK / part.len());
        for comments in [false, true] {
            let held = most_held(|| {
                let mut decoder =
                    Decoder::with_options(DecoderOptions::new().max_event_bytes(LIMIT).comments(comments));
                let mut feed = |chunk: &[u8]| {
                    let mut items = decoder.feed(chunk);
                    while let Ok(Some(_)) = items.next() {}
                };
                feed(start.as_bytes());
                for _ in 0..4 * 1024 * 1024 / CHUNK {
                    feed(&chunk);
                }
            });
            assert!(held <= most + 1024, "{held} bytes for {start:?} and \"{}\" without end", part.escape_ascii());
        }
    }
}

#[test]
fn a_buffer_that_was_large_once_is_given_back() {
    let mut decoder = Decoder::new();
    let before = HELD.get();
    let mut feed = |chunk: &str| {
        let mut items = decoder.feed(chunk.as_bytes());
        let mut events = 0;
        while let Ok(Some(item)) = items.next() {
            events += usize::from(matches!(item, Item::Event(_)));
        }
        events
    };
    feed(&format!("data: {}", "x".repeat(8 << 20)));
    assert_eq!(feed("\n\n"), 1);
    for _ in 0..3 {
        feed("data: small");
        assert_eq!(feed("\n\n"), 1);
    }
    let held = HELD.get() - before;
    assert!(held < 128 * 1024, "{held} bytes");
}

#[test]
fn an_open_frame_is_one_allocation_of_its_length() {
    const ID: EventId<'_> = EventId::from_static("k3x9q2ma-42");
    for data in ["x".repeat(1000), "x\n".repeat(1000)] {
        let frame = Frame::event(&data);
        let (before, mut held) = (HELD.get(), 0);
        let allocations = allocations(|| {
            let open = frame.encode_open(ID.as_str().len());
            held = (HELD.get() - before).unsigned_abs();
            drop(open);
        });
        assert_eq!((allocations, held), (1, frame.id(ID).encoded_len()));
    }
}
