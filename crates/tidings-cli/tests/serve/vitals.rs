//! What the hub publishes itself, for the page.

use crate::support::{goes_on_for, has_run_for, next, publish, start};

/// How many seconds are enough to see that none come.
const CALM: u64 = 1;
/// How long they go on after the last who saw them has gone, if clients are to come back at once.
const LINGER: u64 = 5;

#[tokio::test]
async fn they_come_at_once_and_every_second() {
    let hub = start(&[]).await;
    for (topics, count) in [("tidings/vitals", 2), ("tidings/*", 1), ("tidings/%7Bname%7D", 1)] {
        let mut stream = hub.subscribe(&format!("match=a&match={topics}")).await;
        let mut numbers = Vec::new();
        for _ in 0..count {
            let (event_type, data) = next(&mut stream).await;
            assert_eq!(event_type, "tidings/vitals");
            let vitals: serde_json::Value = serde_json::from_str(&data).expect("it is JSON");
            assert!(vitals["hub"]["subscribers"].as_u64() > Some(0), "{vitals}");
            assert!(vitals["memory"]["total"].as_u64() > Some(0), "{vitals}");
            assert!(vitals["cores"].as_u64() > Some(0), "{vitals}");
            assert!(vitals["cpu"].as_f64().is_some_and(|cpu| (0.0..=100.0).contains(&cpu)), "{vitals}");
            numbers.push(vitals["n"].as_u64().expect("it is a number"));
        }
        assert!(numbers.windows(2).all(|pair| pair[0] + 1 == pair[1]), "{topics}");
    }
}

/// Nobody's events have to go for what nobody looks at.
#[tokio::test]
async fn they_take_no_places_while_nobody_asks_for_them() {
    let hub = start(&["--keep-events", "3"]).await;
    let mut others = hub.subscribe("match=*&match=a").await;
    for number in ["1", "2", "3"] {
        publish(&hub, "a", number).await;
    }
    goes_on_for(&hub, CALM).await;
    assert_eq!(hub.metric("tidings_hub_published_total").await, 3);
    let mut stream = hub.subscribe("match=*&last=10").await;
    for number in ["1", "2", "3"] {
        assert_eq!(next(&mut stream).await.1, number);
        assert_eq!(next(&mut others).await.1, number);
    }
}

#[tokio::test]
async fn they_end_some_time_after_the_last_who_saw_them() {
    let hub = start(&["--retry", "0"]).await;
    let mut stream = hub.subscribe("match=tidings/vitals").await;
    next(&mut stream).await;
    drop(stream);
    hub.has_open_streams(0).await;
    let (published, end) =
        (hub.metric("tidings_hub_published_total").await, hub.metric("tidings_uptime_seconds").await + LINGER + 2);
    has_run_for(&hub, end).await;
    let then = hub.metric("tidings_hub_published_total").await;
    assert!(then > published, "a page that comes back soon has missed some");
    has_run_for(&hub, end + CALM).await;
    assert_eq!(hub.metric("tidings_hub_published_total").await, then);
    // And they come again.
    next(&mut hub.subscribe("match=tidings/vitals").await).await;
}

#[tokio::test]
async fn there_may_be_none() {
    let hub = start(&["--no-vitals"]).await;
    let mut stream = hub.subscribe("match=tidings/vitals&match=a").await;
    goes_on_for(&hub, CALM).await;
    publish(&hub, "a", "1").await;
    assert_eq!(next(&mut stream).await, ("message".to_owned(), "1".to_owned()));
    assert_eq!(hub.metric("tidings_hub_published_total").await, 1);
}
