//! The end of the program.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use tidings_codec::OwnedItem;
use tidings_e2e::{client::Response, hub::Hub, process, wait};
use tokio::{io::AsyncWriteExt as _, net::TcpStream, task::JoinSet};

use crate::support::{next, publish, start};

const STREAMS: usize = 1000;
/// More than fits into the buffers of a connection.
const MEGABYTES: usize = 16;
/// It takes one second and a half, if the machine is not busy; clients that do not read would keep it for thirty.
const LONGEST: Duration = Duration::from_secs(10);

#[tokio::test]
async fn with_many_streams() {
    process::allow_many_files();
    let mut hub = start(&[]).await;
    let mut readers = JoinSet::new();
    for _ in 0..STREAMS {
        readers.spawn(read_to_the_end(hub.subscribe("match=a").await));
    }
    let [_never_reads, _half_a_head, _silent] = obstacles(&hub).await;
    hub.has_open_streams(STREAMS as u64 + 1).await;
    for number in 1..=20 {
        publish(&hub, "a", &number.to_string()).await;
    }
    for _ in 0..MEGABYTES {
        publish(&hub, "large", &"x".repeat(1_000_000)).await;
    }

    let start = Instant::now();
    hub.process().terminate();
    let status = hub.process().ends().await;
    let time = start.elapsed();
    assert!(status.success(), "{status}");
    assert!(time < LONGEST, "it took {time:?}");

    let times = readers.join_all().await;
    assert_eq!(times.len(), STREAMS);
    // They are told to come back at different times.
    let times: HashSet<Duration> = times.into_iter().collect();
    assert!(times.len() > 100, "{} different times", times.len());
}

/// Connections that do not end by themselves.
async fn obstacles(hub: &Hub) -> [TcpStream; 3] {
    let connect = || TcpStream::connect(("127.0.0.1", hub.port()));
    let mut streams = [connect().await, connect().await, connect().await].map(|stream| stream.expect("it listens"));
    let subscribes = b"GET /.well-known/mercure?match=large HTTP/1.1\r\nhost: localhost\r\n\r\n";
    streams[0].write_all(subscribes).await.expect("it listens");
    streams[1].write_all(b"GET /hea").await.expect("it listens");
    streams
}

/// Reads all events, and gives the reconnection time that comes last.
async fn read_to_the_end(mut stream: Response) -> Duration {
    let (mut number, mut last) = (0, None);
    while let Some(item) = stream.item().await {
        if let OwnedItem::Event(event) = &item {
            number += 1;
            assert_eq!(event.data(), number.to_string());
        }
        last = Some(item);
    }
    assert!(!stream.is_cut(), "the stream ends in the middle of an event");
    assert_eq!(number, 20);
    match last {
        Some(OwnedItem::ReconnectionTime(time)) => time,
        other => panic!("the last is no reconnection time: {other:?}"),
    }
}

#[tokio::test]
async fn with_control_c() {
    let mut hub = start(&["--drain", "3600"]).await;
    let mut stream = hub.subscribe("match=a").await;
    publish(&hub, "a", "1").await;
    assert_eq!(next(&mut stream).await.1, "1");
    let begun = Instant::now();
    hub.process().interrupt();
    // It sends clients away over an hour, until it is told again.
    wait::until("nobody new comes in", async || {
        TcpStream::connect(("127.0.0.1", hub.port())).await.is_err().then_some(())
    })
    .await;
    hub.process().interrupt();
    assert!(hub.process().ends().await.success());
    assert!(begun.elapsed() < LONGEST);
}
