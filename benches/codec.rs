//! The codec alone, for a look before and after a change: `cargo xtask bench`. Beside its peers: `cargo xtask bench codec`.

use std::hint::black_box;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tidings_benches::corpora::{Corpus, Event, Kind, generate};
use tidings_codec::{BytesDecoder, Decoder, EventId, EventType, Frame, Item, OwnedItem};

/// Of each corpus: it stays in the cache.
const BYTES: usize = 256 * 1024;

/// Name, corpus and length of the chunks.
const CASES: [(&str, Kind, usize); 9] = [
    ("llm", Kind::Llm, 16384),
    ("llm", Kind::Llm, 1024),
    ("named", Kind::Named, 16384),
    ("named", Kind::Named, 1024),
    ("multi", Kind::Multi, 16384),
    ("big", Kind::Big, 16384),
    ("crlf", Kind::Crlf, 16384),
    ("cjk", Kind::Cjk, 16384),
    ("drip", Kind::Llm, 64),
];

fn decode(criterion: &mut Criterion) {
    for (name, kind, size) in CASES {
        let corpus = Corpus::new(kind, BYTES);
        let mut group = criterion.benchmark_group(format!("decode/{name}"));
        group.throughput(Throughput::Bytes(corpus.wire.len() as u64));
        group.bench_function(BenchmarkId::new("borrowed", size), |bencher| {
            bencher.iter(|| assert_eq!(borrowed(&corpus, size), corpus.events));
        });
        group.bench_function(BenchmarkId::new("owned", size), |bencher| {
            bencher.iter(|| assert_eq!(owned(&corpus, size), corpus.events));
        });
        group.finish();
    }
}

fn borrowed(corpus: &Corpus, size: usize) -> u64 {
    let mut decoder = Decoder::new();
    let mut events = 0;
    for chunk in corpus.wire.chunks(size) {
        let mut items = decoder.feed(chunk);
        while let Ok(Some(item)) = items.next() {
            if let Item::Event(event) = item {
                black_box((event.event_type, event.data, event.last_event_id));
                events += 1;
            }
        }
    }
    events
}

fn owned(corpus: &Corpus, size: usize) -> u64 {
    let mut decoder = BytesDecoder::new();
    let mut events = 0;
    let mut at = 0;
    while at < corpus.wire.len() {
        let end = corpus.wire.len().min(at + size);
        decoder.push(corpus.wire.slice(at..end));
        at = end;
        for item in &mut decoder {
            if let Ok(OwnedItem::Event(event)) = item {
                black_box(&event);
                events += 1;
            }
        }
    }
    events
}

fn encode(criterion: &mut Criterion) {
    for (name, kind) in [("llm", Kind::Llm), ("named", Kind::Named), ("multi", Kind::Multi)] {
        let events: Vec<Event> = generate(kind).take(1000).collect();
        let mut group = criterion.benchmark_group(format!("encode/{name}"));
        group.throughput(Throughput::Elements(events.len() as u64));
        group.bench_function("reused", |bencher| {
            bencher.iter_batched_ref(
                Vec::new,
                |buffer| {
                    for event in &events {
                        buffer.clear();
                        frame(event).encode_into(buffer);
                        black_box(&buffer);
                    }
                },
                BatchSize::SmallInput,
            );
        });
        group.bench_function("shared", |bencher| {
            bencher.iter(|| {
                for event in &events {
                    black_box(frame(event).encode());
                }
            });
        });
        group.finish();
    }
}

/// What an event says, its names checked as they would be if they came from outside.
fn frame(event: &Event) -> Frame<'_> {
    let mut frame = Frame::event(&event.data);
    if let Some(event_type) = &event.event_type {
        frame = frame.event_type(EventType::new(event_type).expect("the corpora have valid types"));
    }
    if let Some(id) = &event.id {
        frame = frame.id(EventId::new(id).expect("the corpora have valid IDs"));
    }
    frame
}

criterion_group!(benches, decode, encode);
criterion_main!(benches);
