//! A graceful shutdown with many open event streams.

#![forbid(unsafe_code)]

use std::time::{Duration, Instant};

use http::Version;
use tidings_codec::OwnedItem;
use tidings_e2e::{
    client::{self, Response},
    server::{Adapter, Server},
};
use tokio::task::JoinSet;

const PROGRAM: &str = env!("CARGO_BIN_EXE_e2e-server");
const CLIENTS: usize = 1000;
/// How many connect at once: no more than may wait to be accepted.
const AT_ONCE: usize = 100;

/// The process is gone within 2 s of SIGTERM, and each client's stream ends as it should.
async fn many_streams(adapter: Adapter) {
    tidings_e2e::process::allow_many_files();
    let mut server = Server::start(PROGRAM, adapter, &[]).await;
    let url = server.url("/feed?every=100&bytes=1000");
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS / AT_ONCE {
        let mut opening = JoinSet::new();
        for _ in 0..AT_ONCE {
            let url = url.clone();
            opening.spawn(async move { client::get(&url, Version::HTTP_11, &[]).await });
        }
        for response in opening.join_all().await {
            clients.spawn(read_to_the_end(response));
        }
    }
    assert_eq!(server.open_streams().await, CLIENTS);

    let start = Instant::now();
    server.process().terminate();
    let status = server.process().ends().await;
    let time = start.elapsed();
    assert!(status.success(), "{status}");
    // It takes less than one, if the machine is not busy; without an end it would be the deadline, which is twice this.
    assert!(time < Duration::from_secs(10), "it took {time:?}");

    let ends = clients.join_all().await;
    assert_eq!(ends.len(), CLIENTS);
    // They are told to come back at different times.
    let times: std::collections::HashSet<Duration> = ends.into_iter().collect();
    assert!(times.len() > 100, "{} different times", times.len());
}

/// Reads whole events, numbered from 1, and gives the reconnection time that comes last.
async fn read_to_the_end(mut response: Response) -> Duration {
    let mut number = 0;
    let mut last = None;
    while let Some(item) = response.item().await {
        if let OwnedItem::Event(event) = &item {
            number += 1;
            assert_eq!(event.last_event_id(), number.to_string());
            assert_eq!(event.data(), format!("{number}{}", "x".repeat(1000)));
        }
        last = Some(item);
    }
    assert!(!response.is_cut(), "the stream ends in the middle of an event");
    assert!(number > 0, "there was no event");
    match last {
        Some(OwnedItem::ReconnectionTime(time)) if time <= Duration::from_secs(1) => time,
        other => panic!("the last is no reconnection time: {other:?}"),
    }
}

#[tokio::test]
async fn axum() {
    many_streams(Adapter::Axum).await;
}

#[tokio::test]
async fn actix() {
    many_streams(Adapter::Actix).await;
}

#[tokio::test]
async fn warp() {
    many_streams(Adapter::Warp).await;
}
