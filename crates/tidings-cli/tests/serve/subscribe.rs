//! Who gets which events, and from where on.

use hyper::header;
use tidings_codec::OwnedItem;

use crate::support::{LAST_EVENT_ID, data_until, publish, start};

const TOPICS: [&str; 6] = ["a", "a/1", "a/1/2", "ab", "b", "https://example.com/books/7"];

#[tokio::test]
async fn topics_by_name_prefix_and_template() {
    let hub = start(&[]).await;
    let mut streams = Vec::new();
    for (query, expected) in [
        ("match=a", vec!["a"]),
        ("topic=a", vec!["a"]),
        ("topic=a&topic=b", vec!["a", "b"]),
        ("match=a&topic=b&match=a", vec!["a", "b"]),
        ("match=a/*", vec!["a/1", "a/1/2"]),
        ("match=a%2F*", vec!["a/1", "a/1/2"]),
        ("topic=a/%7Bid%7D", vec!["a/1", "a/1/2"]),
        ("topic=https%3A%2F%2Fexample.com%2Fbooks%2F%7Bid%7D", vec!["https://example.com/books/7"]),
        ("match_exact=a/1", vec!["a/1"]),
        ("match=a/*&match=a/1", vec!["a/1", "a/1/2"]),
    ] {
        streams.push((hub.subscribe(&format!("{query}&match=end")).await, query, expected));
    }
    let everything = hub.subscribe("topic=*").await;
    streams.push((everything, "topic=*", TOPICS.to_vec()));
    for topic in TOPICS.iter().chain(&["end"]) {
        publish(&hub, topic, topic).await;
    }
    for (stream, query, expected) in &mut streams {
        assert_eq!(data_until(stream, "end").await, *expected, "{query}");
    }
}

#[tokio::test]
async fn the_head_and_the_beginning_of_a_stream() {
    let hub = start(&["--retry", "1234"]).await;
    let id = publish(&hub, "a", "1").await;
    let mut stream = hub.subscribe("match=a&last=0").await;
    assert_eq!(stream.header(header::CONTENT_TYPE), "text/event-stream");
    assert_eq!(stream.header(header::CACHE_CONTROL), "no-cache, no-transform");
    let chunk = stream.chunk().await.expect("the stream does not end");
    let text = String::from_utf8(chunk.to_vec()).expect("it is text");
    assert!(text.starts_with("retry: 1234\n\nid: "), "{text:?}");
    let epoch = id.split_once('-').expect("an ID has an epoch").0;
    assert!(text.contains(epoch), "{text:?}");
}

#[tokio::test]
async fn keep_alives_come_when_it_is_quiet() {
    let hub = start(&["--keep-alive", "1"]).await;
    let mut stream = hub.subscribe("match=a").await;
    stream.begin().await;
    assert_eq!(stream.item().await, Some(OwnedItem::Comment(String::new())));
}

#[tokio::test]
async fn from_where_on() {
    let hub = start(&[]).await;
    let mut ids = Vec::new();
    for number in 1..=5 {
        ids.push(publish(&hub, "a", &number.to_string()).await);
        publish(&hub, "b", "of another topic").await;
    }
    let [first, third] = [&ids[0], &ids[2]];
    let mut streams = Vec::new();
    for (query, header, expected) in [
        (String::new(), None, ""),
        ("&last=0".to_owned(), None, ""),
        ("&last=2".to_owned(), None, "45"),
        ("&last=100".to_owned(), None, "12345"),
        ("&lastEventID=earliest".to_owned(), None, "12345"),
        (String::new(), Some("earliest"), "12345"),
        (String::new(), Some(third.as_str()), "45"),
        (format!("&lastEventID={third}"), None, "45"),
        (format!("&Last-Event-ID={third}"), None, "45"),
        (format!("&lastEventId={third}"), None, "45"),
        // A browser that comes back sends the header, and the URL stays as it was.
        (format!("&lastEventID={first}"), Some(third.as_str()), "45"),
        ("&last=4".to_owned(), Some(third.as_str()), "45"),
    ] {
        let headers: Vec<_> = header.iter().map(|id| (LAST_EVENT_ID, id.as_bytes())).collect();
        let stream = hub.subscribe_with(&format!("match=a{query}"), &headers).await;
        streams.push((stream, format!("{query} {header:?}"), expected));
    }
    publish(&hub, "a", "end").await;
    for (stream, what, expected) in &mut streams {
        assert_eq!(data_until(stream, "end").await.concat(), *expected, "{what}");
    }
}
