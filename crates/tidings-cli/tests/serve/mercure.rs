//! The protocol of Mercure, as far as its clients can tell.

use hyper::{StatusCode, Version, header};
use tidings_e2e::{client, hub};

use crate::support::{LAST_EVENT_ID, next, publish, start};

/// Both names of the header: that of the protocol, and that of its earlier versions.
const BEGINS_AFTER: [&str; 2] = ["mercure-last-event-id", "last-event-id"];

#[tokio::test]
async fn the_head_of_the_response_tells_where_it_begins() {
    let hub = start(&["--keep-events", "3"]).await;
    let mut ids = Vec::new();
    let early = hub.subscribe("match=a&lastEventID=earliest").await;
    assert_eq!(early.header(BEGINS_AFTER[0]), "earliest");
    for number in 1..=5 {
        ids.push(publish(&hub, "a", &number.to_string()).await);
    }
    for (asked, begins) in [
        (None, ""),
        (Some(ids[3].as_str()), ids[3].as_str()),
        (Some(&ids[4]), &ids[4]),
        // Something is lost: it is another than was asked for.
        (Some(&ids[0]), &ids[1]),
        (Some("urn:uuid:5e94c686-2c0b-4f9b-958c-92ccc3bbb4eb"), &ids[1]),
        (Some("earliest"), "earliest"),
    ] {
        let headers: Vec<_> = asked.iter().map(|id| (LAST_EVENT_ID, id.as_bytes())).collect();
        let stream = hub.subscribe_with("match=a", &headers).await;
        for name in BEGINS_AFTER {
            assert_eq!(stream.header(name), begins, "{asked:?}");
        }
    }
    let unknown = start(&[]).await.subscribe("match=a&last_event_id=unknown").await;
    assert_eq!(unknown.header(BEGINS_AFTER[0]), "earliest", "there is nothing before");
}

/// A page of another origin cannot see them otherwise.
#[tokio::test]
async fn pages_of_given_origins_may_read_the_headers() {
    let hub = start(&["--cors-origin", "https://good.example"]).await;
    let asks = [(header::ORIGIN, &b"https://good.example"[..]), (LAST_EVENT_ID, b"earliest")];
    let stream = hub.subscribe_with("match=a", &asks).await;
    let exposed = stream.header(header::ACCESS_CONTROL_EXPOSE_HEADERS);
    for name in BEGINS_AFTER.into_iter().chain(["tidings-repeated"]) {
        assert!(exposed.contains(name), "{exposed}");
    }
}

/// What would match nothing is refused, with what to write in its place.
#[tokio::test]
async fn selectors_that_are_not_known() {
    let hub = start(&[]).await;
    for (query, instead) in [
        ("match=demo*", "write *"),
        ("match=demo/a*", "write demo/*"),
        ("match=demo/*/b", "write demo/*"),
        ("topic=books/%7Bid%7D/pages", "write books/*"),
        ("topic=books/%7Bid%7D.json", "write books/*"),
        ("topic=books/%7B?id%7D", "write books/*"),
        ("topic=books/%7B%7D", "write books/*"),
        ("topic=https://example.com/%7Ba%7D/%7Bb%7D", "write https://example.com/*"),
        ("topic=%7Banything%7D", "write *"),
        ("match=a&topic=books%7B/id%7D", "write *"),
        ("match=a&match_urlpattern=/books/:id", "match_urlpattern"),
        ("match=a&matchURLPattern=/books/:id", "matchURLPattern"),
        ("match_exact=*", "write match=*"),
        ("match_exact=a/*", "write match=a/*"),
    ] {
        let url = hub.url(&format!("{}?{query}", hub::PATH));
        let response = client::get(&url, Version::HTTP_11, &[]).await;
        assert_eq!(response.status, StatusCode::BAD_REQUEST, "{query}");
        let text = response.text().await;
        assert!(text.contains(instead), "{query}: {text}");
    }
}

/// Whoever has chosen such a name can still be heard.
#[tokio::test]
async fn names_with_braces_and_stars_are_names_where_they_are_said_to_be() {
    let hub = start(&[]).await;
    for topic in ["books/{id}", "{a}/b", "demo*", "a/*/b"] {
        let query: String = form_urlencoded::Serializer::new(String::new()).append_pair("match_exact", topic).finish();
        let mut exact = hub.subscribe(&query).await;
        let mut all = hub.subscribe("match=*").await;
        publish(&hub, "books/1", "not this").await;
        publish(&hub, topic, topic).await;
        assert_eq!(next(&mut exact).await.1, topic);
        assert_eq!(next(&mut all).await.1, "not this");
        assert_eq!(next(&mut all).await.1, topic);
    }
}

/// Whatever its value is: nobody may see it then, and there is no telling who may.
#[tokio::test]
async fn private_updates_are_refused() {
    let hub = start(&[]).await;
    for value in ["on", "", "off"] {
        let response = hub.post(&[], &[("topic", "a"), ("private", value)]).await;
        assert_eq!(response.status, StatusCode::BAD_REQUEST, "{value:?}");
        assert!(response.text().await.contains("private"));
    }
}
