//! Clients that take their time.

use std::time::{Duration, Instant};

use tidings_e2e::hub;
use tokio::{io::AsyncWriteExt as _, net::TcpStream};

use crate::support::{publish, publish_head, raw, start};

/// Less than the program gives them, and much more: a busy machine may be late.
const LEAST: Duration = Duration::from_secs(9);
const MOST: Duration = Duration::from_secs(19);

#[tokio::test]
async fn half_a_request_is_not_waited_for_for_long() {
    let hub = start(&[]).await;
    let half_a_body = publish_head("content-length: 100") + "topic=a";
    let timed = async |half: &str| {
        let begun = Instant::now();
        let answer = raw(&hub, half.as_bytes()).await;
        assert!((LEAST..MOST).contains(&begun.elapsed()), "{:?} for {half:?}", begun.elapsed());
        answer
    };
    let others = async {
        let begun = Instant::now();
        publish(&hub, "a", "others do not wait").await;
        assert!(begun.elapsed() < LEAST);
    };
    let halves = (timed(""), timed("GET /healthz HTTP/1.1\r\nhost: l"), timed(&half_a_body), others);
    let (nothing, head, body, ()) = tokio::join!(halves.0, halves.1, halves.2, halves.3);
    assert_eq!(nothing, "", "there is nothing to answer");
    assert!(head.starts_with("HTTP/1.1 408 ") && head.contains("in time"), "{head:?}");
    assert!(body.starts_with("HTTP/1.1 408 ") && body.contains("in time"), "{body:?}");
}

/// More than fits into the buffers of a connection.
const MEGABYTES: usize = 8;

/// By default it would stay for half a minute, which is longer than anything is waited for here.
#[tokio::test]
async fn a_client_that_never_reads_is_gone_in_the_given_time() {
    let hub = start(&["--client-timeout", "1"]).await;
    let mut stalled = TcpStream::connect(("127.0.0.1", hub.port())).await.expect("it listens");
    let request = format!("GET {}?match=a HTTP/1.1\r\nhost: localhost\r\n\r\n", hub::PATH);
    stalled.write_all(request.as_bytes()).await.expect("it listens");
    hub.has_open_streams(1).await;
    for _ in 0..MEGABYTES {
        publish(&hub, "a", &"x".repeat(1_000_000)).await;
    }
    hub.has_open_streams(0).await;
}

/// It has a gap, or the end of its stream.
#[tokio::test]
async fn a_client_that_falls_behind_is_dealt_with_as_told() {
    for (policy, outcome) in [("gap", Some("gap")), ("disconnect", None)] {
        let hub = start(&["--slow-policy", policy, "--keep-bytes", "2000000"]).await;
        let mut stream = hub.subscribe("match=a").await;
        stream.begin().await;
        for _ in 0..2 * MEGABYTES {
            publish(&hub, "a", &"x".repeat(1_000_000)).await;
        }
        let mut last = None;
        while let Some(event) = stream.event().await {
            last = Some(event.event_type().to_owned()).filter(|event_type| event_type == "gap");
            if last.is_some() {
                break;
            }
        }
        assert_eq!(last.as_deref(), outcome, "{policy}");
        assert!(!stream.is_cut(), "{policy}");
        assert_eq!(hub.metric("tidings_hub_gaps_total{reason=\"fell-behind\"}").await, 1);
    }
}
