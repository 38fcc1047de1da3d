//! A hub whose publishers wake the subscribers themselves.

#![allow(clippy::unwrap_used)]

use std::{
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    task::{Context, Poll, Wake, Waker},
    thread,
    time::{Duration, Instant},
};

use futures_core::Stream as _;
use tidings_codec::{EncodedFrame, Frame};
use tidings_hub::{Epoch, Hub, Id, Start, Subscription, Topics};

/// Counts how often it is woken.
#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A subscriber that has seen its position.
struct Subscriber {
    subscription: Subscription,
    woken: Arc<Woken>,
}

impl Subscriber {
    fn new(hub: &Hub, start: &Start) -> Self {
        let subscription = hub.subscribe(&Topics::parse(["a/*"]).unwrap(), start);
        Self { subscription, woken: Arc::default() }
    }

    fn poll(&mut self) -> Poll<Option<EncodedFrame>> {
        let waker = Waker::from(Arc::clone(&self.woken));
        Pin::new(&mut self.subscription).poll_next(&mut Context::from_waker(&waker))
    }

    fn frames(&mut self) -> EncodedFrame {
        let Poll::Ready(Some(frames)) = self.poll() else { panic!("there is nothing") };
        frames
    }

    fn times_woken(&self) -> usize {
        self.woken.0.load(Ordering::Relaxed)
    }
}

fn hub() -> Hub {
    Hub::builder().build_without_runtime(Epoch::new(7)).unwrap()
}

#[test]
fn whoever_waits_is_woken_once_by_the_publisher() {
    let hub = hub();
    let mut both = [Subscriber::new(&hub, &Start::Live), Subscriber::new(&hub, &Start::Live)];
    for subscriber in &mut both {
        subscriber.frames();
        assert!(subscriber.poll().is_pending());
    }
    hub.publish("b", Frame::event("of others")).unwrap();
    assert_eq!(both.each_ref().map(Subscriber::times_woken), [0, 0]);
    hub.publish("a/1", Frame::event("1")).unwrap();
    hub.publish("a/2", Frame::event("2")).unwrap();
    for subscriber in &mut both {
        assert_eq!(subscriber.times_woken(), 1);
        let frames = subscriber.frames();
        assert!(frames.starts_with(b"data: 1\n") && frames.windows(8).any(|window| window == b"data: 2\n"));
        assert!(subscriber.poll().is_pending());
    }
    hub.revoke(both[0].subscription.id());
    assert_eq!(both.each_ref().map(Subscriber::times_woken), [2, 1]);
    assert_eq!(both[0].poll(), Poll::Ready(None));
}

#[test]
fn what_is_too_old_goes_when_the_hub_is_used() {
    let age = Duration::from_millis(1);
    let hub = Hub::builder().keep_for(age).build_without_runtime(Epoch::new(7)).unwrap();
    let before = Instant::now();
    let first = hub.publish("a/1", Frame::event("1")).unwrap();
    let second = hub.publish("a/1", Frame::event("2")).unwrap();
    while before.elapsed() <= age * 2 {
        std::thread::yield_now();
    }
    let mut late = Subscriber::new(&hub, &Start::After(first.to_string()));
    let gap = format!("event: gap\nid: {second}\n");
    assert!(late.frames().starts_with(gap.as_bytes()));
    hub.publish("a/1", Frame::event("3")).unwrap();
    let before = Instant::now();
    while before.elapsed() <= age * 2 {
        std::thread::yield_now();
    }
    assert_eq!(hub.sizes().events, 0);
}

#[test]
fn a_fork_has_a_log_of_its_own() {
    let hub = hub();
    let mut of_the_parent = Subscriber::new(&hub, &Start::Live);
    of_the_parent.frames();
    assert!(of_the_parent.poll().is_pending());
    let of_both = hub.publish("a/1", Frame::event("1")).unwrap();
    let woken = of_the_parent.times_woken();
    hub.begin_anew(Epoch::new(8));
    assert_eq!(hub.last_id(), Id::new(Epoch::new(8), 0));
    assert_eq!(of_the_parent.poll(), Poll::Ready(None));
    assert_eq!(of_the_parent.times_woken(), woken);
    hub.publish("a/1", Frame::event("of the child")).unwrap();
    let mut back = Subscriber::new(&hub, &Start::After(of_both.to_string()));
    assert!(back.frames().starts_with(b"event: gap\nid: "), "its ID is of another log");
    assert!(back.frames().starts_with(b"data: of the child\n"));
    drop(of_the_parent);
    assert_eq!(hub.presence("a/1"), 1);
}

/// A task of an executor that keeps none but by its waker: with the last waker goes the task, and a subscription with it.
struct Task(#[expect(dead_code, reason = "it is held, and nothing else")] Mutex<Subscription>);

impl Wake for Task {
    fn wake(self: Arc<Self>) {}
}

/// A task that waits with a subscription of its own. It is the waker in the hub that keeps it.
fn leave_to_the_hub(hub: &Hub, polled: &mut Subscription) {
    let task = Arc::new(Task(Mutex::new(hub.subscribe(&Topics::all(), &Start::Live))));
    let waker = Waker::from(task);
    while Pin::new(&mut *polled).poll_next(&mut Context::from_waker(&waker)).is_ready() {}
}

#[test]
fn what_goes_with_a_waker_may_use_the_hub() {
    let (done, wait) = mpsc::channel();
    thread::spawn(move || {
        let hub = hub();
        let mut subscription = hub.subscribe(&Topics::all(), &Start::Live);
        leave_to_the_hub(&hub, &mut subscription);
        // Another task polls it, and the hub knows of the first no more.
        leave_to_the_hub(&hub, &mut subscription);
        assert_eq!(hub.presence("a/1"), 2);
        drop(subscription);
        assert_eq!(hub.presence("a/1"), 0);
        done.send(()).unwrap();
    });
    wait.recv_timeout(Duration::from_secs(20)).expect("the hub waits for itself");
}
