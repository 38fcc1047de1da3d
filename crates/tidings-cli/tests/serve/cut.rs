//! The page's button, which ends the stream of a client by the name that it gave itself.

use hyper::{Method, StatusCode, Version};
use tidings_e2e::{client, hub::Hub, process};

use crate::support::start;

/// More than any list of names would be kept for.
const OTHERS: usize = 1100;

/// Cuts the stream of a client, and gives the status.
async fn cut(hub: &Hub, name: &str) -> StatusCode {
    client::request(Method::POST, &hub.url(&format!("/cut?client={name}")), Version::HTTP_11, &[]).await.status
}

#[tokio::test]
async fn a_name_is_that_of_an_open_stream() {
    process::allow_many_files();
    let hub = start(&[]).await;
    assert_eq!(cut(&hub, "first").await, StatusCode::NOT_FOUND);
    let mut first = hub.subscribe("match=a&client=first").await;
    let mut others = Vec::new();
    for number in 0..OTHERS {
        others.push(hub.subscribe(&format!("match=a&client={number}")).await);
    }
    assert_eq!(cut(&hub, "first").await, StatusCode::NO_CONTENT);
    assert_eq!(first.event().await, None, "its stream has ended");
    hub.has_open_streams(OTHERS as u64).await;
    assert_eq!(cut(&hub, "first").await, StatusCode::NOT_FOUND);
    drop(others);
    hub.has_open_streams(0).await;
    assert_eq!(cut(&hub, "0").await, StatusCode::NOT_FOUND);
}

/// A client may come back before its old stream is known to have ended.
#[tokio::test]
async fn a_name_is_that_of_its_last_stream() {
    let hub = start(&[]).await;
    let old = hub.subscribe("match=a&client=x").await;
    let mut new = hub.subscribe("match=a&client=x").await;
    drop(old);
    hub.has_open_streams(1).await;
    assert_eq!(cut(&hub, "x").await, StatusCode::NO_CONTENT);
    assert_eq!(new.event().await, None);
}

/// It is good for nothing but this, and takes memory for as long as the stream is open.
#[tokio::test]
async fn a_long_name_is_refused() {
    let hub = start(&[]).await;
    let url = hub.url(&format!("{}?match=a&client={}", tidings_e2e::hub::PATH, "x".repeat(65)));
    let response = client::get(&url, Version::HTTP_11, &[]).await;
    assert_eq!(response.status, StatusCode::BAD_REQUEST);
    assert!(response.text().await.contains("client: "));
}
