//! Tests for implementations of [`Log`]: whether one keeps to the contract.
//!
//! ```
//! use tidings_hub::log::{MemoryLog, conformance};
//!
//! # tokio::runtime::Builder::new_multi_thread().enable_time().build().unwrap().block_on(async {
//! conformance::check(async |keep_events| MemoryLog::new(keep_events)).await;
//! # });
//! ```

use std::{
    collections::HashMap,
    fmt::Debug,
    sync::Arc,
    time::{Duration, SystemTime},
};

use tidings_codec::{EventType, Frame};
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};

use super::{Appended, Bounds, Kept, Log, Read, Record};
use crate::{Epoch, Id};

/// How long to wait for what has to come.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long to wait for what must not come.
const A_MOMENT: Duration = Duration::from_millis(50);
/// More events than any case appends, but the one of eviction.
const ALL: usize = 100_000;
const MANY_BYTES: usize = 1 << 30;

/// Runs all tests. `open` gives a new, empty log that keeps at least so many events, and not all that there ever were.
///
/// It needs a tokio runtime with time enabled, and takes some seconds at most.
///
/// # Panics
///
/// If the log does not keep to the contract; the message says how.
pub async fn check<L: Log>(open: impl AsyncFn(usize) -> L) {
    an_empty_log(open(ALL).await).await;
    what_is_appended_is_read(open(ALL).await).await;
    pages(open(ALL).await).await;
    the_tail_waits(Arc::new(open(ALL).await)).await;
    keys(open(ALL).await).await;
    other_epochs(open(ALL).await, open(ALL).await).await;
    many_at_once(Arc::new(open(ALL).await)).await;
    a_follower_misses_nothing(Arc::new(open(ALL).await)).await;
    eviction(open(64).await).await;
}

async fn an_empty_log(log: impl Log) {
    let bounds = bounds(&log).await;
    assert_eq!((bounds.first, bounds.next), (1, 1), "the bounds of an empty log");
    assert_eq!(read_all(&log, start(bounds)).await, [], "an empty log has no events");
    assert_eq!(append(&log, Vec::new()).await, [], "to append nothing is nothing");
    assert_eq!(self::bounds(&log).await, bounds, "nothing was appended");
}

async fn what_is_appended_is_read(log: impl Log) {
    let large = "large ".repeat(200_000);
    let mut records = vec![
        record("plain"),
        Record {
            topics: ["one", "orders/7", "caf\u{e9} \"'\\ \u{1F4E3}*"].map(str::to_owned).to_vec(),
            key: Some("a key: \u{e9}".to_owned()),
            frame: Frame::event("a\nb\n\n\0 \u{feff}").event_type(EventType::from_static("named")).encode_open(0),
        },
        Record { frame: Frame::new().comment("no event").retry(Duration::from_secs(1)).encode_open(0), ..record("") },
        record(""),
        record(&large),
    ];
    let begin = SystemTime::now();
    let first = append(&log, vec![records[0].clone()]).await;
    let others = append(&log, records[1..].to_vec()).await;
    let end = SystemTime::now();
    let Bounds { epoch, first: from, next } = bounds(&log).await;
    let expected: Vec<Appended> =
        (1..=5).map(|sequence| Appended { id: Id::new(epoch, sequence), is_new: true }).collect();
    assert_eq!(
        [first, others].concat(),
        expected,
        "events are numbered from 1 in the order in which they are appended"
    );
    assert_eq!((from, next), (1, 6), "bounds tell at once what was appended");
    let events = read_all(&log, Id::new(epoch, 0)).await;
    for (event, record) in events.iter().zip(&mut records) {
        // By a clock that need not be ours.
        let slack = Duration::from_mins(5);
        assert!(event.at >= begin - slack && event.at <= end + slack, "the time of an event: {:?}", event.at);
        record.key = record.key.take().filter(|_| event.record.key.is_some());
        assert!(event.record == *record, "what is read is what was appended: {:?}", event.record.topics);
    }
    assert_eq!(sequences(&events), [1, 2, 3, 4, 5], "all that was appended is read");
    assert!(read_all(&log, Id::new(epoch, 0)).await == events, "what was read once is read the same again");
}

async fn pages(log: impl Log) {
    append(&log, (0..100).map(|number| record(&number.to_string())).collect()).await;
    let begin = start(bounds(&log).await);
    for after in [0, 1, 50, 98] {
        let events = read(&log, Id { sequence: after, ..begin }, MANY_BYTES).await;
        assert_follow(after, &events);
        let events = read(&log, Id { sequence: after, ..begin }, 1).await;
        assert_follow(after, &events);
        assert!(events.len() < 50 || after >= 50, "one byte was asked for, and {} events came", events.len());
    }
    for after in [100, 101, u64::MAX] {
        assert_eq!(read(&log, Id { sequence: after, ..begin }, MANY_BYTES).await, [], "nothing is after {after}");
    }
    let mut seen = 0;
    while seen < 100 {
        let events = read(&log, Id { sequence: seen, ..begin }, 100).await;
        assert_follow(seen, &events);
        seen += events.len() as u64;
    }
}

async fn the_tail_waits(log: Arc<impl Log>) {
    let begin = start(bounds(&*log).await);
    let early = timeout(A_MOMENT, log.tail(begin, MANY_BYTES)).await;
    assert!(early.is_err(), "the tail of an empty log is waited for");
    let waiting = tokio::spawn({
        let log = Arc::clone(&log);
        async move { tail(&*log, begin).await }
    });
    sleep(A_MOMENT).await;
    append(&*log, vec![record("1")]).await;
    let events = timeout(PATIENCE, waiting).await.expect("the tail comes").expect("it does not panic");
    assert_eq!(sequences(&events), [1], "the tail is what was appended meanwhile");
    // The one that was given up above took nothing away, and what is there is not waited for.
    assert_eq!(sequences(&tail(&*log, begin).await), [1], "the tail begins with what is there");
}

async fn keys(log: impl Log) {
    let keyed = |key: &str, data| Record { key: Some(key.to_owned()), ..record(data) };
    let first = append(&log, vec![keyed("a", "1"), record("2"), keyed("b", "3"), keyed("a", "4")]).await;
    let expected = [(1, true), (2, true), (3, true), (1, false)];
    assert_eq!(published(&first), expected, "of two records with one key the first is appended");
    let again = append(&log, vec![keyed("b", "5"), record("6"), keyed("A", "7"), keyed("", "8"), keyed("", "9")]).await;
    let expected = [(3, false), (4, true), (5, true), (6, true), (6, false)];
    assert_eq!(published(&again), expected, "a record whose key is known is not appended");
    let events = read_all(&log, start(bounds(&log).await)).await;
    let data: Vec<&[u8]> = events.iter().map(|event| event.record.frame.as_bytes()).collect();
    assert_eq!(data, ["1", "2", "3", "6", "7", "8"].map(line), "what was not appended is not read");
}

async fn other_epochs(log: impl Log, other: impl Log) {
    append(&log, vec![record("1")]).await;
    let (epoch, other) = (bounds(&log).await.epoch, bounds(&other).await.epoch);
    assert_ne!(epoch, other, "two logs have two epochs");
    for foreign in [Epoch::random(), other] {
        let id = Id::new(foreign, 0);
        assert_eq!(reached(log.read(id, MANY_BYTES).await), Read::OtherEpoch, "an ID of another log");
        let tail = timeout(PATIENCE, log.tail(id, MANY_BYTES)).await.expect("there is nothing to wait for");
        assert_eq!(reached(tail), Read::OtherEpoch, "an ID of another log");
    }
}

/// Tasks that append at once, some of them with the same keys.
async fn many_at_once(log: Arc<impl Log>) {
    const TASKS: usize = 8;
    const BATCHES: usize = 25;
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let log = Arc::clone(&log);
        tasks.spawn(async move {
            let mut appended = Vec::new();
            for batch in 0..BATCHES {
                let name = format!("{task}/{batch}");
                let shared = Record { key: Some(format!("shared {batch}")), ..record(&name) };
                let batch = append(&*log, vec![record(&name), shared, record(&name)]).await;
                assert!(batch[0].id.sequence < batch[2].id.sequence, "a batch is appended in its order");
                appended.push((name, batch));
            }
            appended
        });
    }
    let mut by_sequence = HashMap::new();
    let mut new_of_shared = 0;
    for (name, batch) in tasks.join_all().await.into_iter().flatten() {
        for at in [0, 2] {
            assert!(batch[at].is_new);
            assert!(by_sequence.insert(batch[at].id.sequence, name.clone()).is_none(), "no ID is given twice");
        }
        if batch[1].is_new {
            new_of_shared += 1;
            by_sequence.insert(batch[1].id.sequence, name);
        }
    }
    assert_eq!(new_of_shared, BATCHES, "a key that many use at once is appended once");
    let events = read_all(&*log, start(bounds(&*log).await)).await;
    assert_follow(0, &events);
    assert_eq!(events.len(), by_sequence.len(), "everything is read");
    for event in &events {
        assert_eq!(event.record.frame.as_bytes(), line(&by_sequence[&event.sequence]), "at the place that was told");
    }
}

async fn a_follower_misses_nothing(log: Arc<impl Log>) {
    const EVENTS: usize = 500;
    let begin = start(bounds(&*log).await);
    let publisher = tokio::spawn({
        let log = Arc::clone(&log);
        async move {
            for number in 0..EVENTS {
                append(&*log, vec![record(&number.to_string())]).await;
                if number % 50 == 0 {
                    sleep(Duration::from_millis(1)).await;
                }
            }
        }
    });
    let mut seen = begin;
    while seen.sequence < EVENTS as u64 {
        // Given up now and then, at any moment.
        let patience = Duration::from_micros(seen.sequence % 7 * 100);
        let Ok(read) = timeout(patience, log.tail(seen, 200)).await else {
            tokio::task::yield_now().await;
            continue;
        };
        let Read::Events(events) = reached(read) else { panic!("the epoch has changed") };
        assert!(!events.is_empty(), "the tail is never empty");
        assert_follow(seen.sequence, &events);
        for event in &events {
            let expected = (event.sequence - 1).to_string();
            assert_eq!(event.record.frame.as_bytes(), line(&expected), "in the order of appending");
        }
        seen.sequence += events.len() as u64;
    }
    timeout(PATIENCE, publisher).await.expect("it is done").expect("it does not panic");
}

async fn eviction(log: impl Log) {
    const KEPT: u64 = 64;
    append(&log, vec![Record { key: Some("old".to_owned()), ..record("0") }]).await;
    let mut bounds = bounds(&log).await;
    while bounds.first == 1 {
        assert!(bounds.next < 1000 * KEPT, "a log that is to keep {KEPT} events keeps all of {}", bounds.next);
        append(&log, (0..10).map(|number| record(&number.to_string())).collect()).await;
        bounds = self::bounds(&log).await;
    }
    assert!(bounds.next - bounds.first >= KEPT, "{bounds:?}: of the last {KEPT} some are gone");
    let events = read_all(&log, start(bounds)).await;
    assert_eq!(events.first().map(|event| event.sequence), Some(bounds.first), "the first is the first that is kept");
    assert_follow(bounds.first - 1, &events);
    assert_eq!(events.len() as u64, bounds.next - bounds.first, "all of the kept events are read");
    assert_follow(bounds.first - 1, &tail(&log, start(bounds)).await);
    let again = append(&log, vec![Record { key: Some("old".to_owned()), ..record("again") }]).await;
    assert_eq!(published(&again), [(bounds.next, true)], "the key of an event that is gone is free");
}

fn record(data: &str) -> Record {
    Record { topics: vec!["topic".to_owned()], key: None, frame: Frame::event(data).encode_open(0) }
}

/// The line in which these data are.
fn line(data: impl AsRef<str>) -> Vec<u8> {
    format!("data: {}\n", data.as_ref()).into_bytes()
}

fn start(bounds: Bounds) -> Id {
    Id::new(bounds.epoch, 0)
}

fn published(appended: &[Appended]) -> Vec<(u64, bool)> {
    appended.iter().map(|appended| (appended.id.sequence, appended.is_new)).collect()
}

fn sequences(events: &[Kept]) -> Vec<u64> {
    events.iter().map(|event| event.sequence).collect()
}

/// Events come after this one, without holes.
fn assert_follow(after: u64, events: &[Kept]) {
    assert!(!events.is_empty(), "there are events after {after}");
    let expected: Vec<u64> = (after + 1..).take(events.len()).collect();
    assert_eq!(sequences(events), expected, "events come in order, without holes, and without those before");
}

async fn append<L: Log>(log: &L, records: Vec<Record>) -> Vec<Appended> {
    let count = records.len();
    let appended = reached(timeout(PATIENCE, log.append(records)).await.expect("it is done"));
    assert_eq!(appended.len(), count, "there is an answer for each record");
    appended
}

async fn read<L: Log>(log: &L, after: Id, bytes: usize) -> Vec<Kept> {
    match reached(timeout(PATIENCE, log.read(after, bytes)).await.expect("it is done")) {
        Read::Events(events) => events,
        Read::OtherEpoch => panic!("the epoch has changed"),
    }
}

/// Reads page by page until there is nothing more.
async fn read_all<L: Log>(log: &L, after: Id) -> Vec<Kept> {
    let (mut all, mut position) = (Vec::new(), after);
    loop {
        let events = read(log, position, MANY_BYTES).await;
        let Some(last) = events.last() else { return all };
        assert!(last.sequence > position.sequence, "an event that is not later is read again");
        position.sequence = last.sequence;
        all.extend(events);
    }
}

async fn tail<L: Log>(log: &L, after: Id) -> Vec<Kept> {
    match reached(timeout(PATIENCE, log.tail(after, MANY_BYTES)).await.expect("there are events")) {
        Read::Events(events) => events,
        Read::OtherEpoch => panic!("the epoch has changed"),
    }
}

async fn bounds<L: Log>(log: &L) -> Bounds {
    reached(timeout(PATIENCE, log.bounds()).await.expect("it is done"))
}

fn reached<T, E: Debug>(result: Result<T, E>) -> T {
    result.expect("the log can be reached")
}
