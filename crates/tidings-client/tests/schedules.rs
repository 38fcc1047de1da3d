//! A server that keeps its events and a network that loses connections: the user gets every event once, and in order.

#![allow(clippy::unwrap_used)]

use std::{fmt::Write as _, time::Duration};

use bytes::Bytes;
use tidings_client::machine::{Machine, Options, Output, Response};
use tidings_testkit::Random;

const SCHEDULES: u64 = 10_000;

/// The events behind `after`, each with its ID, in any of the forms that the format has.
fn stream(random: &mut Random, after: usize, last: usize) -> String {
    let mut stream = String::new();
    if random.one_in(4) {
        stream.push('\u{feff}');
    }
    for number in after + 1..=last {
        if random.one_in(4) {
            write!(stream, ": keep-alive\nretry: {}\n", random.below(400)).unwrap();
        }
        let end = random.pick(&["\n", "\r", "\r\n"]);
        if random.one_in(3) {
            write!(stream, "data: {number}{end}data: more{end}id: {number}{end}{end}").unwrap();
        } else {
            write!(stream, "id: {number}{end}event: e{end}data: {number}{end}{end}").unwrap();
        }
    }
    stream
}

struct Run {
    random: Random,
    machine: Machine<u32>,
    now: Duration,
    /// What the server has yet.
    last: usize,
    all: usize,
    /// Bytes that are on their way.
    wire: Option<Bytes>,
    seen: Vec<usize>,
    attempts: usize,
}

impl Run {
    fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let options = Options::new()
            .retry_statuses([503])
            .idle_timeout(Duration::from_secs(20))
            .comments(random.one_in(2))
            .reconnection_time(Duration::from_millis(random.below(2000) as u64));
        let all = 1 + random.below(30);
        let machine = Machine::new(options);
        Self { random, machine, now: Duration::ZERO, last: 0, all, wire: None, seen: Vec::new(), attempts: 0 }
    }

    fn play(mut self) -> (Vec<usize>, usize, usize) {
        while self.seen.last() != Some(&self.all) {
            // The user takes what there is, or a part of it, while the network goes on.
            for _ in 0..=self.random.below(4) {
                let Some(output) = self.machine.poll() else { break };
                self.perform(output);
            }
            self.now += Duration::from_millis(self.random.below(5000) as u64);
            self.network();
        }
        (self.seen, self.all, self.attempts)
    }

    fn perform(&mut self, output: Output<u32>) {
        match output {
            Output::Event(event) => {
                let number: usize = event.data().lines().next().unwrap().parse().unwrap();
                assert_eq!(event.last_event_id(), number.to_string());
                self.seen.push(number);
            }
            Output::Connect => {
                self.attempts += 1;
                assert!(self.attempts < 10_000, "it gets nowhere");
                self.machine.handle_connecting(self.now, self.random.bits());
                self.answer();
            }
            Output::Reconnecting { delay, .. } => {
                assert!(delay >= Options::MIN_RECONNECTION_TIME);
                self.wire = None;
            }
            Output::Ended | Output::Failed(_) => panic!("{output:?}"),
            _ => {}
        }
    }

    /// The server answers a request, or does not.
    fn answer(&mut self) {
        match self.random.below(6) {
            0 => self.machine.handle_error(7, self.now),
            1 => {
                let response = Response::new(503).retry_after(b"2", self.now);
                assert!(!self.machine.handle_response(&response, self.now));
            }
            2 => {} // it never answers
            _ => {
                let id = self.machine.last_event_id_header();
                let after = id.map_or(0, |id| str::from_utf8(id).unwrap().parse().unwrap());
                self.last = after.max(self.last).max(self.random.below(self.all + 1));
                let response = Response::new(200).content_type(b"text/event-stream; charset=utf-8");
                assert!(self.machine.handle_response(&response, self.now));
                self.wire = Some(stream(&mut self.random, after, self.last).into());
            }
        }
    }

    /// The network brings some bytes, or loses the connection, or does nothing for a while.
    fn network(&mut self) {
        if let Some(wire) = &mut self.wire {
            match self.random.below(12) {
                0 => self.machine.handle_error(8, self.now),
                1 => self.machine.handle_end(self.now),
                2 => {} // a delay: maybe longer than the idle timeout
                _ => {
                    let length = (1 + self.random.below(120)).min(wire.len());
                    let chunk = wire.split_to(length);
                    self.machine.handle_chunk(chunk, self.now);
                    if wire.is_empty() && self.random.one_in(2) {
                        self.machine.handle_end(self.now);
                    }
                }
            }
        }
        if self.random.one_in(3) {
            // Nothing more for now: the clock runs up to the deadline.
            self.now = self.now.max(self.machine.deadline().unwrap_or_default());
        }
        self.machine.handle_timeout(self.now);
    }
}

#[test]
fn every_event_comes_once_and_in_order() {
    let mut attempts = 0;
    for seed in 0..SCHEDULES {
        let run = Run::new(seed);
        let (seen, all, made) = run.play();
        assert_eq!(seen, (1..=all).collect::<Vec<_>>(), "seed {seed}");
        attempts += made as u64;
    }
    assert!(attempts > 5 * SCHEDULES, "connections are lost: {attempts} attempts");
}
