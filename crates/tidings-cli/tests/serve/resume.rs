//! Who comes back gets what it has missed, or is told that something is lost; and never an error, on which a browser gives up.

use std::time::Duration;

use tidings_e2e::{client::Response, hub::Hub};

use crate::support::{LAST_EVENT_ID, data_until, gap, next, publish, start};

async fn come_back(hub: &Hub, topic: &str, id: impl AsRef<[u8]>) -> Response {
    hub.subscribe_with(&format!("match={topic}"), &[(LAST_EVENT_ID, id.as_ref())]).await
}

#[tokio::test]
async fn what_was_missed_comes_before_what_is_new() {
    let hub = start(&[]).await;
    let id = publish(&hub, "a", "seen").await;
    for number in 1..=3 {
        publish(&hub, "a", &number.to_string()).await;
    }
    let mut stream = come_back(&hub, "a", &id).await;
    publish(&hub, "a", "4").await;
    publish(&hub, "a", "end").await;
    assert_eq!(data_until(&mut stream, "end").await.concat(), "1234");
}

#[tokio::test]
async fn the_position_is_enough_to_come_back() {
    let hub = start(&[]).await;
    publish(&hub, "a", "before").await;
    let stream = hub.subscribe("match=a").await;
    let mut waits = hub.subscribe("match=b&match=c").await;
    publish(&hub, "b", "1").await;
    next(&mut waits).await;
    // It has seen no event, and nothing but its position: it comes back with that.
    let mut stream = stream;
    let chunk = stream.chunk().await.expect("the stream does not end");
    let text = String::from_utf8(chunk.to_vec()).expect("it is text");
    let id = text.lines().find_map(|line| line.strip_prefix("id: ")).expect("it has a position");
    publish(&hub, "a", "missed").await;
    let mut stream = come_back(&hub, "a", id).await;
    assert_eq!(next(&mut stream).await.1, "missed");
}

#[tokio::test]
async fn a_restart_is_a_gap() {
    let mut hub = start(&[]).await;
    let id = publish(&hub, "a", "seen").await;
    publish(&hub, "a", "lost").await;
    hub.kill_and_restart(Duration::ZERO).await;
    publish(&hub, "a", "new").await;
    let mut stream = come_back(&hub, "a", &id).await;
    assert_eq!(gap(&mut stream).await.0, "unknown-id");
    assert_eq!(next(&mut stream).await.1, "new");
}

#[tokio::test]
async fn what_is_not_kept_is_a_gap_up_to_the_last_that_is_lost() {
    let hub = start(&["--keep-events", "10"]).await;
    let mut ids = Vec::new();
    for number in 1..=20 {
        ids.push(publish(&hub, "a", &number.to_string()).await);
    }
    let mut stream = come_back(&hub, "a", &ids[0]).await;
    let (reason, up_to) = gap(&mut stream).await;
    assert_eq!(reason, "evicted");
    let lost = ids.iter().position(|id| *id == up_to).expect("the last that is lost is one of them");
    assert_eq!(lost, 9);
    for number in lost + 2..=20 {
        assert_eq!(next(&mut stream).await.1, number.to_string());
    }
    // Whoever comes back with the ID of the gap is not told again.
    let mut stream = come_back(&hub, "a", &up_to).await;
    assert_eq!(next(&mut stream).await.1, (lost + 2).to_string());
}

#[tokio::test]
async fn a_quiet_topic_has_no_gap_when_others_are_busy() {
    let hub = start(&["--keep-events", "10"]).await;
    let id = publish(&hub, "quiet", "seen").await;
    for number in 1..=50 {
        publish(&hub, "busy", &number.to_string()).await;
    }
    let mut stream = come_back(&hub, "quiet", &id).await;
    publish(&hub, "quiet", "new").await;
    assert_eq!(next(&mut stream).await, ("message".to_owned(), "new".to_owned()));
}

#[tokio::test]
async fn an_id_that_is_none_of_ours_is_a_gap() {
    let hub = start(&[]).await;
    let id = publish(&hub, "a", "kept").await;
    let (epoch, _) = id.split_once('-').expect("an ID has an epoch");
    for (id, reason) in [
        (b"1".to_vec(), "unknown-id"),
        (b"22222222-1".to_vec(), "unknown-id"),
        (b"\xff\xfe\x80".to_vec(), "unknown-id"),
        ("grüße".as_bytes().to_vec(), "unknown-id"),
        (vec![b'x'; 8 * 1024], "unknown-id"),
        (vec![0xff; 8 * 1024], "unknown-id"),
        (format!("{epoch}-18446744073709551616").into_bytes(), "unknown-id"),
        (format!("{epoch}-18446744073709551615").into_bytes(), "future-id"),
    ] {
        let mut stream = come_back(&hub, "a", &id).await;
        assert_eq!(gap(&mut stream).await.0, reason, "{}", id.escape_ascii());
        if reason == "unknown-id" {
            assert_eq!(next(&mut stream).await.1, "kept", "all that is kept follows");
        }
    }
    let long = "%C3%A9".repeat(4 * 1024);
    for query in ["%FF%00%0A", &"x".repeat(8 * 1024), &long] {
        let mut stream = hub.subscribe(&format!("match=a&lastEventID={query}")).await;
        assert_eq!(gap(&mut stream).await.0, "unknown-id");
    }
    // A browser that comes back sends the header, and the URL stays as it was.
    let header = (LAST_EVENT_ID, "\u{e9}".repeat(4 * 1024));
    let mut stream =
        hub.subscribe_with(&format!("match=a&lastEventID={long}"), &[(header.0, header.1.as_bytes())]).await;
    assert_eq!(gap(&mut stream).await.0, "unknown-id");
}
