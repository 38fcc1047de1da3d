//! Ending bodies when the server stops.

use std::time::Duration;

use crate::support::{chunk, event, is_waiting, rest};
use futures_util::{StreamExt as _, stream};
use tidings_codec::{Decoder, Item};
use tidings_http::{EncodedFrame, Options, Shutdown};
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);

fn options(shutdown: &Shutdown) -> Options {
    Options::builder().shutdown(shutdown).build().unwrap()
}

/// The reconnection time that ends the stream, which must be whole.
fn last_reconnection_time(stream: &str) -> Duration {
    assert!(stream.ends_with("\n\n"), "cut: {:?}", &stream[stream.len().saturating_sub(100)..]);
    let mut decoder = Decoder::new();
    let mut items = decoder.feed(stream.as_bytes());
    let mut last = None;
    while let Some(item) = items.next().unwrap() {
        last = if let Item::ReconnectionTime(time) = item { Some(time) } else { None };
    }
    last.expect("the last that is said is the reconnection time")
}

#[tokio::test(start_paused = true)]
async fn each_body_ends_at_its_own_moment_with_its_own_reconnection_time() {
    let shutdown = Shutdown::new();
    let mut bodies = Vec::new();
    for number in 0..100 {
        let source = if number % 2 == 0 {
            stream::pending().boxed()
        } else {
            stream::iter(0..)
                .then(|n: u64| async move {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                    event(&n.to_string())
                })
                .boxed()
        };
        bodies.push(tokio::spawn({
            let body = options(&shutdown).body(source);
            async move { (rest(body).await, Instant::now()) }
        }));
    }
    tokio::time::sleep(5 * SECOND).await;
    assert_eq!(shutdown.open_streams(), 100);
    assert!(!shutdown.is_draining());

    let start = Instant::now();
    shutdown.drain(10 * SECOND);
    assert!(shutdown.is_draining());
    shutdown.drained().await;
    assert!(start.elapsed() <= 10 * SECOND + Duration::from_millis(20), "{:?}", start.elapsed());
    assert_eq!(shutdown.open_streams(), 0);

    let (mut moments, mut times) = (Vec::new(), Vec::new());
    for body in bodies {
        let (stream, at) = body.await.unwrap();
        moments.push(at - start);
        times.push(last_reconnection_time(&stream));
    }
    for spread in [&mut moments, &mut times] {
        spread.sort_unstable();
        assert!(spread[99] <= 10 * SECOND + Duration::from_millis(20), "{spread:?}");
        assert!(spread[20] < 5 * SECOND && spread[80] > 5 * SECOND, "not spread: {spread:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_source_that_is_always_ready_is_ended_too() {
    let shutdown = Shutdown::new();
    let mut body = Box::pin(options(&shutdown).body(stream::repeat(event("1"))));
    chunk(&mut body).await;
    shutdown.drain(SECOND);
    let mut all = Vec::new();
    while let Some(chunk) = body.next().await {
        all.extend_from_slice(&chunk.unwrap());
        tokio::time::advance(Duration::from_millis(50)).await;
    }
    last_reconnection_time(std::str::from_utf8(&all).unwrap());
}

#[tokio::test(start_paused = true)]
async fn bodies_made_while_draining_end_with_the_others() {
    let shutdown = Shutdown::new();
    shutdown.drain(10 * SECOND);
    tokio::time::sleep(5 * SECOND).await;
    let start = Instant::now();
    let stream = rest(options(&shutdown).body(stream::pending::<EncodedFrame>())).await;
    assert!(start.elapsed() <= 5 * SECOND + Duration::from_millis(2));
    assert!(last_reconnection_time(&stream) <= 5 * SECOND);

    tokio::time::sleep(10 * SECOND).await;
    assert_eq!(rest(options(&shutdown).body(stream::repeat(event("1")))).await, "", "too late");
}

#[tokio::test(start_paused = true)]
async fn a_second_call_only_shortens() {
    let shutdown = Shutdown::new();
    let mut body = Box::pin(options(&shutdown).body(stream::pending::<EncodedFrame>()));
    chunk(&mut body).await;
    assert!(is_waiting(&mut body).await);
    shutdown.drain(Duration::from_hours(1000));
    assert!(is_waiting(&mut body).await);
    shutdown.drain(Duration::MAX);
    assert!(is_waiting(&mut body).await);

    let start = Instant::now();
    let reader = tokio::spawn(rest(body));
    tokio::task::yield_now().await;
    shutdown.drain(Duration::ZERO);
    shutdown.drained().await;
    assert!(start.elapsed() < Duration::from_millis(2), "{:?}", start.elapsed());
    let stream = reader.await.unwrap();
    assert!(stream.is_empty() || stream.starts_with(": "), "no reconnection time for a window of nothing: {stream:?}");
}

#[tokio::test(start_paused = true)]
async fn a_body_hears_of_it_wherever_it_waits() {
    let shutdown = Shutdown::new();
    let mut body = Box::pin(options(&shutdown).body(stream::pending::<EncodedFrame>()));
    chunk(&mut body).await;
    assert!(is_waiting(&mut body).await, "it waits in this task");
    let elsewhere = tokio::spawn(rest(body));
    tokio::task::yield_now().await;
    shutdown.drain(Duration::ZERO);
    tokio::time::timeout(SECOND, elsewhere).await.expect("it was woken in the other").unwrap();
}

#[tokio::test(start_paused = true)]
async fn open_streams_are_those_that_are_not_dropped() {
    let shutdown = Shutdown::new();
    tokio::time::timeout(SECOND, shutdown.drained()).await.expect("there is none");
    let options = options(&shutdown);
    let bodies: Vec<_> = (0..3).map(|_| options.body(stream::pending::<EncodedFrame>())).collect();
    assert_eq!(shutdown.open_streams(), 3);
    let waits = tokio::spawn({
        let shutdown = shutdown.clone();
        async move { shutdown.drained().await }
    });
    tokio::task::yield_now().await;
    assert!(!waits.is_finished());
    drop(bodies);
    assert_eq!(shutdown.open_streams(), 0);
    tokio::time::timeout(SECOND, waits).await.expect("it was woken").unwrap();
}
