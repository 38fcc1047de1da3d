//! What machines look at.

use std::{collections::HashSet, time::Duration};

use hyper::{Method, StatusCode, Version, header};
use tidings_e2e::{client, hub::Hub, wait};
use tokio::{net::TcpStream, time::sleep};

use crate::support::{PROGRAM, publish, start};

#[tokio::test]
async fn health() {
    let hub = start(&[]).await;
    let response = client::get(&hub.url("/healthz"), Version::HTTP_11, &[]).await;
    assert_eq!((response.status, response.text().await.as_str()), (StatusCode::OK, "ok\n"));
    for path in ["/healthz", "/metrics", "/"] {
        let response = client::request(Method::HEAD, &hub.url(path), Version::HTTP_11, &[]).await;
        assert_eq!((response.status, response.text().await.as_str()), (StatusCode::OK, ""), "{path}");
    }
}

/// The rules of Prometheus's text format, version 0.0.4.
#[tokio::test]
async fn metrics_are_what_prometheus_reads() {
    let hub = start(&[]).await;
    let response = client::get(&hub.url("/metrics"), Version::HTTP_11, &[]).await;
    assert_eq!(response.header(header::CONTENT_TYPE), "text/plain; version=0.0.4; charset=utf-8");
    let text = response.text().await;
    assert!(text.ends_with('\n'));
    let is_name = |name: &str| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let (mut names, mut typed) = (HashSet::new(), "");
    for line in text.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, help) = help.split_once(' ').expect("it has a text");
            assert!(is_name(name) && !help.is_empty(), "{line}");
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').expect("it has a type");
            assert!(["counter", "gauge"].contains(&kind), "{line}");
            assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
            typed = name;
        } else {
            let (metric, value) = line.split_once(' ').expect("it has a value");
            let (name, label) = metric.split_once('{').map_or((metric, None), |(name, label)| (name, Some(label)));
            assert_eq!(name, typed, "its type comes right before");
            let is_label = |label: &str| label.starts_with("reason=\"") && label.ends_with("\"}");
            assert!(label.is_none_or(is_label), "{line}");
            assert!(value.parse::<f64>().is_ok_and(f64::is_finite), "{line}");
            assert!(names.insert(metric), "{line} is there twice");
        }
    }
    assert!(
        names.contains("tidings_hub_published_total") && names.contains("tidings_hub_gaps_total{reason=\"evicted\"}")
    );
}

#[tokio::test]
async fn metrics_follow_what_happens() {
    let hub = start(&["--keep-events", "5"]).await;
    let stream = hub.subscribe("match=a").await;
    for number in 0..10 {
        publish(&hub, "a", &number.to_string()).await;
    }
    assert!(hub.metric("tidings_hub_published_total").await >= 10);
    assert_eq!(hub.metric("tidings_hub_kept_events").await, 5);
    assert_eq!(hub.metric("tidings_hub_subscribers").await, 1);
    assert_eq!(hub.metric("tidings_open_streams").await, 1);
    assert_eq!(hub.metric("tidings_hub_gaps_total{reason=\"unknown-id\"}").await, 0);
    drop(hub.subscribe("match=a&lastEventID=unknown").await);
    assert_eq!(hub.metric("tidings_hub_gaps_total{reason=\"unknown-id\"}").await, 1);
    drop(stream);
    hub.has_open_streams(0).await;
    assert_eq!(hub.metric("tidings_hub_subscribers").await, 0);
}

/// Most systems let a program have 1024 open files, until it asks for more.
#[tokio::test]
async fn it_takes_as_many_open_files_as_it_may_have() {
    let hub = Hub::start_after("ulimit -Sn 64", PROGRAM, &[]).await;
    let mut streams = Vec::new();
    for _ in 0..100 {
        streams.push(hub.subscribe("match=a").await);
    }
    hub.has_open_streams(100).await;
}

#[tokio::test]
async fn a_lack_of_open_files_is_not_told_again_and_again() {
    let mut hub = Hub::start_after("ulimit -n 32", PROGRAM, &[]).await;
    let mut connections = Vec::new();
    for _ in 0..40 {
        connections.push(TcpStream::connect(("127.0.0.1", hub.port())).await.expect("they wait to be accepted"));
    }
    let process = hub.process();
    let told = || process.stderr().matches("cannot accept").count();
    wait::until("the hub to tell", async || (told() > 0).then_some(())).await;
    sleep(Duration::from_millis(500)).await; // ten more attempts
    assert_eq!(told(), 1);
    drop(connections);
    publish(&hub, "a", "it goes on").await;
}
