//! Hubs over a log: several follow one, the log cannot be reached, keeps more than they do, or begins anew.

#![allow(clippy::unwrap_used)]

mod common;

use std::{
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use common::{events, next, topics};
use futures_util::{StreamExt as _, poll};
use tidings_codec::Frame;
use tidings_hub::{
    FollowError, Hub, Id, InvalidHub, LogHub, LogPublishError, Publication, PublishError, SlowPolicy, Start,
    Subscription, Topics,
    log::{Appended, Bounds, Log, MemoryLog, Read, Record, conformance},
};
use tokio::time::{sleep, timeout};

#[tokio::test(flavor = "multi_thread")]
async fn a_log_in_memory_keeps_to_the_contract() {
    conformance::check(async |keep_events| MemoryLog::new(keep_events)).await;
}

/// What is wrong with a log, if anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Defect {
    Nothing,
    ShortPages,
    LeavesOut,
    Doubles,
    AnswersTooLittle,
    ForgetsKeys,
    KeepsEverything,
    KeepsTooLittle,
    TailDoesNotWait,
    NumbersFromZero,
    TakesAnyEpoch,
    MixesTopics,
}

/// A log that does something wrong.
struct Faulty(MemoryLog, Defect);

impl Faulty {
    fn changed(&self, read: Read) -> Read {
        let Read::Events(mut events) = read else { return read };
        match self.1 {
            Defect::ShortPages => events.truncate(1),
            Defect::LeavesOut => events.retain(|event| event.sequence % 10 != 4),
            Defect::Doubles => events.extend(events.clone().pop()),
            Defect::NumbersFromZero => events.iter_mut().for_each(|event| event.sequence -= 1),
            Defect::MixesTopics => events.iter_mut().for_each(|event| event.record.topics.reverse()),
            _ => {}
        }
        Read::Events(events)
    }

    async fn position(&self, id: Id) -> Id {
        if self.1 == Defect::TakesAnyEpoch { Id::new(self.0.bounds().await.unwrap().epoch, id.sequence()) } else { id }
    }
}

impl Log for Faulty {
    type Error = std::convert::Infallible;

    async fn append(&self, mut records: Vec<Record>) -> Result<Vec<Appended>, Self::Error> {
        if self.1 == Defect::ForgetsKeys {
            for record in &mut records {
                record.key = None;
            }
        }
        let mut appended = self.0.append(records).await?;
        if self.1 == Defect::AnswersTooLittle {
            appended.pop();
        }
        Ok(appended)
    }

    async fn read(&self, after: Id, bytes: usize) -> Result<Read, Self::Error> {
        let after = self.position(after).await;
        self.0.read(after, bytes).await.map(|read| self.changed(read))
    }

    async fn tail(&self, after: Id, bytes: usize) -> Result<Read, Self::Error> {
        let after = self.position(after).await;
        if self.1 == Defect::TailDoesNotWait {
            return self.0.read(after, bytes).await;
        }
        self.0.tail(after, bytes).await.map(|read| self.changed(read))
    }

    async fn bounds(&self) -> Result<Bounds, Self::Error> {
        self.0.bounds().await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_conformance_tests_find_what_is_wrong() {
    let run = async |defect| {
        let checked = tokio::spawn(conformance::check(async move |keep_events| {
            let keep_events = match defect {
                Defect::KeepsEverything => usize::MAX,
                Defect::KeepsTooLittle => keep_events / 2,
                _ => keep_events,
            };
            Faulty(MemoryLog::new(keep_events), defect)
        }));
        checked.await.is_ok()
    };
    for defect in [Defect::Nothing, Defect::ShortPages] {
        assert!(run(defect).await, "{defect:?} is no defect");
    }
    for defect in [
        Defect::LeavesOut,
        Defect::Doubles,
        Defect::AnswersTooLittle,
        Defect::ForgetsKeys,
        Defect::KeepsEverything,
        Defect::KeepsTooLittle,
        Defect::TailDoesNotWait,
        Defect::NumbersFromZero,
        Defect::TakesAnyEpoch,
        Defect::MixesTopics,
    ] {
        assert!(!run(defect).await, "{defect:?} is not found");
    }
}

/// A log that tells bounds which it cannot have, and never waits.
struct Confused {
    log: MemoryLog,
    bounds: [u64; 2],
    asked: AtomicUsize,
}

impl Log for Confused {
    type Error = std::convert::Infallible;

    async fn append(&self, records: Vec<Record>) -> Result<Vec<Appended>, Self::Error> {
        self.log.append(records).await
    }

    async fn read(&self, after: Id, bytes: usize) -> Result<Read, Self::Error> {
        self.log.read(after, bytes).await
    }

    async fn tail(&self, after: Id, bytes: usize) -> Result<Read, Self::Error> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.log.read(after, bytes).await
    }

    async fn bounds(&self) -> Result<Bounds, Self::Error> {
        let [first, next] = self.bounds;
        self.log.bounds().await.map(|bounds| Bounds { first, next, ..bounds })
    }
}

#[tokio::test(start_paused = true)]
async fn a_log_that_is_at_fault_leads_to_no_panic_and_no_haste() {
    for bounds in [[0, 0], [0, 2], [9, 2], [1, 100], [u64::MAX, 1]] {
        let log = Arc::new(Confused { log: MemoryLog::new(9), bounds, asked: AtomicUsize::new(0) });
        log.append(vec![record(1)]).await.unwrap();
        let hub = timeout(Duration::from_mins(1), Hub::builder().follow(Arc::clone(&log))).await.expect("it starts");
        let hub = hub.unwrap();
        for start in [Start::Live, Start::Earliest, Start::Last(3), Start::After("x".to_owned())] {
            let mut subscription = hub.subscribe(&topics("a"), &start);
            let _ = timeout(Duration::from_secs(1), subscription.next()).await;
        }
        let id = hub.publish("a", Frame::event("2")).await.unwrap();
        sleep(Duration::from_secs(10)).await;
        assert_eq!((id.sequence(), hub.last_id().sequence()), (2, 2), "{bounds:?}");
        let asked = log.asked.load(Ordering::SeqCst);
        assert!(asked < 1000, "{asked} times in 14 s for {bounds:?}");
    }
}

/// A log that cannot be reached at times.
struct Broker {
    log: MemoryLog,
    is_away: AtomicBool,
    refused: AtomicUsize,
    /// What others append just before something is read.
    before_reading: Mutex<Vec<Record>>,
}

#[derive(Debug)]
struct Away;

impl fmt::Display for Away {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("away")
    }
}

impl std::error::Error for Away {}

impl Broker {
    fn new(keep_events: usize) -> Arc<Self> {
        let log = MemoryLog::new(keep_events);
        Arc::new(Self {
            log,
            is_away: AtomicBool::default(),
            refused: AtomicUsize::default(),
            before_reading: Mutex::default(),
        })
    }

    fn set_away(&self, is_away: bool) {
        self.is_away.store(is_away, Ordering::SeqCst);
    }

    fn reach(&self) -> Result<&MemoryLog, Away> {
        if self.is_away.load(Ordering::SeqCst) {
            self.refused.fetch_add(1, Ordering::SeqCst);
            return Err(Away);
        }
        Ok(&self.log)
    }

    async fn has_refused(&self, more: usize) {
        let before = self.refused.load(Ordering::SeqCst);
        while self.refused.load(Ordering::SeqCst) < before + more {
            sleep(Duration::from_millis(1)).await;
        }
    }
}

fn reached<T>(result: Result<T, std::convert::Infallible>) -> Result<T, Away> {
    result.map_err(|never| match never {})
}

impl Log for Broker {
    type Error = Away;

    async fn append(&self, records: Vec<Record>) -> Result<Vec<Appended>, Away> {
        reached(self.reach()?.append(records).await)
    }

    async fn read(&self, after: Id, bytes: usize) -> Result<Read, Away> {
        let log = self.reach()?;
        let records = std::mem::take(&mut *self.before_reading.lock().unwrap());
        reached(log.append(records).await)?;
        reached(log.read(after, bytes).await)
    }

    async fn tail(&self, after: Id, bytes: usize) -> Result<Read, Away> {
        // The connection breaks while somebody waits.
        loop {
            if let Ok(read) = timeout(Duration::from_millis(5), self.reach()?.tail(after, bytes)).await {
                return reached(read);
            }
        }
    }

    async fn bounds(&self) -> Result<Bounds, Away> {
        reached(self.reach()?.bounds().await)
    }
}

fn record(number: usize) -> Record {
    Record { topics: vec!["a".to_owned()], key: None, frame: Frame::event(&number.to_string()).encode_open(0) }
}

/// Reads events until there were so many.
async fn data(subscription: &mut Subscription, count: usize) -> Vec<String> {
    let mut data = Vec::new();
    while data.len() < count {
        data.extend(events(next(subscription).await).into_iter().map(|[_, data, _]| data));
    }
    data
}

fn numbers(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|number| number.to_string()).collect()
}

async fn publish<L: Log>(hub: &LogHub<L>, range: std::ops::Range<usize>) -> Vec<Id> {
    let mut ids = Vec::new();
    for number in range {
        ids.push(hub.publish("a", Frame::event(&number.to_string())).await.unwrap());
    }
    ids
}

#[tokio::test]
async fn hubs_that_follow_one_log_are_one() {
    let log = Arc::new(MemoryLog::new(1000));
    let here = Hub::builder().follow(Arc::clone(&log)).await.unwrap();
    let there = Hub::builder().follow(log).await.unwrap();
    let [mut at_one, mut at_other] = [&here, &there].map(|hub| hub.subscribe(&topics("a"), &Start::Live));
    for subscription in [&mut at_one, &mut at_other] {
        assert!(events(next(subscription).await).is_empty(), "its position");
    }
    let mut ids = Vec::new();
    for number in 0..20 {
        let hub = if number % 3 == 0 { &here } else { &there };
        hub.publish("b", Frame::event("other")).await.unwrap();
        ids.extend(publish(hub, number..number + 1).await);
    }
    assert_eq!(data(&mut at_one, 20).await, numbers(0..20));
    assert_eq!(data(&mut at_other, 20).await, numbers(0..20));
    // Who changes from one to the other goes on where it was.
    let mut changed = there.subscribe(&topics("a"), &Start::After(ids[7].to_string()));
    assert_eq!(data(&mut changed, 12).await, numbers(8..20));
    // Its own events are there for a client at once, also if the hub has not followed yet.
    let id = publish(&here, 20..21).await[0];
    let mut back = here.subscribe(&topics("a"), &Start::After(id.to_string()));
    publish(&there, 21..22).await;
    assert_eq!(data(&mut back, 1).await, numbers(21..22));
}

#[tokio::test]
async fn what_is_before_the_window_comes_from_the_log() {
    let log = Arc::new(MemoryLog::new(100_000));
    let hub = Hub::builder().keep_events(10).follow(Arc::clone(&log)).await.unwrap();
    let filler = "x".repeat(1000);
    let mut ids = Vec::new();
    for number in 0..500 {
        ids.extend(publish(&hub, number..number + 1).await);
        hub.publish("quiet", Frame::event(&filler)).await.unwrap();
    }
    let late = Hub::builder().keep_events(10).follow(Arc::clone(&log)).await.unwrap();
    for hub in [&hub, &late] {
        assert!(hub.sizes().events <= 10);
        for (start, expected) in [
            (Start::After(ids[0].to_string()), 1..500),
            (Start::After(ids[250].to_string()), 251..500),
            (Start::After(ids[497].to_string()), 498..500),
            (Start::Earliest, 0..500),
        ] {
            let mut subscription = hub.subscribe(&topics("a"), &start);
            let expected = numbers(expected);
            assert_eq!(data(&mut subscription, expected.len()).await, expected, "{start:?}");
            // And then live, with nothing between.
            assert!(poll!(subscription.next()).is_pending());
        }
    }
    // What nobody has had events of is looked for in all of the log, and not found.
    let mut nothing = late.subscribe(&topics("nobody"), &Start::After(ids[0].to_string()));
    let patience = Duration::from_millis(50);
    assert!(timeout(patience, nothing.next()).await.is_err());
    late.publish("nobody", Frame::event("at last")).await.unwrap();
    assert_eq!(data(&mut nothing, 1).await, ["at last"]);
}

#[tokio::test]
async fn gaps_are_of_the_log_and_not_of_the_window() {
    let log = Arc::new(MemoryLog::new(100));
    let hub = Hub::builder().keep_events(10).follow(log).await.unwrap();
    let mut slow = hub.subscribe(&topics("a"), &Start::Live);
    let ids = publish(&hub, 0..50).await;
    assert!(events(next(&mut slow).await).is_empty(), "its position");
    assert_eq!(data(&mut slow, 50).await, numbers(0..50), "it fell behind the window, and not behind the log");
    publish(&hub, 50..300).await;
    let gap = |[event_type, data, id]: [String; 3]| {
        assert_eq!(event_type, "gap");
        (data.split('"').nth(3).unwrap().to_owned(), id.rsplit_once('-').unwrap().1.parse::<u64>().unwrap())
    };
    let later = Id::new(ids[0].epoch(), 1000).to_string();
    for (start, reason, upto, follows) in [
        (None, "fell-behind", 200, 200..300),
        (Some(ids[5].to_string()), "evicted", 200, 200..300),
        (Some("unknown".to_owned()), "unknown-id", 200, 200..300),
        (Some(later), "future-id", 300, 300..301),
    ] {
        let mut fresh;
        let subscription = match start {
            None => &mut slow,
            Some(id) => {
                fresh = hub.subscribe(&topics("a"), &Start::After(id));
                &mut fresh
            }
        };
        let [event] = &events(next(subscription).await)[..] else { panic!("one event") };
        assert_eq!(gap(event.clone()), (reason.to_owned(), upto));
        if follows.start == 300 {
            publish(&hub, follows.clone()).await;
        }
        let follows = numbers(follows);
        assert_eq!(data(subscription, follows.len()).await, follows);
    }
}

#[tokio::test]
async fn who_is_too_slow_for_the_log_can_be_disconnected() {
    let log = Arc::new(MemoryLog::new(100));
    let options = Hub::builder().keep_events(10).slow_policy(SlowPolicy::Disconnect);
    let hub = options.follow(log).await.unwrap();
    let mut slow = hub.subscribe(&topics("a"), &Start::Live);
    next(&mut slow).await;
    publish(&hub, 0..50).await;
    assert_eq!(data(&mut slow, 50).await, numbers(0..50));
    publish(&hub, 50..300).await;
    assert!(slow.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_broker_that_is_away_is_a_pause() {
    let broker = Broker::new(1000);
    let hub = Hub::builder().keep_events(5).follow(Arc::clone(&broker)).await.unwrap();
    let ids = publish(&hub, 0..20).await;
    let mut live = hub.subscribe(&topics("a"), &Start::After(ids[19].to_string()));

    broker.set_away(true);
    let refused = hub.publish("a", Frame::event("refused")).await;
    assert!(matches!(refused, Err(LogPublishError::Log(Away))), "{refused:?}");
    let mut behind = hub.subscribe(&topics("a"), &Start::After(ids[2].to_string()));
    assert!(poll!(behind.next()).is_pending() && poll!(live.next()).is_pending());
    broker.has_refused(10).await;
    assert!(poll!(behind.next()).is_pending() && poll!(live.next()).is_pending(), "not ended, and no gap");
    assert!(matches!(Hub::builder().follow(Arc::clone(&broker)).await, Err(FollowError::Log(Away))));

    // Another machine has published meanwhile.
    broker.log.append(vec![record(20)]).await.unwrap();
    broker.set_away(false);
    assert_eq!(data(&mut behind, 18).await, numbers(3..21));
    assert_eq!(data(&mut live, 1).await, numbers(20..21));
}

#[tokio::test]
async fn a_revoked_subscriber_does_not_wait_for_the_log() {
    let broker = Broker::new(1000);
    let hub = Hub::builder().keep_events(5).follow(Arc::clone(&broker)).await.unwrap();
    let ids = publish(&hub, 0..20).await;
    broker.set_away(true);
    let mut behind = hub.subscribe(&topics("a"), &Start::After(ids[2].to_string()));
    let id = behind.id();
    let ended = tokio::spawn(async move { behind.next().await.is_none() });
    broker.has_refused(1).await;
    hub.revoke(id);
    let patience = Duration::from_secs(10);
    assert!(timeout(patience, ended).await.expect("it does not wait").unwrap());
    assert_eq!(hub.presence("a"), 0);
}

#[tokio::test]
async fn a_log_that_begins_anew_ends_all_subscriptions() {
    let log = Arc::new(MemoryLog::new(1000));
    let hub = Hub::builder().follow(Arc::clone(&log)).await.unwrap();
    let old = publish(&hub, 0..20).await[10];
    let [mut sleeping, mut waiting] = [(); 2].map(|()| hub.subscribe(&topics("a"), &Start::Live));
    next(&mut sleeping).await;
    next(&mut waiting).await;
    log.restart();
    let end = timeout(Duration::from_secs(10), waiting.next()).await;
    assert!(end.expect("it has ended").is_none());
    publish(&hub, 0..3).await;
    let mut back = hub.subscribe(&topics("a"), &Start::After(old.to_string()));
    assert!(events(next(&mut back).await)[0][1].contains("unknown-id"));
    assert_eq!(data(&mut back, 3).await, numbers(0..3));
    // Who was there before is not taken for one of those that came after and have its place.
    assert!(sleeping.next().await.is_none());
    drop(sleeping);
    assert_eq!(hub.presence("a"), 1);
}

#[tokio::test(start_paused = true)]
async fn what_the_log_has_let_go_of_while_it_was_away_is_a_gap() {
    let broker = Broker::new(10);
    let hub = Hub::builder().follow(Arc::clone(&broker)).await.unwrap();
    let mut live = hub.subscribe(&topics("a"), &Start::Live);
    let mut quiet = hub.subscribe(&topics("quiet"), &Start::Live);
    next(&mut live).await;
    next(&mut quiet).await;
    let ids = publish(&hub, 0..5).await;
    assert_eq!(data(&mut live, 5).await, numbers(0..5));

    broker.set_away(true);
    broker.has_refused(1).await;
    broker.log.append((5..50).map(record).collect()).await.unwrap();
    broker.set_away(false);
    let gap = events(next(&mut live).await);
    assert_eq!(gap[0][1], format!("{{\"reason\":\"fell-behind\",\"upTo\":\"{}\"}}", gap[0][2]));
    assert_eq!(data(&mut live, 10).await, numbers(40..50));
    // Nobody can say whether some of what is gone was of this topic.
    assert_eq!(events(next(&mut quiet).await)[0][0], "gap");
    assert!(poll!(quiet.next()).is_pending());
    let both = Topics::parse(["a", "quiet"]).unwrap();
    let mut back = hub.subscribe(&both, &Start::After(ids[2].to_string()));
    assert_eq!(events(next(&mut back).await)[0][0], "gap");
    assert_eq!(data(&mut back, 10).await, numbers(40..50));
}

/// Between what the bounds say and what is read, events can go.
#[tokio::test]
async fn events_that_go_while_they_are_read_are_a_gap() {
    let broker = Broker::new(10);
    let hub = Hub::builder().keep_events(1).follow(Arc::clone(&broker)).await.unwrap();
    let ids = publish(&hub, 0..10).await;
    *broker.before_reading.lock().unwrap() = (10..15).map(record).collect();
    let mut subscription = hub.subscribe(&topics("a"), &Start::After(ids[1].to_string()));
    let [[event_type, _, upto]] = &events(next(&mut subscription).await)[..] else { panic!("one event") };
    assert_eq!((event_type.as_str(), Id::parse(upto).unwrap().sequence()), ("gap", 5));
    assert_eq!(data(&mut subscription, 10).await, numbers(5..15));
}

#[tokio::test]
async fn what_a_log_says_twice_comes_once() {
    let hub = Hub::builder().follow(Arc::new(Faulty(MemoryLog::new(100), Defect::Doubles))).await.unwrap();
    let mut subscription = hub.subscribe(&topics("a"), &Start::Live);
    next(&mut subscription).await;
    publish(&hub, 0..20).await;
    assert_eq!(data(&mut subscription, 20).await, numbers(0..20));
    assert!(poll!(subscription.next()).is_pending());
}

#[tokio::test]
async fn a_hub_lets_go_of_its_log() {
    let log = Arc::new(MemoryLog::new(10));
    let hub = Hub::builder().follow(Arc::clone(&log)).await.unwrap();
    let clone = hub.clone();
    drop(hub);
    publish(&clone, 0..1).await;
    drop(clone);
    while Arc::strong_count(&log) > 1 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn what_cannot_be_published_to_a_log() {
    let log = Arc::new(MemoryLog::new(10));
    let options = Hub::builder().max_event_bytes(100);
    assert!(matches!(
        options.keep_events(0).follow(Arc::clone(&log)).await,
        Err(FollowError::Options(InvalidHub::Events))
    ));
    let hub = options.follow(log).await.unwrap();
    let large = "x".repeat(200);
    let batch =
        [Publication::new(&["a"], Frame::event("fine")), Publication::new(&["a", "b"], Frame::event(&large)).key("k")];
    let refused = hub.publish_all(&batch).await;
    assert!(matches!(refused, Err(LogPublishError::Event(PublishError::TooLarge { .. }))), "{refused:?}");
    assert!(matches!(hub.publish("", Frame::event("x")).await, Err(LogPublishError::Event(PublishError::Topic(_)))));
    assert_eq!(hub.log().bounds().await.unwrap().next, 1, "all or nothing");

    let keyed = Publication::new(&["a"], Frame::event("once")).key("k");
    let [first, second] = [hub.publish_with(&keyed).await.unwrap(), hub.publish_with(&keyed).await.unwrap()];
    assert!(first.is_new && !second.is_new);
    assert_eq!(first.id, second.id);

    let short = Arc::new(Faulty(MemoryLog::new(10), Defect::AnswersTooLittle));
    let hub = Hub::builder().follow(short).await.unwrap();
    assert!(matches!(hub.publish("a", Frame::event("x")).await, Err(LogPublishError::Contract)));
}

/// Hubs with windows of different sizes, publishers at all of them, a broker that comes and goes, and clients that change
/// from one hub to another: each sees every event once and in order.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_misses_anything_across_hubs() {
    const EVENTS: usize = 3000;
    let broker = Broker::new(EVENTS);
    let mut hubs = Vec::new();
    for keep_events in [3, 50, 10_000] {
        hubs.push(Hub::builder().keep_events(keep_events).follow(Arc::clone(&broker)).await.unwrap());
    }
    let begin = hubs[0].last_id();
    let clients: Vec<_> = (0..6)
        .map(|client| {
            let hubs = hubs.clone();
            tokio::spawn(async move {
                let (mut last, mut seen) = (begin, Vec::new());
                for turn in client.. {
                    let hub = &hubs[turn % 3];
                    let mut subscription = hub.subscribe(&Topics::all(), &Start::After(last.to_string()));
                    for _ in 0..turn % 5 {
                        if seen.len() == EVENTS {
                            return seen;
                        }
                        for [event_type, data, id] in events(next(&mut subscription).await) {
                            assert_eq!(event_type, "message", "{data}");
                            seen.push(data);
                            last = Id::parse(&id).unwrap();
                        }
                    }
                }
                seen
            })
        })
        .collect();
    let mut expected = Vec::new();
    for number in 0..EVENTS {
        if number % 500 == 250 {
            broker.set_away(true);
            sleep(Duration::from_millis(20)).await;
            broker.set_away(false);
        }
        publish(&hubs[number % 3], number..number + 1).await;
        expected.push(number.to_string());
        if number % 20 == 0 {
            sleep(Duration::from_millis(1)).await;
        }
    }
    for client in clients {
        let seen = timeout(Duration::from_mins(1), client).await.expect("it sees everything").unwrap();
        assert_eq!(seen, expected);
    }
}
