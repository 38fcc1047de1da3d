//! A publisher that is faster than everybody.

use std::{sync::Arc, time::Duration};

use tidings_e2e::hub::Hub;
use tokio::{task::JoinSet, time::sleep};

use crate::{MACHINE, PROGRAM, ledger::Ledger, publisher};

/// Some 100 MB in all, of which the hub may keep less than a tenth.
const EVENTS: u32 = 100_000;
const PADDING: usize = 1000;
const KEPT: &str = "8000000";
const MOST_MEMORY: u64 = 60_000_000;
const READERS: u32 = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_publishes_faster_than_all_read_does_not_fill_the_memory() {
    let _machine = MACHINE.lock().await;
    let mut hub = Arc::new(Hub::start(PROGRAM, &["--keep-bytes", KEPT]).await);
    let mut readers = JoinSet::new();
    for slowness in 1..=READERS {
        let (hub, mut ledger) = (Arc::clone(&hub), Ledger::default());
        readers.spawn(async move {
            let mut stream = ledger.subscribe(&hub).await;
            loop {
                match ledger.read(&mut stream).await {
                    Some(number) if number == EVENTS - 1 => return ledger,
                    Some(number) if number % 100 == 0 => sleep(Duration::from_millis(u64::from(5 * slowness))).await,
                    _ => {}
                }
            }
        });
    }
    let published = publisher::publish(&hub, 0..EVENTS, PADDING, async |_| ()).await;
    for ledger in readers.join_all().await {
        let seen = ledger.check(&published);
        println!("{seen} seen, {} gaps", ledger.gaps());
        assert!(ledger.gaps() > 0 && seen > 1000, "{seen} seen, {} gaps", ledger.gaps());
    }
    let memory = Arc::get_mut(&mut hub).expect("the readers have gone").process().peak_memory();
    println!("{memory} bytes at most");
    assert!(memory < MOST_MEMORY, "{memory}");
}
