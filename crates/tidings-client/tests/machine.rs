//! Every transition of HTML 9.2.2 and 9.2.3, on a clock that only the tests move.

#![allow(clippy::unwrap_used)]

use std::time::Duration;

use tidings_client::{
    DecodeError, EventId, ReadyState,
    machine::{Cause, Machine, Options, Output, Response, TRANSIENT_STATUSES},
};

const SECOND: Duration = Duration::from_secs(1);

/// A machine with its time and what the test says of the network.
struct Peer {
    machine: Machine<&'static str>,
    now: Duration,
}

impl Peer {
    fn new(options: Options) -> Self {
        Self { machine: Machine::new(options.jitter(0.0)), now: 1000 * SECOND }
    }

    /// Takes the output that asks for a connection, and begins it. Returns the last event ID that is sent.
    fn connect(&mut self) -> Option<String> {
        assert_eq!(self.take(), "connect");
        self.machine.handle_connecting(self.now, 0);
        self.machine.last_event_id_header().map(|id| String::from_utf8(id.to_vec()).unwrap())
    }

    /// A connection, up to where it is open.
    fn open(&mut self) -> Option<String> {
        let id = self.connect();
        assert!(self.machine.handle_response(&event_stream(), self.now));
        assert_eq!(self.take(), "open");
        id
    }

    fn chunk(&mut self, chunk: &'static str) {
        self.machine.handle_chunk(chunk.into(), self.now);
    }

    fn end(&mut self) {
        self.machine.handle_end(self.now);
    }

    /// Lets time pass. What is due then is due.
    fn wait(&mut self, time: Duration) {
        self.now += time;
        self.machine.handle_timeout(self.now);
    }

    /// The next output in short, or an empty text.
    fn take(&mut self) -> String {
        match self.machine.poll() {
            None => String::new(),
            Some(Output::Connect) => "connect".into(),
            Some(Output::Open) => "open".into(),
            Some(Output::Event(event)) => event.data().into(),
            Some(Output::Comment(text)) => format!(":{text}"),
            Some(Output::Reconnecting { delay, cause }) => format!("{cause:?} {delay:?}"),
            Some(Output::Ended) => "ended".into(),
            Some(Output::Failed(cause)) => format!("failed {cause:?}"),
            Some(other) => panic!("{other:?}"),
        }
    }
}

fn event_stream() -> Response<'static> {
    Response::new(200).content_type(b"text/event-stream")
}

#[test]
fn announce_events_reestablish() {
    let mut peer = Peer::new(Options::new());
    assert_eq!(peer.machine.ready_state(), ReadyState::Connecting);
    assert_eq!(peer.connect(), None);
    assert_eq!(peer.take(), "");
    assert!(peer.machine.handle_response(&event_stream(), peer.now));
    assert_eq!(peer.machine.ready_state(), ReadyState::Connecting, "the user does not know yet");
    assert_eq!(peer.take(), "open");
    assert_eq!(peer.machine.ready_state(), ReadyState::Open);
    peer.chunk("id: 1\ndata: a\n\nda");
    peer.chunk("ta: b\n\n");
    assert_eq!([peer.take(), peer.take(), peer.take()], ["a", "b", ""]);
    peer.end();
    assert_eq!(peer.machine.ready_state(), ReadyState::Open, "the user does not know yet");
    assert_eq!(peer.take(), "End 3s");
    assert_eq!(peer.machine.ready_state(), ReadyState::Connecting);
    assert_eq!(peer.take(), "");
    peer.wait(2 * SECOND);
    assert_eq!(peer.take(), "");
    peer.wait(SECOND);
    assert_eq!(peer.open().as_deref(), Some("1"));
}

#[test]
fn what_was_complete_is_handed_over_before_the_end_is_told() {
    let mut peer = Peer::new(Options::new());
    peer.open();
    peer.chunk("id: 1\ndata: a\n\nid: 2\ndata: b\n\nid: 3\n\nid: 4\ndata: c\n");
    peer.machine.handle_error("reset", peer.now);
    assert_eq!(peer.take(), "a");
    assert_eq!(peer.machine.last_event_id(), "1", "2 has arrived, but nobody has it");
    assert_eq!(peer.take(), "b");
    assert_eq!(peer.take(), "Transport(\"reset\") 3s");
    assert_eq!(peer.machine.last_event_id(), "3", "a block without data counts; one that is not complete does not");
}

#[test]
fn the_id_to_begin_with_is_sent_until_there_is_another() {
    let mut peer = Peer::new(Options::new().last_event_id(EventId::from_static("7")));
    assert_eq!(peer.connect().as_deref(), Some("7"));
    peer.machine.handle_error("refused", peer.now);
    peer.take();
    peer.wait(3 * SECOND);
    assert_eq!(peer.open().as_deref(), Some("7"));
    peer.chunk("id\ndata: a\n\n");
    peer.end();
    assert_eq!([peer.take(), peer.take()], ["a", "End 3s"]);
    peer.wait(3 * SECOND);
    assert_eq!(peer.connect(), None, "an empty one is none");
}

#[test]
fn statuses() {
    for (status, expected) in [
        (200, "failed ContentType(None)"),
        (204, "ended"),
        (201, "failed Status(201)"),
        (301, "failed Status(301)"),
        (404, "failed Status(404)"),
        (503, "failed Status(503)"),
    ] {
        let mut peer = Peer::new(Options::new());
        peer.connect();
        assert!(!peer.machine.handle_response(&Response::new(status), peer.now));
        assert_eq!(peer.take(), expected);
        assert_eq!(peer.machine.ready_state(), ReadyState::Closed);
        assert_eq!((peer.take().as_str(), peer.machine.deadline()), ("", None));
    }
}

#[test]
fn a_content_type_that_is_wrong_is_named_and_bounded() {
    let mut peer = Peer::new(Options::new().retry_statuses([200, 204]));
    peer.connect();
    peer.machine.handle_response(&Response::new(200).content_type(b"text/event-steam"), peer.now);
    assert_eq!(peer.take(), "failed ContentType(Some(\"text/event-steam\"))");

    let mut peer = Peer::new(Options::new());
    peer.connect();
    peer.machine.handle_response(&Response::new(200).content_type(&[b'x'; 5000]), peer.now);
    assert!(peer.take().len() < 200);
}

#[test]
fn no_content_stops_whatever_is_retried() {
    let mut peer = Peer::new(Options::new().retry_statuses(200..600));
    peer.connect();
    peer.machine.handle_response(&Response::new(204), peer.now);
    assert_eq!(peer.take(), "ended");
}

#[test]
fn statuses_that_are_retried_wait_as_long_as_the_server_wants() {
    let mut peer = Peer::new(Options::new().retry_statuses(TRANSIENT_STATUSES));
    for (retry_after, expected) in
        [(None, "Status(503) 3s"), (Some("30"), "Status(503) 30s"), (Some("1"), "Status(503) 12s")]
    {
        peer.connect();
        let mut response = Response::new(503);
        if let Some(value) = retry_after {
            response = response.retry_after(value.as_bytes(), Duration::ZERO);
        }
        assert!(!peer.machine.handle_response(&response, peer.now));
        assert_eq!(peer.take(), expected);
        peer.wait(30 * SECOND);
    }
    peer.connect();
    let date = Response::new(429).retry_after(b"Sun, 06 Nov 1994 08:49:37 GMT", Duration::from_secs(784_111_777 - 40));
    peer.machine.handle_response(&date, peer.now);
    assert_eq!(peer.take(), "Status(429) 40s");
}

#[test]
fn failures_back_off_and_a_good_connection_ends_that() {
    let options = Options::new().max_backoff(10 * SECOND).stable_after(5 * SECOND);
    let mut peer = Peer::new(options);
    for delay in ["3s", "6s", "10s", "10s"] {
        peer.connect();
        peer.machine.handle_error("refused", peer.now);
        assert_eq!(peer.take(), format!("Transport(\"refused\") {delay}"));
        peer.wait(10 * SECOND);
    }
    // It opens, but breaks at once, with an event or without: as bad as before.
    for chunk in ["", "data: a\n\n"] {
        peer.open();
        peer.chunk(chunk);
        peer.machine.handle_error("reset", peer.now);
        assert_eq!(peer.take(), if chunk.is_empty() { "Transport(\"reset\") 10s" } else { "a" });
        peer.take();
        peer.wait(10 * SECOND);
    }
    assert_eq!(peer.machine.failures(), 6);
    // It ends in good order, but there was nothing.
    peer.open();
    peer.end();
    assert_eq!(peer.take(), "End 10s");
    peer.wait(10 * SECOND);
    // It lasts.
    peer.open();
    peer.now += 5 * SECOND;
    peer.machine.handle_error("reset", peer.now);
    assert_eq!(peer.take(), "Transport(\"reset\") 3s");
    assert_eq!(peer.machine.failures(), 0);
    peer.wait(3 * SECOND);
    // The next failure is the first.
    peer.connect();
    peer.machine.handle_error("refused", peer.now);
    assert_eq!(peer.take(), "Transport(\"refused\") 3s");
    peer.wait(3 * SECOND);
    // One that sends what it has and ends is as good.
    peer.open();
    peer.chunk("data: b\n\n");
    peer.end();
    assert_eq!([peer.take(), peer.take()], ["b", "End 3s"]);
    assert_eq!(peer.machine.failures(), 0);
}

#[test]
fn there_is_no_loop_without_delay() {
    let mut peer = Peer::new(Options::new().reconnection_time(Duration::ZERO).max_backoff(Duration::ZERO));
    for _ in 0..3 {
        peer.open();
        peer.chunk("retry: 0\ndata: a\n\n");
        peer.end();
        assert_eq!([peer.take(), peer.take()], ["a", "End 100ms"]);
        peer.wait(Options::MIN_RECONNECTION_TIME);
    }
}

#[test]
fn a_reconnection_time_without_bounds_is_a_day() {
    let mut peer = Peer::new(Options::new());
    peer.open();
    peer.chunk("retry: 99999999999999999999999999\n");
    peer.end();
    assert_eq!(peer.take(), "End 86400s");
}

#[test]
fn failures_can_be_limited() {
    let mut peer = Peer::new(Options::new().max_failures(1));
    peer.connect();
    peer.machine.handle_error("refused", peer.now);
    assert_eq!(peer.take(), "Transport(\"refused\") 3s");
    peer.wait(3 * SECOND);
    peer.connect();
    peer.machine.handle_error("refused", peer.now);
    assert_eq!(peer.take(), "failed Transport(\"refused\")");
    assert_eq!(peer.machine.ready_state(), ReadyState::Closed);
}

#[test]
fn without_reconnection_the_end_is_the_end_and_a_break_a_failure() {
    let options = || Options::new().reconnect(false).retry_statuses([503]);
    let mut peer = Peer::new(options());
    peer.open();
    peer.chunk("data: a\n\n");
    peer.end();
    assert_eq!([peer.take(), peer.take(), peer.take()], ["a", "ended", ""]);

    let mut peer = Peer::new(options());
    peer.open();
    peer.machine.handle_error("reset", peer.now);
    assert_eq!(peer.take(), "failed Transport(\"reset\")");

    let mut peer = Peer::new(options());
    peer.connect();
    peer.machine.handle_response(&Response::new(503), peer.now);
    assert_eq!(peer.take(), "failed Status(503)");
}

#[test]
fn what_is_futile_fails() {
    let mut peer = Peer::new(Options::new());
    peer.connect();
    peer.machine.handle_fatal("no such scheme", peer.now);
    assert_eq!(peer.take(), "failed Transport(\"no such scheme\")");
}

#[test]
fn an_event_that_is_too_large_fails_after_those_before_it() {
    let mut peer = Peer::new(Options::new().max_event_bytes(4));
    peer.open();
    peer.chunk("data: a\n\ndata: 12345\n\ndata: b\n\n");
    assert_eq!(peer.take(), "a");
    let Some(Output::Failed(Cause::Decode(error))) = peer.machine.poll() else { panic!("it fails") };
    assert!(matches!(error, DecodeError::EventTooLarge { max_event_bytes: 4, .. }));
    assert_eq!(peer.take(), "");
}

#[test]
fn an_attempt_takes_no_longer_than_it_may() {
    let mut peer = Peer::new(Options::new().connect_timeout(5 * SECOND));
    peer.connect();
    assert_eq!(peer.machine.deadline(), Some(peer.now + 5 * SECOND));
    peer.wait(4 * SECOND);
    assert_eq!(peer.take(), "");
    peer.wait(SECOND);
    assert_eq!(peer.take(), "ConnectTimeout 3s");
    assert!(!peer.machine.handle_response(&event_stream(), peer.now), "too late");
    assert_eq!(peer.take(), "");

    let mut peer = Peer::new(Options::new().connect_timeout(None));
    peer.connect();
    assert_eq!(peer.machine.deadline(), None);
}

#[test]
fn a_connection_is_silent_no_longer_than_it_may() {
    let mut peer = Peer::new(Options::new().idle_timeout(5 * SECOND));
    peer.open();
    for chunk in [":\n", "", "data: a\n"] {
        peer.wait(4 * SECOND);
        assert_eq!(peer.take(), "");
        peer.chunk(chunk);
    }
    // The user was busy for an hour, and nobody read.
    peer.now += 3600 * SECOND;
    peer.machine.handle_reading(peer.now);
    peer.wait(4 * SECOND);
    assert_eq!(peer.take(), "");
    peer.wait(SECOND);
    assert_eq!(peer.take(), "IdleTimeout 3s");
    peer.chunk("data: b\n\n");
    assert_eq!(peer.take(), "", "too late");

    let mut peer = Peer::new(Options::new());
    peer.open();
    assert_eq!(peer.machine.deadline(), None, "by default there is no limit");
}

#[test]
fn closing_is_at_once_and_for_good() {
    let states: [fn(&mut Peer); 6] = [
        |_| (),
        |peer| drop(peer.connect()),
        |peer| {
            peer.connect();
            peer.machine.handle_response(&event_stream(), peer.now);
        },
        |peer| {
            peer.open();
            peer.chunk("id: 1\ndata: a\n\n");
        },
        |peer| {
            peer.open();
            peer.chunk("data: a\n\n");
            peer.end();
        },
        |peer| {
            peer.open();
            peer.end();
            peer.take();
        },
    ];
    for (number, state) in states.into_iter().enumerate() {
        let mut peer = Peer::new(Options::new());
        state(&mut peer);
        peer.machine.close();
        assert_eq!(peer.machine.ready_state(), ReadyState::Closed);
        assert_eq!((peer.take().as_str(), peer.machine.deadline()), ("", None), "{number}");
        peer.machine.handle_connecting(peer.now, 0);
        peer.machine.handle_response(&event_stream(), peer.now);
        peer.chunk("data: b\n\n");
        peer.end();
        peer.machine.handle_error("reset", peer.now);
        peer.wait(3600 * SECOND);
        assert_eq!((peer.take().as_str(), peer.machine.last_event_id()), ("", ""), "{number}");
    }
}

#[test]
fn comments_are_handed_over_if_asked_for() {
    let mut peer = Peer::new(Options::new().comments(true));
    peer.open();
    peer.chunk(": hello\ndata: a\n\n");
    assert_eq!([peer.take(), peer.take()], [":hello", "a"]);
}

#[test]
fn each_connection_has_a_stream_of_its_own() {
    let mut peer = Peer::new(Options::new());
    for _ in 0..2 {
        peer.open();
        peer.chunk("\u{feff}data: a\n\nevent: x\ndata: cut");
        peer.end();
        assert_eq!([peer.take(), peer.take()], ["a", "End 3s"]);
        peer.wait(3 * SECOND);
    }
}

#[test]
fn inputs_that_do_not_fit_are_ignored() {
    let mut peer = Peer::new(Options::new());
    peer.chunk("data: a\n\n");
    peer.end();
    peer.machine.handle_error("early", peer.now);
    assert!(!peer.machine.handle_response(&event_stream(), peer.now));
    peer.connect();
    peer.chunk("data: a\n\n");
    peer.end();
    assert_eq!(peer.take(), "");
    peer.machine.handle_error("first", peer.now);
    peer.machine.handle_error("second", peer.now);
    assert_eq!([peer.take(), peer.take()], ["Transport(\"first\") 3s", ""]);
    peer.machine.handle_error("late", peer.now);
    assert_eq!(peer.take(), "");
}

#[test]
fn it_is_small() {
    assert!(size_of::<Machine<Box<u8>>>() <= 1100, "{}", size_of::<Machine<Box<u8>>>());
    assert!(size_of::<Output<Box<u8>>>() <= 64, "{}", size_of::<Output<Box<u8>>>());
}
