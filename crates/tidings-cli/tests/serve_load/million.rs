//! A million events for 24 subscribers who come and go.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use tidings_e2e::{hub::Hub, wait};
use tokio::{task::JoinSet, time::sleep};

use crate::{MACHINE, PROGRAM, ledger::Ledger, publisher};

const EVENTS: u32 = 1_000_000;
/// Those who come back at once; the publisher waits for the slowest of them if it is much behind.
const STEADY: usize = 16;
/// Those who stay away for a while, for whom nobody waits.
const SLEEPY: usize = 8;
const KEPT: u32 = 50_000;
const AHEAD: u32 = 20_000;
/// After how many events a subscriber breaks its connection, at most.
const VISIT: u32 = 40_000;

/// A million events are published by a million requests, and counted by the numbers in their data: each of 24 subscribers, over
/// sockets, must see each number once and in order, with the ID that the publisher was told, or be told of a gap that covers it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_million_events_for_24_subscribers_who_come_and_go() {
    let _machine = MACHINE.lock().await;
    let hub = Arc::new(Hub::start(PROGRAM, &["--keep-events", &KEPT.to_string()]).await);
    let progress: Arc<[AtomicU32]> = (0..STEADY).map(|_| AtomicU32::new(0)).collect();
    let mut subscribers = JoinSet::new();
    for index in 0..STEADY + SLEEPY {
        let (hub, progress) = (Arc::clone(&hub), Arc::clone(&progress));
        subscribers.spawn(async move { (index, come_and_go(&hub, progress.get(index)).await) });
    }
    let slowest = || progress.iter().map(|progress| progress.load(Ordering::Relaxed)).min().unwrap_or_default();
    let published = publisher::publish(&hub, 0..EVENTS, 0, async |next| {
        wait::until("the slowest of the subscribers", async || (next <= slowest() + AHEAD).then_some(())).await;
    })
    .await;
    assert!(published.is_sorted());

    let (mut returns, mut gaps) = (0, 0);
    while let Some(subscriber) = subscribers.join_next().await {
        let (index, (ledger, returned)) = subscriber.expect("no subscriber panics");
        let seen = ledger.check(&published);
        if index < STEADY {
            assert_eq!((seen, ledger.gaps()), (EVENTS as usize, 0), "all was kept for those who come back at once");
        }
        (returns, gaps) = (returns + returned, gaps + ledger.gaps());
    }
    println!("{returns} returns, {gaps} gaps");
    assert!(returns > 24 * 20 && gaps > 0, "{returns} returns, {gaps} gaps");
}

/// Reads up to the last event over many connections. Returns how often it came back.
async fn come_and_go(hub: &Hub, progress: Option<&AtomicU32>) -> (Ledger, usize) {
    let mut ledger = Ledger::default();
    for returned in 0.. {
        let mut stream = ledger.subscribe(hub).await;
        for _ in 0..fastrand::u32(1..VISIT) {
            let number = ledger.read(&mut stream).await;
            if let (Some(progress), Some(number)) = (progress, number) {
                progress.store(number, Ordering::Relaxed);
            }
            if number == Some(EVENTS - 1) {
                return (ledger, returned);
            }
        }
        drop(stream);
        if progress.is_none() {
            sleep(Duration::from_millis(fastrand::u64(..2000))).await;
        }
    }
    unreachable!("nobody comes back that often")
}
