//! The hub that needs no runtime.

use std::{
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, Instant},
};

use tidings_codec::{Decoder, Frame, Item};
use tidings_hub::{Delivered, Epoch, HubBuilder, LocalHub, Publication, ReaderId, SlowPolicy, Start, Topics};

/// A hub, its clock, and what its readers got.
struct Driven {
    hub: LocalHub,
    now: Instant,
    got: HashMap<ReaderId, Vec<String>>,
    ended: Vec<ReaderId>,
}

impl Driven {
    fn new(options: HubBuilder) -> Self {
        let hub = options.build_local(Epoch::new(7)).expect("the options are right");
        Self { hub, now: Instant::now(), got: HashMap::new(), ended: Vec::new() }
    }

    fn publish(&mut self, topic: &str, data: &str) -> String {
        self.hub.publish(topic, Frame::event(data), self.now).expect("it can be published").to_string()
    }

    fn subscribe(&mut self, topics: &str, start: &Start) -> ReaderId {
        self.hub.subscribe(&Topics::parse([topics]).expect("they are topics"), start)
    }

    /// Delivers once. Returns how many readers got something.
    fn deliver(&mut self) -> usize {
        let Self { hub, got, ended, .. } = self;
        let mut count = 0;
        hub.deliver(|to, delivered| {
            count += 1;
            match delivered {
                Delivered::Frames(frames) => got.entry(to).or_default().extend(texts(&frames)),
                Delivered::End => ended.push(to),
            }
        });
        count
    }

    /// Delivers until there is nothing more, and takes what a reader got.
    fn take(&mut self, reader: ReaderId) -> Vec<String> {
        while self.hub.has_news() {
            self.deliver();
        }
        self.got.remove(&reader).unwrap_or_default()
    }
}

/// Events as `type:data`; a frame that is only an ID is nothing.
fn texts(frames: &[u8]) -> Vec<String> {
    let mut decoder = Decoder::new();
    let mut items = decoder.feed(frames);
    let mut texts = Vec::new();
    while let Some(item) = items.next().expect("it is small") {
        if let Item::Event(event) = item {
            texts.push(format!("{}:{}", event.event_type, event.data));
        }
    }
    texts
}

#[test]
fn what_is_published_in_one_turn_is_delivered_at_once_and_shared() {
    let mut driven = Driven::new(HubBuilder::new());
    let readers: Vec<_> = (0..3).map(|_| driven.subscribe("a/*", &Start::Live)).collect();
    assert_eq!(driven.deliver(), 3, "each is told its position");
    driven.publish("a/1", "one");
    driven.publish("b", "not theirs");
    driven.publish("a/2", "two");
    assert!(driven.hub.has_news());
    let mut bytes = Vec::new();
    driven.hub.deliver(|to, delivered| {
        let Delivered::Frames(frames) = delivered else { panic!("it ends") };
        assert_eq!(texts(&frames), ["message:one", "message:two"]);
        bytes.push((to, frames.as_ptr()));
    });
    assert_eq!(bytes.iter().map(|(to, _)| *to).collect::<Vec<_>>(), readers);
    assert!(bytes.iter().all(|(_, at)| *at == bytes[0].1), "they are the same bytes");
    assert!(!driven.hub.has_news());
    driven.publish("b", "not theirs");
    assert_eq!(driven.deliver(), 0);
}

#[test]
fn resume_is_exact() {
    let mut driven = Driven::new(HubBuilder::new());
    let seen = driven.publish("a", "1");
    driven.publish("a", "2");
    driven.publish("b", "x");
    let reader = driven.subscribe("a", &Start::After(seen));
    driven.publish("a", "3");
    assert_eq!(driven.take(reader), ["message:2", "message:3"]);
    driven.publish("a", "4");
    assert_eq!(driven.take(reader), ["message:4"]);
}

#[test]
fn gaps_are_told_and_counted() {
    let mut driven = Driven::new(HubBuilder::new().keep_events(1));
    let lost = driven.publish("a", "1");
    let (second, _) = (driven.publish("a", "2"), driven.publish("a", "3"));
    for (id, reason) in
        [(lost, "evicted"), ("22222222-1".to_owned(), "unknown-id"), (format!("{second}9"), "future-id")]
    {
        let reader = driven.subscribe("a", &Start::After(id));
        let got = driven.take(reader);
        assert!(got[0].starts_with("gap:") && got[0].contains(reason), "{got:?}");
    }
    let gaps = driven.hub.counts().gaps;
    assert_eq!((gaps.evicted, gaps.unknown_id, gaps.future_id), (1, 1, 1));
}

#[test]
fn a_paused_reader_gets_nothing_holds_nothing_and_goes_on_where_it_was() {
    for policy in [SlowPolicy::Gap, SlowPolicy::Disconnect] {
        let mut driven = Driven::new(HubBuilder::new().keep_events(3).slow_policy(policy));
        let reader = driven.subscribe("a", &Start::Live);
        driven.take(reader);
        driven.hub.pause(reader);
        driven.publish("a", "1");
        assert_eq!(driven.deliver(), 0);
        driven.publish("a", "2");
        driven.hub.resume(reader);
        assert_eq!(driven.take(reader), ["message:1", "message:2"]);

        driven.hub.pause(reader);
        for number in 3..=9 {
            driven.publish("a", &number.to_string());
            assert_eq!(driven.deliver(), 0);
        }
        driven.hub.resume(reader);
        let got = driven.take(reader);
        assert_eq!(driven.hub.counts().gaps.fell_behind, 1);
        if policy == SlowPolicy::Gap {
            assert!(got[0].contains("fell-behind"), "{got:?}");
            assert_eq!(got[1..], ["message:7", "message:8", "message:9"]);
        } else {
            assert!(got.is_empty() && driven.ended == [reader], "{got:?}");
            assert_eq!(driven.hub.sizes(driven.now).subscribers, 0);
        }
    }
}

#[test]
fn a_long_past_comes_in_pieces() {
    let mut driven = Driven::new(HubBuilder::new());
    let data = "x".repeat(10_000);
    for _ in 0..20 {
        driven.publish("a", &data);
    }
    let reader = driven.subscribe("a", &Start::Earliest);
    let mut pieces = Vec::new();
    while driven.hub.has_news() {
        driven.deliver();
        pieces.push(driven.got.remove(&reader).unwrap_or_default().len());
    }
    assert_eq!(pieces, [0, 7, 7, 6]);
}

#[test]
fn revoked_readers_see_nothing_more() {
    let mut driven = Driven::new(HubBuilder::new());
    let readers = [driven.subscribe("a", &Start::Live), driven.subscribe("a", &Start::Live)];
    driven.deliver();
    driven.publish("a", "not for them any more");
    driven.hub.pause(readers[1]);
    for reader in readers {
        driven.hub.revoke(reader);
    }
    assert_eq!(driven.hub.presence("a"), 0);
    assert_eq!(driven.deliver(), 2);
    assert_eq!((driven.ended.clone(), driven.hub.presence("a")), (readers.to_vec(), 0));
    assert_eq!(driven.got.values().flatten().count(), 0);
    driven.hub.revoke(readers[0]);
    assert_eq!((driven.deliver(), driven.hub.counts().revoked), (0, 2));
}

#[test]
fn who_has_left_is_not_taken_for_who_comes() {
    let mut driven = Driven::new(HubBuilder::new());
    let old = driven.subscribe("a", &Start::Live);
    driven.deliver();
    driven.publish("a", "1");
    driven.hub.unsubscribe(old);
    let new = driven.subscribe("a", &Start::Live);
    assert!(new.index() == old.index() && new != old);
    driven.hub.pause(old);
    driven.hub.revoke(old);
    driven.hub.unsubscribe(old);
    driven.publish("a", "2");
    assert_eq!(driven.take(new), ["message:2"]);
    assert!(driven.take(old).is_empty() && driven.ended.is_empty());
}

#[test]
fn keys_topics_sizes_and_time() {
    let mut driven = Driven::new(HubBuilder::new().keep_for(Duration::from_secs(9)));
    let publication = Publication::new(&["a", "b", "a"], Frame::event("x")).key("k");
    let first = driven.hub.publish_with(&publication, driven.now).expect("it can be published");
    let again = driven.hub.publish_with(&publication, driven.now).expect("it can be published");
    assert!(first.is_new && !again.is_new && first.id == again.id);
    assert_eq!((driven.hub.sizes(driven.now).events, driven.hub.counts().repeated), (1, 1));
    driven.hub.evict(driven.now + Duration::from_secs(10));
    assert_eq!(driven.hub.sizes(driven.now).events, 0);
    assert!(driven.hub.publish("", Frame::event(""), driven.now).is_err());
    assert!(driven.hub.publish("a", Frame::event(&"x".repeat(1 << 20)), driven.now).is_err());
    assert!(HubBuilder::new().keep_events(0).build_local(Epoch::new(0)).is_err());
}

#[test]
fn a_reader_that_panics_costs_the_others_nothing() {
    let mut driven = Driven::new(HubBuilder::new());
    let readers = ["a", "b", "c"].map(|topic| driven.subscribe(topic, &Start::Earliest));
    for topic in ["a", "b", "c"] {
        driven.publish(topic, topic);
    }
    let mut delivered = 0;
    let panics = catch_unwind(AssertUnwindSafe(|| {
        driven.hub.deliver(|_, _| {
            delivered += 1;
            assert!(delivered < 2, "on purpose");
        });
    }));
    assert!(panics.is_err());
    assert_eq!(driven.take(readers[2]), ["message:c"]);
}
