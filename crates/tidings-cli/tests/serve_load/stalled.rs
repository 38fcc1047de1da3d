//! Subscribers that never read.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use tidings_e2e::{client::Response, hub::Hub, wait};
use tokio::task::JoinSet;

use crate::{MACHINE, PROGRAM, ledger::Ledger, publisher};

/// Some 80 MB in all, of which the hub may keep a tenth.
const EVENTS: u32 = 20_000;
const PADDING: usize = 4000;
const KEPT: &str = "8000000";
const MOST_MEMORY: u64 = 60_000_000;
const READERS: usize = 8;
const STALLED: usize = 8;
const AHEAD: u32 = 500;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_never_reads_costs_the_others_nothing() {
    let _machine = MACHINE.lock().await;
    let mut hub = Hub::start(PROGRAM, &["--keep-bytes", KEPT]).await;
    let mut stalled = Vec::new();
    for _ in 0..STALLED {
        let ledger = Ledger::default();
        stalled.push((ledger.subscribe(&hub).await, ledger));
    }
    let progress: Arc<[AtomicU32]> = (0..READERS).map(|_| AtomicU32::new(0)).collect();
    let mut readers = JoinSet::new();
    for index in 0..READERS {
        let (ledger, progress) = (Ledger::default(), Arc::clone(&progress));
        readers.spawn(read(ledger.subscribe(&hub).await, ledger, move |number| {
            progress[index].store(number, Ordering::Relaxed);
        }));
    }
    // In step with those who read: were they held up, this would never end.
    let slowest = || progress.iter().map(|progress| progress.load(Ordering::Relaxed)).min().unwrap_or_default();
    let published = publisher::publish(&hub, 0..EVENTS, PADDING, async |next| {
        wait::until("the readers", async || (next <= slowest() + AHEAD).then_some(())).await;
    })
    .await;
    for ledger in readers.join_all().await {
        assert_eq!((ledger.check(&published), ledger.gaps()), (published.len(), 0));
    }
    let memory = hub.process().peak_memory();
    println!("{memory} bytes at most");
    assert!(memory < MOST_MEMORY, "{memory}");

    // They go on where they stopped, and hear of what is not kept any more.
    for (stream, ledger) in stalled {
        let ledger = read(stream, ledger, |_| ()).await;
        let seen = ledger.check(&published);
        assert!(ledger.gaps() > 0 && seen > 1000, "{seen} seen, {} gaps", ledger.gaps());
    }
}

async fn read(mut stream: Response, mut ledger: Ledger, seen: impl Fn(u32)) -> Ledger {
    loop {
        let number = ledger.read(&mut stream).await;
        number.inspect(|number| seen(*number));
        if number == Some(EVENTS - 1) {
            return ledger;
        }
    }
}
