//! The hub without sockets, for a look before and after a change: `cargo xtask bench`.

use std::{hint::black_box, pin::Pin, task::Poll};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use futures_core::Stream;
use futures_util::{StreamExt as _, task::noop_waker};
use tidings_codec::Frame;
use tidings_hub::{Hub, Start, Subscription, Topics};
use tokio::runtime::{Builder, Runtime};

const DATA: &str =
    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789";
const SUBSCRIBERS: usize = 10_000;

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().build().expect("the system gives a runtime")
}

fn subscribe(hub: &Hub, topic: &str) -> Subscription {
    let topics = Topics::parse([topic]).expect("it is a topic");
    hub.subscribe(&topics, &Start::Live)
}

/// Publishing to a topic that nobody reads, with subscribers elsewhere.
fn publish(criterion: &mut Criterion) {
    let runtime = runtime();
    let _in_runtime = runtime.enter();
    let mut group = criterion.benchmark_group("hub/publish");
    group.throughput(Throughput::Elements(1));
    for subscribers in [0, SUBSCRIBERS] {
        let hub = Hub::new();
        let _elsewhere: Vec<_> = (0..subscribers).map(|_| subscribe(&hub, "elsewhere")).collect();
        group.bench_function(BenchmarkId::new("subscribers elsewhere", subscribers), |bencher| {
            bencher.iter(|| black_box(hub.publish("quiet", Frame::event(DATA))));
        });
    }
    group.finish();
}

/// What each subscriber costs of an event: being woken is not in it, being asked twice is.
fn deliver(criterion: &mut Criterion) {
    let runtime = runtime();
    let _in_runtime = runtime.enter();
    let mut group = criterion.benchmark_group("hub/deliver");
    for events in [1, 64] {
        let hub = Hub::new();
        let mut subscriptions: Vec<_> = (0..SUBSCRIBERS).map(|_| subscribe(&hub, "topic")).collect();
        for subscription in &mut subscriptions {
            assert_eq!(read(subscription), 1, "its position");
        }
        group.throughput(Throughput::Elements((events * SUBSCRIBERS) as u64));
        group.bench_function(BenchmarkId::new("events waiting", events), |bencher| {
            bencher.iter(|| {
                for _ in 0..events {
                    hub.publish("topic", Frame::event(DATA)).expect("it is a topic");
                }
                for subscription in &mut subscriptions {
                    assert_eq!(read(subscription), 1, "all that waits is one piece");
                }
            });
        });
    }
    group.finish();
}

/// Reads until there is nothing; returns how many pieces there were.
fn read(subscription: &mut Subscription) -> usize {
    let waker = noop_waker();
    let mut context = std::task::Context::from_waker(&waker);
    let mut pieces = 0;
    while let Poll::Ready(Some(frames)) = Pin::new(&mut *subscription).poll_next(&mut context) {
        black_box(frames);
        pieces += 1;
    }
    pieces
}

/// A subscriber that comes back to a long log.
fn resume(criterion: &mut Criterion) {
    let runtime = runtime();
    let _in_runtime = runtime.enter();
    let hub =
        Hub::builder().keep_events(1_000_000).keep_bytes(1 << 30).build().expect("the options are in their ranges");
    let ids: Vec<_> = (0..1_000_000_u32)
        .map(|number| hub.publish(if number % 1000 == 0 { "rare" } else { "often" }, Frame::event(DATA)))
        .collect();
    let id = ids[ids.len() - 21].expect("it is a topic").to_string();
    let long_ago = ids[0].expect("it is a topic").to_string();
    let mut group = criterion.benchmark_group("hub/resume");
    for (name, topic, id) in [("20 events", "often", &id), ("1000 of a million", "rare", &long_ago)] {
        let topics = Topics::parse([topic]).expect("it is a topic");
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let mut subscription = hub.subscribe(&topics, &Start::After(id.clone()));
                assert!(runtime.block_on(subscription.next()).is_some());
            });
        });
    }
    group.finish();
}

criterion_group!(benches, publish, deliver, resume);
criterion_main!(benches);
