//! What the subscribers share.

use std::io::Write as _;

use hdrhistogram::Histogram;
use mio::Registry;

use super::{
    fault::Faults,
    ledger::Tally,
    note::{Clock, Note},
    reader::Reader,
    target::{Header, Target},
    window::Window,
};

/// How much is read at once.
const BUFFER: usize = 64 * 1024;

/// What the subscribers share.
pub(super) struct Room {
    pub(super) clock: Clock,
    pub(super) registry: Registry,
    pub(super) target: Target,
    pub(super) reader: Reader,
    pub(super) window: Window,
    pub(super) numbers: Numbers,
    pub(super) tally: Tally,
    pub(super) faults: Faults,
    /// From sending an event to its arrival.
    pub(super) latencies: Times,
    /// From the begin of a connection to the head of the response.
    pub(super) answers: Times,
    /// From the begin of the return to having all that was missed.
    pub(super) returned: Times,
    /// How many have connections that are not answered.
    pub(super) waiting: usize,
    /// How many get events.
    pub(super) open: usize,
    /// Of how many anything has come of the body.
    pub(super) begun: usize,
    /// How many have yet to get what they missed.
    pub(super) behind: usize,
    /// When the last of them was opened.
    pub(super) last_opened: u64,
    /// When the first bytes of the last body came.
    pub(super) last_begun: u64,
    /// When the last of them had what it missed.
    pub(super) last_returned: u64,
    /// When a numbered event came that was not there before.
    pub(super) progress: u64,
    pub(super) buffer: Vec<u8>,
    /// The request, and how much of it is the same for all.
    request: Vec<u8>,
    common: usize,
}

impl Room {
    pub(super) fn new(target: Target, headers: &[Header], numbers: Numbers, clock: Clock, registry: Registry) -> Self {
        let headers: String = headers.iter().map(|header| header.0.as_str()).collect();
        let Target { host, path, .. } = &target;
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: {host}\r\naccept: text/event-stream\r\ncache-control: no-store\r\n{headers}"
        );
        Self {
            clock,
            registry,
            reader: Reader::new(),
            window: Window::default(),
            numbers,
            tally: Tally::default(),
            faults: Faults::default(),
            latencies: Times::new(),
            answers: Times::new(),
            returned: Times::new(),
            waiting: 0,
            open: 0,
            begun: 0,
            behind: 0,
            last_opened: 0,
            last_begun: 0,
            last_returned: 0,
            progress: clock.now(),
            buffer: vec![0; BUFFER],
            common: request.len(),
            request: request.into_bytes(),
            target,
        }
    }

    /// The request of a subscriber with this last event ID.
    pub(super) fn request(&mut self, last_event_id: &str) -> &[u8] {
        self.request.truncate(self.common);
        if !last_event_id.is_empty() {
            // A vector takes everything.
            let _ = write!(self.request, "last-event-id: {last_event_id}\r\n");
        }
        self.request.extend_from_slice(b"\r\n");
        &self.request
    }

    /// A connection that began then gets events from now on. Returns what time it is.
    pub(super) fn opened(&mut self, begun: u64) -> u64 {
        let now = self.clock.now();
        self.waiting -= 1;
        self.open += 1;
        self.last_opened = now;
        self.answers.record(now, begun);
        now
    }

    /// The first bytes of a body have come.
    pub(super) fn first_bytes(&mut self, now: u64) {
        self.begun += 1;
        self.last_begun = now;
    }
}

/// Which numbers count.
#[derive(Clone, Copy, Debug)]
pub(super) struct Numbers {
    /// When our publisher began, if there is one: what is older, or was never published, is somebody else's.
    own: Option<u64>,
    /// When those who were away began to return.
    pub(super) returning: u64,
    /// What they must have to have caught up, if the publisher is ours.
    goal: u64,
    /// Whether there are numbers to tell by.
    known: bool,
}

impl Numbers {
    /// Those of a publisher of our own, which begins now, or of the server's.
    pub(super) fn new(own: Option<u64>) -> Self {
        Self { own, returning: 0, goal: 0, known: true }
    }

    /// Those who were away return.
    pub(super) fn begin_return(&mut self, now: u64, goal: u64, known: bool) {
        (self.returning, self.goal, self.known) = (now, goal, known);
    }

    #[inline]
    pub(super) fn counts(&self, note: Note, published: u64) -> bool {
        self.own.is_none_or(|begin| note.sent >= begin && note.number < published)
    }

    /// Whether a subscriber who returned has got everything with this event.
    #[inline]
    pub(super) fn is_caught_up(&self, note: Note, next: u64) -> bool {
        if self.own.is_some() { next >= self.goal } else { note.sent >= self.returning }
    }

    /// Whether a subscriber who returns has everything.
    pub(super) fn has_missed_nothing(&self, next: u64) -> bool {
        !self.known || self.own.is_some_and(|_| next >= self.goal)
    }
}

/// A distribution of times, in nanoseconds.
pub(super) struct Times(Histogram<u64>);

impl Times {
    const DIGITS: u8 = 3;
    const LONGEST: u64 = 3600 * 1_000_000_000;

    pub(super) fn new() -> Self {
        // These bounds are valid ones.
        Self(Histogram::new_with_bounds(1, Self::LONGEST, Self::DIGITS).expect("the bounds are right"))
    }

    #[inline]
    pub(super) fn record(&mut self, now: u64, since: u64) {
        self.0.saturating_record(now.saturating_sub(since));
    }

    pub(super) fn clear(&mut self) {
        self.0.reset();
    }

    /// How many there are.
    pub(super) fn count(&self) -> u64 {
        self.0.len()
    }

    /// The time within which so much of them are, and the longest for all.
    pub(super) fn quantile(&self, part: f64) -> u64 {
        self.0.value_at_quantile(part)
    }
}
