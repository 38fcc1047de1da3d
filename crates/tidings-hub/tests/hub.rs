//! The hub as programs use it: from many tasks at once.

#![allow(clippy::unwrap_used)]

mod common;

use std::time::Duration;

use common::{events, next, topics};
use futures_util::{FutureExt as _, StreamExt as _, poll};
use tidings_codec::{EventId, Frame};
use tidings_hub::{Hub, InvalidHub, InvalidTopic, Publication, PublishError, SlowPolicy, Start, Topics};

#[tokio::test]
async fn the_first_frame_is_the_position_and_no_event() {
    let hub = Hub::new();
    hub.publish("a", Frame::event("1")).unwrap();
    let mut subscription = hub.subscribe(&Topics::all(), &Start::Live);
    let first = next(&mut subscription).await;
    assert_eq!(first.as_ref(), format!("id: {}\n\n", hub.last_id()).as_bytes());
    assert!(poll!(subscription.next()).is_pending());

    // Who has only seen this comes back without a gap.
    let mut back = hub.subscribe(&Topics::all(), &Start::After(hub.last_id().to_string()));
    hub.publish("a", Frame::event("2").id(EventId::from_static("mine"))).unwrap();
    let id = hub.last_id().to_string();
    for subscription in [&mut subscription, &mut back] {
        assert_eq!(events(next(subscription).await), [["message".to_owned(), "2".to_owned(), id.clone()]]);
    }
}

#[tokio::test]
async fn a_subscription_knows_where_it_is() {
    let hub = Hub::builder().keep_events(2).build().unwrap();
    let ids: Vec<_> = ["1", "2", "3", "4"].map(|data| hub.publish("a", Frame::event(data)).unwrap()).into();
    let position = |start| hub.subscribe(&Topics::all(), &start).position();
    for (start, expected) in [
        (Start::Live, ids[3]),
        (Start::Last(1), ids[2]),
        (Start::Earliest, ids[1]),
        (Start::After(ids[2].to_string()), ids[2]),
        (Start::After(ids[0].to_string()), ids[1]),
        (Start::After("unknown".to_owned()), ids[1]),
    ] {
        assert_eq!(position(start.clone()), Some(expected), "{start:?}");
    }
    let mut subscription = hub.subscribe(&Topics::all(), &Start::After(ids[2].to_string()));
    next(&mut subscription).await;
    assert_eq!(subscription.position(), Some(ids[3]));
}

#[tokio::test]
async fn what_is_published_while_nobody_looks_is_one_piece() {
    let hub = Hub::new();
    let mut subscription = hub.subscribe(&topics("a/*"), &Start::Live);
    next(&mut subscription).await;
    for number in 0..10 {
        hub.publish(if number % 2 == 0 { "a/x" } else { "b/x" }, Frame::event(&number.to_string())).unwrap();
    }
    let data: Vec<String> = events(next(&mut subscription).await).into_iter().map(|[_, data, _]| data).collect();
    assert_eq!(data, ["0", "2", "4", "6", "8"]);
    assert!(poll!(subscription.next()).is_pending());
}

#[tokio::test(start_paused = true)]
async fn events_wait_for_a_crowd_but_not_for_long() {
    let hub = Hub::new();
    let mut subscription = hub.subscribe(&Topics::all(), &Start::Live);
    next(&mut subscription).await;
    let read = |mut subscription| tokio::spawn(async move { (events(next(&mut subscription).await), subscription) });
    let come = async || {
        for _ in 0..20 {
            drop(hub.subscribe(&Topics::all(), &Start::Live));
        }
        tokio::time::advance(Duration::from_millis(1)).await;
    };

    let reader = read(subscription);
    for number in ["1", "2", "3"] {
        for _ in 0..10 {
            come().await;
        }
        hub.publish("a", Frame::event(number)).unwrap();
    }
    let (events, subscription) = reader.await.unwrap();
    assert_eq!(events.len(), 3, "they came one by one: {events:?}");

    let reader = read(subscription);
    come().await;
    hub.publish("a", Frame::event("4")).unwrap();
    let start = tokio::time::Instant::now();
    let waited = || start.elapsed().as_millis();
    while !reader.is_finished() {
        assert!(waited() < 300, "it waits as long as there is a crowd");
        for _ in 0..3 {
            come().await;
        }
        // The server was busy with something else.
        for _ in 0..3 {
            tokio::time::advance(Duration::from_millis(1)).await;
        }
    }
    assert!(waited() > 150, "it waited for {} ms only", waited());
}

#[tokio::test(start_paused = true)]
async fn events_do_not_wait_for_a_few() {
    let hub = Hub::new();
    let readers = [(); 15].map(|()| {
        let mut subscription = hub.subscribe(&Topics::all(), &Start::Live);
        tokio::spawn(async move {
            next(&mut subscription).await;
            events(next(&mut subscription).await).len()
        })
    });
    tokio::task::yield_now().await;
    let start = tokio::time::Instant::now();
    hub.publish("a", Frame::event("1")).unwrap();
    for reader in readers {
        assert_eq!(reader.await.unwrap(), 1);
    }
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test]
async fn who_falls_behind_gets_a_gap_or_is_disconnected() {
    for policy in [SlowPolicy::Gap, SlowPolicy::Disconnect] {
        let hub = Hub::builder().keep_events(5).slow_policy(policy).build().unwrap();
        let mut subscription = hub.subscribe(&Topics::all(), &Start::Live);
        next(&mut subscription).await;
        for number in 0..20 {
            hub.publish("a", Frame::event(&number.to_string())).unwrap();
        }
        if policy == SlowPolicy::Disconnect {
            assert!(subscription.next().await.is_none());
            assert!(subscription.next().await.is_none(), "again");
            continue;
        }
        let [[event_type, data, _]] = &events(next(&mut subscription).await)[..] else { panic!("not one event") };
        assert_eq!(event_type, "gap");
        assert!(data.contains("\"reason\":\"fell-behind\""), "{data}");
        let data: Vec<String> = events(next(&mut subscription).await).into_iter().map(|[_, data, _]| data).collect();
        assert_eq!(data, ["15", "16", "17", "18", "19"]);
    }
}

#[tokio::test]
async fn a_revoked_subscription_ends() {
    let hub = Hub::new();
    let mut subscription = hub.subscribe(&topics("a"), &Start::Live);
    let id = subscription.id();
    next(&mut subscription).await;
    assert_eq!(hub.presence("a"), 1);
    let waiting = tokio::spawn(async move { subscription.next().await });
    tokio::task::yield_now().await;
    hub.revoke(id);
    assert!(tokio::time::timeout(Duration::from_secs(10), waiting).await.expect("it was woken").unwrap().is_none());
    assert_eq!(hub.presence("a"), 0);
    hub.revoke(id);
}

#[tokio::test]
async fn a_key_is_taken_once() {
    let hub = Hub::builder().keep_events(2).build().unwrap();
    let once = Publication::new(&["a"], Frame::event("1")).key("key");
    let first = hub.publish_with(&once).unwrap();
    assert!(first.is_new);
    let again = hub.publish_with(&once).unwrap();
    assert!(!again.is_new && again.id == first.id);
    hub.publish("a", Frame::event("2")).unwrap();
    hub.publish("a", Frame::event("3")).unwrap();
    assert!(hub.publish_with(&once).unwrap().is_new, "it is not kept any more");
}

#[tokio::test]
async fn an_event_of_several_topics_comes_once() {
    let hub = Hub::new();
    let mut subscription = hub.subscribe(&Topics::parse(["a", "b"]).unwrap(), &Start::Live);
    next(&mut subscription).await;
    hub.publish_with(&Publication::new(&["a", "b", "a"], Frame::event("both"))).unwrap();
    assert_eq!(events(next(&mut subscription).await).len(), 1);
    assert!(poll!(subscription.next()).is_pending());
    let mut another = hub.subscribe(&topics("b"), &Start::Earliest);
    next(&mut another).await;
    assert_eq!(events(next(&mut another).await).len(), 1);
}

#[tokio::test]
async fn what_cannot_be_published() {
    let hub = Hub::builder().max_event_bytes(100).build().unwrap();
    assert_eq!(hub.publish("", Frame::event("")), Err(PublishError::Topic(InvalidTopic::Empty)));
    let large = "x".repeat(100);
    let expected = PublishError::TooLarge { bytes: 108, max_event_bytes: 100 };
    assert_eq!(hub.publish("a", Frame::event(&large)), Err(expected));
    let key = "k".repeat(1025);
    let publication = Publication::new(&["a"], Frame::event(""));
    assert_eq!(hub.publish_with(&publication.key(&key)), Err(PublishError::KeyTooLong));
    let none = Publication::new(&[], Frame::event(""));
    assert_eq!(hub.publish_with(&none), Err(PublishError::Topic(InvalidTopic::Empty)));
    let names: Vec<String> = (0..17).map(|n| n.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let many = Publication::new(&names, Frame::event(""));
    assert_eq!(hub.publish_with(&many), Err(PublishError::Topic(InvalidTopic::TooMany)));
    assert_eq!(hub.sizes().events, 0);
}

#[tokio::test]
async fn options_have_ranges() {
    for (builder, expected) in [
        (Hub::builder(), None),
        (Hub::builder().keep_events(0), Some(InvalidHub::Events)),
        (Hub::builder().keep_events(usize::MAX), Some(InvalidHub::Events)),
        (Hub::builder().keep_bytes(0), Some(InvalidHub::Bytes)),
        (Hub::builder().keep_for(Duration::ZERO), Some(InvalidHub::Age)),
        (Hub::builder().max_event_bytes(0), Some(InvalidHub::EventBytes)),
        (Hub::builder().max_event_bytes(usize::MAX), Some(InvalidHub::EventBytes)),
    ] {
        assert_eq!(builder.build().err(), expected, "{builder:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn old_events_go_without_anybody_publishing() {
    let hub = Hub::builder().keep_for(Duration::from_secs(10)).build().unwrap();
    hub.publish("a", Frame::event("1")).unwrap();
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(hub.sizes().events, 1);
    tokio::time::sleep(Duration::from_secs(7)).await;
    assert_eq!(hub.sizes().events, 0);
}

/// Clients that are cut off at any moment, and come back with the ID of the last event they have seen.
async fn unreliable_client(hub: Hub, selector: &'static str, random_seed: u64, last: u64) -> Vec<u64> {
    let mut random = fastrand::Rng::with_seed(random_seed);
    let mut seen = Vec::new();
    let mut last_event_id = None;
    loop {
        let start = last_event_id.clone().map_or(Start::Earliest, Start::After);
        let mut subscription = hub.subscribe(&topics(selector), &start);
        for _ in 0..random.usize(0..20) {
            let frames =
                if random.bool() { subscription.next().await } else { subscription.next().now_or_never().flatten() };
            let Some(frames) = frames else { continue };
            for [event_type, data, id] in events(frames) {
                assert_eq!(event_type, "message", "nothing is lost: {data}");
                seen.push(data.parse().unwrap());
                last_event_id = Some(id);
            }
            if seen.last() == Some(&last) {
                return seen;
            }
            if random.u8(..) < 10 {
                tokio::time::sleep(Duration::from_micros(random.u64(..500))).await;
            }
        }
    }
}

async fn many_clients(events: u64) {
    let hub = Hub::builder().keep_events(usize::try_from(events).unwrap() + 1).build().unwrap();
    let clients: Vec<_> = (0..12)
        .map(|seed| tokio::spawn(unreliable_client(hub.clone(), ["a", "*", "a/*"][seed as usize % 3], seed, events)))
        .collect();
    let publishers: Vec<_> = (0..2)
        .map(|publisher| {
            let hub = hub.clone();
            tokio::spawn(async move {
                for number in (1..events).filter(|number| number % 2 == publisher) {
                    hub.publish(["a", "a/b", "c"][number as usize % 3], Frame::event(&number.to_string())).unwrap();
                    if number % 100 < 2 {
                        tokio::task::yield_now().await;
                    }
                }
            })
        })
        .collect();
    for publisher in publishers {
        publisher.await.unwrap();
    }
    for topic in ["a", "a/b"] {
        hub.publish(topic, Frame::event(&events.to_string())).unwrap();
    }
    for (seed, client) in clients.into_iter().enumerate() {
        let mut seen = tokio::time::timeout(Duration::from_mins(1), client).await.expect("it hangs").unwrap();
        let kind = seed % 3;
        // Two publishers publish in any order: each event is there once.
        seen.sort_unstable();
        let wanted = |number: &u64| match kind {
            0 => number.is_multiple_of(3),
            1 => true,
            _ => number % 3 == 1,
        };
        let mut expected: Vec<u64> = (1..events).filter(wanted).collect();
        expected.push(events);
        seen.dedup_by(|later, earlier| later == earlier && *later == events);
        assert_eq!(seen, expected, "client {seed}");
    }
}

#[tokio::test]
async fn nobody_misses_anything_on_one_thread() {
    many_clients(20_000).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_misses_anything_on_many_threads() {
    many_clients(20_000).await;
}

#[tokio::test]
async fn what_happens_is_counted() {
    let hub = Hub::builder().keep_events(2).build().unwrap();
    let mut slow = hub.subscribe(&topics("a"), &Start::Live);
    next(&mut slow).await;
    let first = hub.publish("a", Frame::event("1")).unwrap();
    for key in ["2", "3", "4", "4"] {
        hub.publish_with(&Publication::new(&["a"], Frame::event(key)).key(key)).unwrap();
    }
    assert_eq!(events(next(&mut slow).await)[0][0], "gap");
    let start = |id: &str| Start::After(id.to_owned());
    let future = first.to_string().replace("-1", "-1000");
    let others = [start(&first.to_string()), start("unknown"), start("other"), start(&future), Start::Earliest]
        .map(|start| hub.subscribe(&Topics::all(), &start));
    hub.revoke(others[0].id());
    hub.revoke(others[0].id());
    let counts = hub.counts();
    assert_eq!((counts.published, counts.repeated, counts.subscribed, counts.revoked), (4, 1, 6, 1));
    let gaps = counts.gaps;
    assert_eq!([gaps.evicted, gaps.unknown_id, gaps.future_id, gaps.fell_behind], [1, 2, 1, 1]);
    drop(others);
    let gone = hub.subscribe(&Topics::all(), &Start::Live).id();
    hub.revoke(gone);
    assert_eq!(hub.counts().revoked, 1, "it was not there any more");
}
