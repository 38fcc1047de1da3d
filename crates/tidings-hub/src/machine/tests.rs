//! The machine against a model: the list of all that was ever published, and the contract of resuming.
//!
//! Whoever asks for the events after a position gets every event of its topics after it, once and in order; or, before
//! anything else, a gap up to a position before which at least one of them is lost and none is kept.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Wake, Waker},
};

use proptest::prelude::*;
use tidings_codec::{BytesDecoder, Frame, OwnedItem};

use super::*;

const TOPICS: [&str; 5] = ["a", "b", "p/x", "p/y", "q/x"];
const SELECTORS: [&[&str]; 7] =
    [&["a"], &["a", "b"], &["p/*"], &["*"], &["a", "p/*"], &["q/x", "nobody"], &["p/*", "q/*"]];

#[derive(Clone, Debug)]
enum Step {
    Publish { topic: usize, another: Option<usize>, bytes: usize, key: Option<u8> },
    Wait { time: u64 },
    Subscribe { selectors: usize, start: StartStep },
    Poll { subscriber: usize },
    Leave { subscriber: usize },
    Resume { subscriber: usize },
    Revoke { subscriber: usize },
}

#[derive(Clone, Debug)]
enum StartStep {
    Live,
    Earliest,
    Last(usize),
    Unknown,
    Future(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let subscriber = || 0..8_usize;
    let start = prop_oneof![
        3 => Just(StartStep::Live),
        2 => Just(StartStep::Earliest),
        2 => (0..12_usize).prop_map(StartStep::Last),
        1 => Just(StartStep::Unknown),
        1 => (1..9_u64).prop_map(StartStep::Future),
    ];
    prop_oneof![
        12 => (0..TOPICS.len(), prop::option::weighted(0.2, 0..TOPICS.len()), prop_oneof![9 => 0..200_usize, 1 => 60_000..70_000_usize], prop::option::weighted(0.2, 0..6_u8))
            .prop_map(|(topic, another, bytes, key)| Step::Publish { topic, another, bytes, key }),
        1 => (0..50_u64).prop_map(|time| Step::Wait { time }),
        3 => (0..SELECTORS.len(), start).prop_map(|(selectors, start)| Step::Subscribe { selectors, start }),
        12 => subscriber().prop_map(|subscriber| Step::Poll { subscriber }),
        1 => subscriber().prop_map(|subscriber| Step::Leave { subscriber }),
        3 => subscriber().prop_map(|subscriber| Step::Resume { subscriber }),
        1 => subscriber().prop_map(|subscriber| Step::Revoke { subscriber }),
    ]
}

impl Machine {
    /// Adds a subscriber. Returns its place, its cursor, and what it is told first.
    fn join(&mut self, topics: &Topics, start: &Start) -> (Place, u64, Option<EncodedFrame>) {
        match self.subscribe(topics, start) {
            (place, Begin::At(cursor, first)) => {
                let frame = first.map(|(First::Position(frame) | First::Gap(_, frame))| frame);
                (place, cursor, frame)
            }
            (_, Begin::Asking(ask)) => panic!("there is no other log: {ask:?}"),
        }
    }
}

#[derive(Default)]
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

struct Subscriber {
    topics: Topics,
    place: Place,
    cursor: u64,
    /// All of its events up to here were delivered, or said to be missing.
    seen: u64,
    /// What a client would come back with.
    last_event_id: Id,
    revoked: bool,
    woken: Arc<Flag>,
    waits: bool,
}

/// One event of the model, of one topic or two.
struct Published {
    topics: (&'static str, Option<&'static str>),
    at: Instant,
    size: usize,
    key: Option<u8>,
}

struct Model {
    machine: Machine,
    now: Instant,
    published: Vec<Published>,
    /// How many of them are not kept any more.
    evicted: usize,
    subscribers: Vec<Subscriber>,
}

impl Model {
    fn new(retention: Retention) -> Self {
        let machine = Machine::new(Epoch::new(7), retention);
        Self { machine, now: Instant::now(), published: Vec::new(), evicted: 0, subscribers: Vec::new() }
    }

    /// What a subscriber of these topics has after a position, in order.
    fn events(&self, topics: &Topics, after: u64) -> Vec<u64> {
        let after = usize::try_from(after).expect("it is a length");
        let all = self.published.iter().enumerate().skip(after);
        all.filter(|(_, event)| include(topics, event.topics)).map(|(at, _)| at as u64 + 1).collect()
    }

    /// Whether anything after a position is lost for a subscriber of these topics.
    fn is_lost(&self, topics: &Topics, after: u64) -> bool {
        self.events(topics, after).first().is_some_and(|first| *first <= self.evicted as u64)
    }

    fn evict(&mut self) {
        let Retention { events, bytes, age } = self.machine.retention;
        loop {
            let kept = &self.published[self.evicted..];
            let size: usize = kept.iter().map(|event| event.size + Machine::ENTRY_BYTES).sum();
            let too_much = kept.len() > 1 && (kept.len() > events || size > bytes);
            let too_old = kept.first().is_some_and(|event| self.now - event.at > age);
            if !too_much && !too_old {
                return;
            }
            self.evicted += 1;
        }
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Publish { topic, another, bytes, key } => {
                let another = another.filter(|another| *another != topic).map(|another| TOPICS[another]);
                self.publish(TOPICS[topic], another, bytes, key);
            }
            Step::Wait { time } => {
                self.now += Duration::from_millis(time);
                self.machine.evict(self.now);
                self.evict();
            }
            Step::Subscribe { selectors, ref start } => self.subscribe(selectors, start),
            Step::Poll { subscriber } => self.with(subscriber, Self::poll),
            Step::Leave { subscriber } => self.with(subscriber, |model, subscriber| {
                let left = model.subscribers.swap_remove(subscriber);
                model.machine.unsubscribe(left.place);
                model.machine.unsubscribe(left.place);
            }),
            Step::Resume { subscriber } => self.with(subscriber, Self::resume),
            Step::Revoke { subscriber } => self.with(subscriber, |model, subscriber| {
                let place = model.subscribers[subscriber].place;
                let (_, waker) = model.machine.revoke(place);
                assert!(waker.is_some() || !model.subscribers[subscriber].waits, "it is not told");
                model.subscribers[subscriber].revoked = true;
                model.subscribers[subscriber].waits = false;
            }),
        }
        self.check();
    }

    fn with(&mut self, subscriber: usize, act: impl FnOnce(&mut Self, usize)) {
        if subscriber < self.subscribers.len() {
            act(self, subscriber);
        }
    }

    fn publish(&mut self, topic: &'static str, another: Option<&'static str>, bytes: usize, key: Option<u8>) {
        let data = "x".repeat(bytes);
        let name = key.map(|key| key.to_string());
        let earlier = key.and_then(|key| {
            let kept = self.published.iter().enumerate().skip(self.evicted);
            kept.filter(|(_, event)| event.key == Some(key)).map(|(at, _)| at as u64 + 1).next()
        });
        let (id, is_new) = self.machine.publish(
            (topic, another.as_slice()),
            Frame::event(&data).encode_open(0),
            name.as_deref(),
            self.now,
        );
        assert_eq!(is_new, earlier.is_none());
        assert_eq!(id.sequence, earlier.unwrap_or(self.published.len() as u64 + 1));
        if is_new {
            let frame = "data: \nid: \n\n".len() + bytes + id.to_string().len();
            let names = topic.len() + another.map_or(0, str::len) + name.map_or(0, |name| name.len());
            let size = frame + names;
            self.published.push(Published { topics: (topic, another), at: self.now, size, key });
            self.evict();
        }
        let mut wakers = Vec::new();
        self.machine.take_wakers(&mut wakers);
        wakers.into_iter().for_each(Waker::wake);
        for subscriber in &mut self.subscribers {
            let concerned = is_new && subscriber.waits && include(&subscriber.topics, (topic, another));
            assert_eq!(subscriber.woken.0.swap(false, Ordering::Relaxed), concerned, "woken when there is something");
            subscriber.waits &= !concerned;
        }
    }

    fn subscribe(&mut self, selectors: usize, start: &StartStep) {
        let topics = Topics::parse(SELECTORS[selectors].iter().copied()).expect("they are selectors");
        let head = self.published.len() as u64;
        let epoch = self.machine.epoch;
        let (start, seen) = match *start {
            StartStep::Live => (Start::Live, head),
            StartStep::Earliest => (Start::Earliest, self.evicted as u64),
            StartStep::Last(count) => {
                let kept = self.events(&topics, self.evicted as u64);
                let seen = kept
                    .len()
                    .checked_sub(count)
                    .map_or(self.evicted as u64, |at| kept.get(at).map_or(head, |first| first - 1));
                (Start::Last(count), seen)
            }
            StartStep::Unknown => (Start::After("someone else's".to_owned()), self.evicted as u64),
            StartStep::Future(beyond) => (Start::After(Id { epoch, sequence: head + beyond }.to_string()), head),
        };
        let (place, cursor, first) = self.machine.join(&topics, &start);
        let first = first.expect("it is told its position, or of a gap");
        let is_gap = matches!(start, Start::After(_));
        let last_event_id = frame_id(&first, is_gap);
        assert_eq!(self.events(&topics, last_event_id.sequence), self.events(&topics, seen), "{start:?}");
        let woken = Arc::default();
        let seen = last_event_id.sequence;
        self.subscribers.push(Subscriber {
            topics,
            place,
            cursor,
            seen,
            last_event_id,
            revoked: false,
            woken,
            waits: false,
        });
    }

    /// Comes back as a client does: with the ID of the last frame that had one.
    fn resume(&mut self, subscriber: usize) {
        let old = self.subscribers.swap_remove(subscriber);
        let start = Start::After(old.last_event_id.to_string());
        // Sometimes it is there again before the server has noticed that it was gone.
        let early = subscriber.is_multiple_of(2);
        if !early {
            self.machine.unsubscribe(old.place);
        }
        let (place, cursor, first) = self.machine.join(&old.topics, &start);
        if early {
            self.machine.unsubscribe(old.place);
        }
        let after = old.last_event_id.sequence;
        assert_eq!(first.is_some(), self.is_lost(&old.topics, after), "a gap if and only if something is lost");
        let last_event_id = first.map_or(old.last_event_id, |gap| frame_id(&gap, true));
        self.assert_gap(&old.topics, after, last_event_id.sequence);
        let seen = last_event_id.sequence;
        self.subscribers.push(Subscriber { place, cursor, seen, last_event_id, revoked: false, waits: false, ..old });
    }

    fn poll(&mut self, subscriber: usize) {
        let Subscriber { place, mut cursor, seen, revoked, .. } = self.subscribers[subscriber];
        let topics = self.subscribers[subscriber].topics.clone();
        let waker = Waker::from(Arc::clone(&self.subscribers[subscriber].woken));
        let delivery = self.machine.poll(place, &mut cursor, &waker);
        let lost = self.is_lost(&topics, seen);
        let (seen, last_event_id) = match delivery {
            Delivery::Revoked => {
                assert!(revoked);
                return;
            }
            Delivery::Nothing(_) => {
                assert_eq!(self.events(&topics, seen), [0; 0], "nothing is held back");
                self.subscribers[subscriber].waits = true;
                (seen, None)
            }
            Delivery::Behind(ask) => panic!("there is no other log: {ask:?}"),
            Delivery::Gap(First::Position(_)) => panic!("a position in the middle"),
            Delivery::Gap(First::Gap(_, frame)) => {
                assert!(lost, "a gap where nothing is lost");
                let id = frame_id(&frame, true);
                self.assert_gap(&topics, seen, id.sequence);
                (id.sequence, Some(id))
            }
            Delivery::Events(frames) => {
                assert!(!lost, "something is lost, and nothing said");
                let ids = event_ids(&frames);
                let expected = self.events(&topics, seen);
                let got: Vec<u64> = ids.iter().map(|id| id.sequence).collect();
                assert!(!got.is_empty() && expected.starts_with(&got), "{got:?} of {expected:?}");
                assert!(got == expected || frames.len() >= super::piece::PIECE_BYTES, "all that is ready is one piece");
                (got[got.len() - 1], ids.last().copied())
            }
        };
        assert!(!revoked, "it saw something");
        let subscriber = &mut self.subscribers[subscriber];
        (subscriber.cursor, subscriber.seen) = (cursor, seen);
        subscriber.last_event_id = last_event_id.unwrap_or(subscriber.last_event_id);
    }

    /// A gap covers what is lost, and nothing that is kept.
    fn assert_gap(&self, topics: &Topics, after: u64, upto: u64) {
        let covered: Vec<u64> = self.events(topics, after).into_iter().filter(|event| *event <= upto).collect();
        assert!(covered.iter().all(|event| *event <= self.evicted as u64), "{covered:?} are kept");
        assert!(!self.is_lost(topics, upto), "the gap is larger");
    }

    fn check(&self) {
        let [events, bytes, _, subscribers] = self.machine.sizes();
        assert_eq!(events, self.published.len() - self.evicted);
        let kept = &self.published[self.evicted..];
        assert_eq!(bytes, kept.iter().map(|event| event.size + Machine::ENTRY_BYTES).sum::<usize>());
        let see = || self.subscribers.iter().filter(|subscriber| !subscriber.revoked);
        assert_eq!(subscribers, see().count());
        for topic in TOPICS {
            let expected = see().filter(|subscriber| subscriber.topics.include(topic)).count();
            assert_eq!(self.machine.presence(topic), expected);
        }
    }
}

fn include(topics: &Topics, (topic, another): (&str, Option<&str>)) -> bool {
    topics.include(topic) || another.is_some_and(|another| topics.include(another))
}

/// The IDs of the events in some frames.
fn event_ids(frames: &EncodedFrame) -> Vec<Id> {
    let mut decoder = BytesDecoder::new();
    decoder.push(frames.clone().into_bytes());
    let ids = decoder.map(|item| match item {
        Ok(OwnedItem::Event(event)) => Id::parse(event.last_event_id()).expect("it is an ID"),
        other => panic!("not an event: {other:?}"),
    });
    ids.collect()
}

/// The ID of a frame that is a gap, or only a position.
fn frame_id(frame: &EncodedFrame, is_gap: bool) -> Id {
    let mut decoder = BytesDecoder::new();
    decoder.push(frame.clone().into_bytes());
    let event = decoder.next();
    match event {
        Some(Ok(OwnedItem::Event(event))) if is_gap => {
            assert_eq!(event.event_type(), "gap");
            Id::parse(event.last_event_id()).expect("it is an ID")
        }
        None if !is_gap => Id::parse(decoder.last_event_id()).expect("it is an ID"),
        other => panic!("gap: {is_gap}, but {other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn every_event_once_in_order_or_a_gap(
        events in prop_oneof![1..6_usize, 1..80_usize],
        bytes in prop_oneof![Just(usize::MAX), 1..100_000_usize],
        age in prop_oneof![Just(Duration::MAX), (10..500_u64).prop_map(Duration::from_millis)],
        steps in prop::collection::vec(step(), 1..300),
    ) {
        let mut model = Model::new(Retention { events, bytes, age });
        for step in &steps {
            model.step(step);
        }
    }
}

/// In a long log few events of a topic are found through its own list, and topics without events are forgotten: both
/// only at sizes that the model does not reach.
#[test]
fn quiet_topics_in_a_long_log() {
    let mut machine = Machine::new(Epoch::new(7), Retention { events: 50_000, bytes: usize::MAX, age: Duration::MAX });
    let now = Instant::now();
    let publish = |machine: &mut Machine, topic: &str| {
        machine.publish((topic, &[]), Frame::event("x").encode_open(0), None, now).0
    };
    let quiet = Topics::parse(["quiet/*"]).expect("they are selectors");
    let first = publish(&mut machine, "quiet/1");
    let after_first = Start::After(first.to_string());
    let mut expected = Vec::new();
    for round in 0..40 {
        for other in 0..1000 {
            publish(&mut machine, &format!("other/{other}"));
        }
        expected.push(publish(&mut machine, &format!("quiet/{}", round % 3)).sequence);
    }
    let both = machine.publish(("quiet/1", &["quiet/2"]), Frame::event("x").encode_open(0), None, now).0;
    expected.push(both.sequence);
    let (place, mut cursor, gap) = machine.join(&quiet, &after_first);
    assert!(gap.is_none(), "it is still there");
    let Delivery::Events(frames) = machine.poll(place, &mut cursor, Waker::noop()) else { panic!("no events") };
    assert_eq!(event_ids(&frames).iter().map(|id| id.sequence).collect::<Vec<_>>(), expected);
    machine.unsubscribe(place);
    let (place, cursor, _) = machine.join(&quiet, &Start::Last(2));
    assert_eq!(cursor, expected[39] - 1);
    machine.unsubscribe(place); // With it goes the group, and what that knew.

    for other in 0..120_000 {
        publish(&mut machine, &format!("each/{other}"));
    }
    let topics = machine.sizes()[2];
    assert!(topics <= 50_000 + 16 * 1024 + 1, "{topics} topics are remembered");
    let (.., gap) = machine.join(&quiet, &after_first);
    assert!(gap.is_some(), "they are evicted and forgotten: that is not passed over");
    let (.., gap) = machine.join(&quiet, &Start::After(machine.head().to_string()));
    assert!(gap.is_none());
}

/// What was joined for a group stays for its other members, but not of all groups there are: two tabs each of thousands of users, say.
#[test]
fn joined_pieces_are_bounded() {
    let mut machine = Machine::new(Epoch::new(7), Retention { events: 1000, bytes: usize::MAX, age: Duration::MAX });
    let start = Start::After(machine.head().to_string());
    for _ in 0..2 {
        machine.publish(("news", &[]), Frame::event("x").encode_open(0), None, Instant::now());
    }
    for user in 0..1000 {
        let own = format!("user/{user}");
        let topics = Topics::parse(["news", &own]).expect("they are selectors");
        let tabs = [machine.join(&topics, &start), machine.join(&topics, &start)];
        for (place, mut cursor, _) in tabs.into_iter().take(1 + user % 2) {
            let delivery = machine.poll(place, &mut cursor, Waker::noop());
            assert!(matches!(delivery, Delivery::Events(frames) if event_ids(&frames).len() == 2));
        }
        let joined = machine.groups.iter().filter_map(|group| group.piece.as_ref()).filter(|piece| piece.joined);
        assert_eq!(joined.count(), 64.min(user + 1));
    }
}

/// Groups that read in turns keep theirs, however often they do.
#[test]
fn joined_pieces_of_those_who_read_stay() {
    let mut machine = Machine::new(Epoch::new(7), Retention { events: 1000, bytes: usize::MAX, age: Duration::MAX });
    let groups = ["a", "b", "c"].map(|own| Topics::parse(["news", own]).expect("they are selectors"));
    for _ in 0..100 {
        let start = Start::After(machine.head().to_string());
        for _ in 0..2 {
            machine.publish(("news", &[]), Frame::event("x").encode_open(0), None, Instant::now());
        }
        let first = groups.each_ref().map(|topics| machine.join(topics, &start));
        let second = groups.each_ref().map(|topics| machine.join(topics, &start));
        let mut read = |(place, mut cursor, _): (Place, u64, Option<EncodedFrame>)| {
            let Delivery::Events(frames) = machine.poll(place, &mut cursor, Waker::noop()) else { panic!("no events") };
            frames.into_bytes()
        };
        for (one, other) in first.map(&mut read).iter().zip(second.map(&mut read)) {
            assert_eq!(one.as_ptr(), other.as_ptr(), "it was joined again");
        }
    }
}

/// An event of a few bytes can have 16 topics and a key, of a kilobyte each.
#[test]
fn topics_and_keys_are_bounded_as_bytes_too() {
    let mut machine = Machine::new(Epoch::new(7), Retention { events: 1000, bytes: 1_000_000, age: Duration::MAX });
    for number in 0..1000 {
        let names: Vec<String> = (0..17).map(|name| format!("{number}/{name}/{}", "x".repeat(1000))).collect();
        let others: Vec<&str> = names[2..].iter().map(String::as_str).collect();
        let frame = Frame::event("x").encode_open(0);
        machine.publish((&names[1], &others), frame, Some(&names[0]), Instant::now());
    }
    let [events, bytes, ..] = machine.sizes();
    assert!((50..1_000_000 / 17_000).contains(&events) && bytes <= 1_000_000, "{events} events, {bytes} bytes");
}
