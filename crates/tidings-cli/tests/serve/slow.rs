//! Clients that take their time.

use std::time::{Duration, Instant};

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
    let halves = (timed(""), timed("GET /healthz HTTP/1.1\r\nhost: h"), timed(&half_a_body), others);
    let (nothing, head, body, ()) = tokio::join!(halves.0, halves.1, halves.2, halves.3);
    assert_eq!((nothing.as_str(), head.as_str()), ("", ""));
    assert!(body.starts_with("HTTP/1.1 408 ") && body.contains("in time"), "{body:?}");
}
