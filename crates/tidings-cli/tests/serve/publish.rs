//! What becomes of what is published.

use std::{collections::HashSet, time::Duration};

use hyper::StatusCode;
use tidings_codec::OwnedItem;

use crate::support::{data_until, next, publish, start};

#[tokio::test]
async fn an_event_has_its_type_data_and_id() {
    let hub = start(&[]).await;
    let mut stream = hub.subscribe("match=a").await;
    let form = [("topic", "a"), ("data", "two\nlines, größer & 100%"), ("type", "greeting")];
    let id = hub.publish(&form).await;
    let event = stream.event().await.expect("the stream does not end");
    assert_eq!(event.event_type(), "greeting");
    assert_eq!(event.data(), "two\nlines, größer & 100%");
    assert_eq!(event.last_event_id(), id);
    // Neither has to be there.
    hub.publish(&[("topic", "a")]).await;
    assert_eq!(next(&mut stream).await, ("message".to_owned(), String::new()));
}

#[tokio::test]
async fn an_event_of_several_topics_comes_once() {
    let hub = start(&[]).await;
    let mut both = hub.subscribe("match=a&match=b").await;
    let mut second = hub.subscribe("match=b").await;
    let mut neither = hub.subscribe("match=c").await;
    hub.publish(&[("topic", "a"), ("topic", "b"), ("topic", "a"), ("data", "1")]).await;
    hub.publish(&[("topic", "b"), ("topic", "c"), ("data", "end")]).await;
    assert_eq!(data_until(&mut both, "end").await, ["1"]);
    assert_eq!(data_until(&mut second, "end").await, ["1"]);
    assert!(data_until(&mut neither, "end").await.is_empty());
}

#[tokio::test]
async fn an_id_keeps_an_event_from_being_published_twice() {
    let hub = start(&["--keep-events", "4"]).await;
    let mut stream = hub.subscribe("match=a").await;
    let keyed = |data| [("topic", "a"), ("id", "urn:uuid:1"), ("data", data)];
    let first = hub.publish(&keyed("1")).await;
    let again = hub.post(&[], &keyed("again")).await;
    assert_eq!((again.status, again.header("tidings-repeated")), (StatusCode::OK, "true"));
    assert_eq!(again.text().await, first);
    assert_eq!(next(&mut stream).await.1, "1");
    for number in ["2", "3", "4", "5", "6"] {
        publish(&hub, "a", number).await;
        assert_eq!(next(&mut stream).await.1, number);
    }
    let anew = hub.post(&[], &keyed("7")).await;
    assert_eq!(anew.header("tidings-repeated"), "");
    assert_ne!(anew.text().await, first, "the first is not kept any more");
    assert_eq!(next(&mut stream).await.1, "7");
}

/// Many publishers count by themselves, each for a topic of its own.
#[tokio::test]
async fn an_id_is_that_of_its_topics() {
    let hub = start(&[]).await;
    let mut stream = hub.subscribe("match=*").await;
    let long = "x".repeat(1024);
    let mut ids = HashSet::new();
    for (topics, id) in [
        (vec!["jobs/1"], "1"),
        (vec!["jobs/2"], "1"),
        (vec!["jobs/1", "jobs/2"], "1"),
        (vec!["jobs/1"], "2"),
        (vec!["jobs/11"], ""),
        (vec!["jobs/11"], "1"),
        (vec![&long], &long),
    ] {
        let post = async |topics: &[&str]| {
            let form: Vec<_> = topics.iter().map(|topic| ("topic", *topic)).chain([("id", id)]).collect();
            hub.post(&[], &form).await
        };
        let response = post(&topics).await;
        assert_eq!(response.header("tidings-repeated"), "", "{topics:?} {id}");
        let first = response.text().await;
        assert_eq!(next(&mut stream).await.0, "message");
        // In another order, and twice, they are the same.
        let same: Vec<_> = topics.iter().rev().chain(&topics).copied().collect();
        if !id.is_empty() {
            assert_eq!(post(&same).await.text().await, first, "{topics:?} {id}");
        }
        assert!(ids.insert(first), "{topics:?} {id}");
    }
    assert_eq!(hub.metric("tidings_hub_repeated_total").await, 6);
}

#[tokio::test]
async fn a_reconnection_time_goes_to_the_clients() {
    let hub = start(&[]).await;
    let mut stream = hub.subscribe("match=a").await;
    stream.begin().await;
    hub.publish(&[("topic", "a"), ("data", "1"), ("retry", "2500")]).await;
    let item = stream.item().await;
    assert_eq!(item, Some(OwnedItem::ReconnectionTime(Duration::from_millis(2500))));
    assert_eq!(next(&mut stream).await.1, "1");
}

#[tokio::test]
async fn as_large_as_it_may_be() {
    let hub = start(&["--max-event-bytes", "10000"]).await;
    let mut stream = hub.subscribe("match=a").await;
    // Each of these takes three bytes in the form.
    let data = "\u{1}".repeat(9000);
    publish(&hub, "a", &data).await;
    assert_eq!(next(&mut stream).await.1, data);
}
