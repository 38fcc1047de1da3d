//! Events for everybody, the last of which are kept for clients that come back.

use std::{
    collections::VecDeque,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use futures_core::Stream;
use futures_util::stream;
use tidings_http::{EncodedFrame, EventId, EventType, Frame, LastEventId};
use tokio::{sync::watch, time};

const PRICE: EventType<'_> = EventType::from_static("price");
const NOTE: EventType<'_> = EventType::from_static("note");
const GAP: EventType<'_> = EventType::from_static("gap");

/// How many events are kept.
const KEPT: usize = 100;

/// A feed: every client gets every event, encoded once.
///
/// Each client reads the same log from a place of its own. So what it missed and what is new are one and the same read: nothing
/// can get lost between the two, and a slow client costs no memory.
#[derive(Clone, Debug)]
pub struct Feed {
    log: watch::Sender<Log>,
}

#[derive(Debug)]
struct Log {
    /// When this log began: part of every ID, because after a restart the numbers begin again and mean other events.
    began: u128,
    /// How many events there were so far, which is the number of the newest.
    newest: u64,
    /// The newest events.
    kept: VecDeque<EncodedFrame>,
}

impl Feed {
    /// A feed without events.
    pub fn new() -> Self {
        let began = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        Self { log: watch::Sender::new(Log { began, newest: 0, kept: VecDeque::new() }) }
    }

    /// A feed to which a task adds a price twice a second, and a note after every fourth.
    pub fn start() -> Self {
        let feed = Self::new();
        let publisher = feed.clone();
        tokio::spawn(async move {
            let mut ticks = time::interval(Duration::from_millis(500));
            for number in 1_u32.. {
                ticks.tick().await;
                let price = 20.0 + f64::from(number).sin();
                publisher.publish(PRICE, &format!("{price:.2}"));
                if number % 4 == 0 {
                    publisher.publish(NOTE, &format!("{number} prices,\nand this note has two lines"));
                }
            }
        });
        feed
    }

    /// Adds an event. The oldest is dropped if there are too many; nobody is waited for.
    pub fn publish(&self, event_type: EventType<'_>, data: &str) {
        self.log.send_modify(|log| {
            log.newest += 1;
            let id = format!("{}-{}", log.began, log.newest);
            let id = EventId::new(&id).expect("digits and a hyphen are an ID");
            log.kept.push_back(Frame::event(data).event_type(event_type).id(id).encode());
            if log.kept.len() > KEPT {
                log.kept.pop_front();
            }
        });
    }

    /// The events after the client's last one, and then each as it comes.
    ///
    /// A new client begins with the oldest event that is kept. One that has missed events, because its last one is not kept any
    /// more or nothing is known of it, or because it reads too slowly, is told so by an event of type `gap`, and goes on with
    /// the oldest.
    pub fn events(&self, last: &LastEventId) -> impl Stream<Item = EncodedFrame> + Send + use<> {
        stream::unfold(Reader::new(self.log.subscribe(), last), async |mut reader| {
            let frame = reader.next().await?;
            Some((frame, reader))
        })
    }
}

impl Default for Feed {
    fn default() -> Self {
        Self::new()
    }
}

impl Log {
    /// The number of the oldest event that is kept, or of the next one if none is.
    fn oldest(&self) -> u64 {
        self.newest + 1 - self.kept.len() as u64
    }

    /// The number of the event with this ID, if it is one of this log.
    fn number(&self, id: &str) -> Option<u64> {
        let (began, number) = id.split_once('-')?;
        let number = number.parse().ok()?;
        (began == self.began.to_string() && number <= self.newest).then_some(number)
    }
}

/// One client's place in the log.
struct Reader {
    log: watch::Receiver<Log>,
    /// The number of the event it has read last.
    read: u64,
    /// Whether it is to be told that it has missed events.
    missed: bool,
}

impl Reader {
    fn new(log: watch::Receiver<Log>, last: &LastEventId) -> Self {
        let now = log.borrow();
        let known = last.as_str().and_then(|id| now.number(id));
        let read = known.unwrap_or(now.oldest() - 1);
        drop(now);
        Self { log, read, missed: known.is_none() && last.as_str().is_some() }
    }

    async fn next(&mut self) -> Option<EncodedFrame> {
        let log = self.log.wait_for(|log| self.missed || self.read < log.newest).await.ok()?;
        let oldest = log.oldest();
        if self.missed || self.read + 1 < oldest {
            self.missed = false;
            self.read = oldest - 1;
            return Some(Frame::event("events are missing before the next").event_type(GAP).encode());
        }
        let frame = log.kept.get((self.read + 1 - oldest) as usize)?.clone();
        self.read += 1;
        Some(frame)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt as _, StreamExt as _, future};

    use super::*;

    /// Publishes events with their numbers as data.
    fn publish(feed: &Feed, numbers: std::ops::RangeInclusive<u64>) {
        numbers.for_each(|number| feed.publish(PRICE, &number.to_string()));
    }

    /// What comes without waiting: numbers, and 0 for a gap.
    fn ready(events: &mut (impl Stream<Item = EncodedFrame> + Unpin)) -> Vec<u64> {
        std::iter::from_fn(|| events.next().now_or_never().flatten()).map(|frame| number(&frame)).collect()
    }

    fn number(frame: &EncodedFrame) -> u64 {
        let text = str::from_utf8(frame).expect("frames are text");
        text.rsplit("data: ").next().and_then(|data| data.trim_end().parse().ok()).unwrap_or(0)
    }

    fn after(feed: &Feed, last: &str) -> Vec<u64> {
        ready(&mut Box::pin(feed.events(&LastEventId::new(Some(last.as_bytes()), None))))
    }

    #[test]
    fn new_clients_get_what_is_kept_and_then_what_comes() {
        let feed = Feed::new();
        let mut events = Box::pin(feed.events(&LastEventId::default()));
        assert_eq!(ready(&mut events), Vec::<u64>::new());
        publish(&feed, 1..=2);
        assert_eq!(ready(&mut events), [1, 2]);
        publish(&feed, 3..=150);
        assert_eq!(ready(&mut Box::pin(feed.events(&LastEventId::default()))), (51..=150).collect::<Vec<_>>());
    }

    #[test]
    fn clients_go_on_after_their_last_event() {
        let feed = Feed::new();
        publish(&feed, 1..=150);
        let began = feed.log.borrow().began;
        assert_eq!(after(&feed, &format!("{began}-148")), [149, 150]);
        assert_eq!(after(&feed, &format!("{began}-150")), Vec::<u64>::new());
        assert_eq!(after(&feed, &format!("{began}-50")), (51..=150).collect::<Vec<_>>());
    }

    #[test]
    fn gaps_are_told() {
        let feed = Feed::new();
        publish(&feed, 1..=2);
        let began = feed.log.borrow().began;
        for unknown in ["", "7", "x-1", "0-1", &format!("{began}-3"), &format!("{began}-x")] {
            let expected = if unknown.is_empty() { vec![1, 2] } else { vec![0, 1, 2] };
            assert_eq!(after(&feed, unknown), expected, "{unknown}");
        }
        publish(&feed, 3..=150);
        let kept = [0].into_iter().chain(51..=150);
        assert_eq!(after(&feed, &format!("{began}-49")), kept.collect::<Vec<_>>());
    }

    #[test]
    fn a_slow_client_is_told_too() {
        let feed = Feed::new();
        let mut events = Box::pin(feed.events(&LastEventId::default()));
        publish(&feed, 1..=1);
        assert_eq!(events.next().now_or_never().flatten().map(|frame| number(&frame)), Some(1));
        publish(&feed, 2..=150);
        assert_eq!(ready(&mut events)[..2], [0, 51]);
    }

    #[test]
    fn it_waits_for_what_comes() {
        let feed = Feed::new();
        let mut events = Box::pin(feed.events(&LastEventId::default()));
        let publishing = feed.clone();
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("it needs nothing");
        runtime.block_on(async {
            let publish = async { publish(&publishing, 1..=1) };
            let (frame, ()) = future::join(events.next(), publish).await;
            assert_eq!(frame.map(|frame| number(&frame)), Some(1));
        });
    }
}
