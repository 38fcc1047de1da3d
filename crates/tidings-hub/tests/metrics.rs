//! What the recorder of a program hears of a hub.

#![allow(clippy::unwrap_used)]

use std::{collections::BTreeMap, time::Duration};

use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};
use tidings_codec::Frame;
use tidings_hub::{Hub, Start, Topics};
use tokio::time::sleep;

/// The metrics by name, and reason if they have one.
fn metrics(recorder: &Snapshotter) -> BTreeMap<String, String> {
    let metrics = recorder.snapshot().into_vec().into_iter().map(|(key, _, description, value)| {
        assert!(description.is_some_and(|text| !text.is_empty()), "{key:?} is described");
        let labels = key.key().labels().map(|label| format!("/{}", label.value()));
        let value = match value {
            DebugValue::Counter(count) => count.to_string(),
            DebugValue::Gauge(size) => size.0.to_string(),
            DebugValue::Histogram(_) => panic!("it has none"),
        };
        (key.key().name().to_owned() + &labels.collect::<String>(), value)
    });
    metrics.collect()
}

#[tokio::test(start_paused = true)]
async fn a_recorder_is_told_what_the_hub_counts_and_holds() {
    let recorder = DebuggingRecorder::new();
    let snapshots = recorder.snapshotter();
    recorder.install().unwrap();

    let named = Hub::builder().name("chat").build().unwrap();
    let hub = Hub::new();
    hub.publish("a", Frame::event("1")).unwrap();
    named.publish("a", Frame::event("1")).unwrap();
    hub.publish("b", Frame::event("2")).unwrap();
    let _subscriptions = ["unknown", "other"].map(|id| hub.subscribe(&Topics::all(), &Start::After(id.to_owned())));
    // No event tells it: a second does.
    sleep(Duration::from_secs(3)).await;
    let metrics = metrics(&snapshots);
    for (name, value) in [
        ("tidings_hub_published_total", "2"),
        ("tidings_hub_published_total/chat", "1"),
        ("tidings_hub_gaps_total/chat/unknown-id", "0"),
        ("tidings_hub_repeated_total", "0"),
        ("tidings_hub_subscribed_total", "2"),
        ("tidings_hub_revoked_total", "0"),
        ("tidings_hub_gaps_total/evicted", "0"),
        ("tidings_hub_gaps_total/unknown-id", "2"),
        ("tidings_hub_gaps_total/future-id", "0"),
        ("tidings_hub_gaps_total/fell-behind", "0"),
        ("tidings_hub_kept_events", "2"),
        ("tidings_hub_topics", "2"),
        ("tidings_hub_subscribers", "2"),
    ] {
        assert_eq!(metrics.get(name).map(String::as_str), Some(value), "{name}");
    }
    assert_eq!(metrics["tidings_hub_kept_bytes"], hub.sizes().bytes.to_string());
    let oldest: f64 = metrics["tidings_hub_oldest_seconds"].parse().unwrap();
    assert!((2.0..=3.1).contains(&oldest), "{oldest}");
    assert_eq!(metrics.len(), 2 * 13);
}
