//! Everybody comes back at once.

use std::{sync::Arc, time::Duration};

use tidings_e2e::{hub::Hub, process};
use tokio::{sync::Barrier, task::JoinSet, time::interval};

use crate::{MACHINE, PROGRAM, ledger::Ledger, publisher};

const CLIENTS: usize = 5000;
const MISSED: u32 = 20;
/// What is published while they come back.
const LATER: u32 = 100;
const EVERY: Duration = Duration::from_millis(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_thousand_clients_come_back_at_once() {
    let _machine = MACHINE.lock().await;
    process::allow_many_files();
    let hub = Arc::new(Hub::start(PROGRAM, &[]).await);
    let mut published = publisher::publish(&hub, 0..1 + MISSED, 0, async |_| ()).await;

    // All have seen the first event when they lose their connections, and miss those after it.
    let (gone, back) = (Arc::new(Barrier::new(CLIENTS + 1)), Arc::new(Barrier::new(CLIENTS + 1)));
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let mut ledger = Ledger::default();
        let mut stream = ledger.subscribe(&hub).await;
        assert_eq!(ledger.read(&mut stream).await, Some(0));
        let (hub, gone, back) = (Arc::clone(&hub), Arc::clone(&gone), Arc::clone(&back));
        clients.spawn(async move {
            gone.wait().await;
            drop(stream);
            back.wait().await;
            let mut stream = ledger.subscribe(&hub).await;
            while ledger.read(&mut stream).await != Some(MISSED + LATER) {}
            ledger
        });
    }
    hub.has_open_streams(CLIENTS as u64).await;
    gone.wait().await;
    hub.has_open_streams(0).await;
    back.wait().await;
    let mut pace = interval(EVERY);
    for number in 1 + MISSED..=MISSED + LATER {
        pace.tick().await;
        published.extend(publisher::publish(&hub, number..number + 1, 0, async |_| ()).await);
    }
    for ledger in clients.join_all().await {
        assert_eq!((ledger.check(&published), ledger.gaps()), (published.len(), 0));
    }
}
