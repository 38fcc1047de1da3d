//! All subscribers and the publisher, and the loop in which they get their turn: one thread does everything.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use mio::{Events, Poll, Token, event::Event};

use super::{
    fault::Fault,
    member::{Member, State},
    note::Note,
    pace::Pace,
    progress::Progress,
    publisher::Publisher,
    room::Room,
    stalled::Stalled,
};

pub(super) const PUBLISHER: Token = Token(usize::MAX - 1);
pub(super) const INTERRUPT: Token = Token(usize::MAX - 2);

/// After how many connections it is looked whether an event is to be published.
const LOOK: usize = 64;
/// How often it is looked who waits for too long, in nanoseconds.
const TICK: u64 = 100_000_000;

/// All subscribers and the publisher.
pub(super) struct Crowd {
    poll: Poll,
    events: Option<Events>,
    pub(super) members: Vec<Member>,
    pub(super) stalled: Vec<Stalled>,
    pub(super) room: Room,
    pub(super) publisher: Option<Publisher>,
    pub(super) publisher_fault: Option<Fault>,
    pub(super) pace: Pace,
    pub(super) progress: Progress,
    /// Those of whom more can be read at once.
    again: Vec<usize>,
    /// Whether that holds for the publisher.
    more_answers: bool,
    /// Whether it does not sleep while anything is on its way.
    pub(super) spin: bool,
    ticked: u64,
    /// When it all began.
    pub(super) begun: u64,
    patience: Duration,
    interrupted: Arc<AtomicBool>,
}

impl Crowd {
    pub(super) fn new(poll: Poll, room: Room, pace: Pace, patience: Duration, interrupted: Arc<AtomicBool>) -> Self {
        let begun = room.clock.now();
        Self {
            begun,
            poll,
            events: Some(Events::with_capacity(1024)),
            members: Vec::new(),
            stalled: Vec::new(),
            room,
            publisher: None,
            publisher_fault: None,
            pace,
            progress: Progress::new(),
            again: Vec::new(),
            more_answers: false,
            spin: false,
            ticked: 0,
            patience,
            interrupted,
        }
    }

    /// Whether the user wants an end.
    pub(super) fn is_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }

    /// Whether nothing has come for as long as anything may take.
    pub(super) fn is_stuck(&self) -> bool {
        self.is_long_ago(self.room.progress)
    }

    /// Whether more time has passed than anything may take.
    pub(super) fn is_long_ago(&self, time: u64) -> bool {
        self.room.clock.now().saturating_sub(time) > self.patience.as_nanos() as u64
    }

    /// Opens all that are away, with no more than so many that wait for an answer, until each is open or has failed.
    ///
    /// `round`: how often all have come back.
    pub(super) fn open(&mut self, at_once: usize, round: usize) -> io::Result<()> {
        let (total, failed) = (self.members.len(), self.room.faults.total());
        let mut next = 0;
        while (next < total || self.room.waiting > 0) && !self.is_interrupted() {
            while next < total && self.room.waiting < at_once {
                if self.members[next].state() == State::Away {
                    let source = self.room.target.source(next, total, round);
                    self.members[next].open(Token(next), source, &mut self.room);
                }
                next += 1;
                if next % LOOK == 0 {
                    self.turn(Duration::ZERO)?;
                }
            }
            // If nobody gets an answer, the others would not either.
            if self.room.open == 0 && self.room.faults.total() - failed >= at_once as u64 {
                for member in self.members.iter_mut().filter(|member| member.state() == State::Away) {
                    member.fail(&Fault::NotTried, &mut self.room);
                }
                next = total;
            }
            self.turn(Duration::from_nanos(TICK))?;
        }
        Ok(())
    }

    /// Cuts all connections at once.
    pub(super) fn cut(&mut self) {
        self.again.clear();
        for member in &mut self.members {
            member.cut(&mut self.room);
        }
    }

    /// Goes on until there is nothing more to wait for, as this tells, or a time in nanoseconds is reached.
    pub(super) fn run(&mut self, end: u64, mut is_done: impl FnMut(&Self) -> bool) -> io::Result<()> {
        loop {
            let now = self.room.clock.now();
            if now >= end || self.is_interrupted() || is_done(self) {
                return Ok(());
            }
            self.turn(Duration::from_nanos(end - now))?;
        }
    }

    /// Waits for something to come, and reads what is there.
    fn turn(&mut self, longest: Duration) -> io::Result<()> {
        self.publish();
        let due = match &self.publisher {
            Some(publisher) if publisher.is_ready() => {
                self.pace.wait(self.room.clock.now(), self.room.window.outstanding())
            }
            _ => Duration::MAX,
        };
        let awaited = self.room.window.outstanding() + self.room.waiting + self.room.behind > 0;
        let more = !self.again.is_empty() || self.more_answers || (self.spin && awaited);
        let longest = if more { Duration::ZERO } else { longest.min(due).min(Duration::from_nanos(TICK)) };
        let mut events = self.events.take().unwrap_or_else(|| Events::with_capacity(1024));
        let polled = self.poll.poll(&mut events, Some(longest));
        if let Err(error) = polled
            && error.kind() != io::ErrorKind::Interrupted
        {
            return Err(error);
        }
        if self.more_answers {
            self.answers();
        }
        for index in std::mem::take(&mut self.again) {
            self.member(index, None);
        }
        for (count, event) in events.iter().enumerate() {
            self.event(event);
            if count % LOOK == LOOK - 1 {
                self.publish();
            }
        }
        self.events = Some(events);
        self.publish();
        self.tick();
        Ok(())
    }

    #[inline]
    fn event(&mut self, event: &Event) {
        match event.token() {
            INTERRUPT => {}
            PUBLISHER => self.answers(),
            Token(index) if index < self.members.len() => self.member(index, Some(event)),
            Token(index) => {
                if let Some(stalled) = self.stalled.get_mut(index - self.members.len()) {
                    stalled.ready(event, &mut self.room);
                }
            }
        }
    }

    /// The publisher's connection is ready.
    fn answers(&mut self) {
        let Some(publisher) = &mut self.publisher else { return };
        let read = publisher.read(&mut self.room.buffer);
        self.more_answers = read == Ok(true);
        let done = read.and_then(|_| publisher.write());
        self.published(done);
    }

    #[inline]
    fn member(&mut self, index: usize, event: Option<&Event>) {
        if self.members[index].ready(event, &mut self.room) {
            self.again.push(index);
        }
    }

    /// Publishes what is due.
    fn publish(&mut self) {
        let Some(publisher) = &mut self.publisher else { return };
        let now = self.room.clock.now();
        let mut any = false;
        while publisher.is_ready() && self.publisher_fault.is_none() {
            let Some(sent) = self.pace.next(now, self.room.window.outstanding()) else { break };
            if self.room.window.outstanding() == 0 {
                self.room.progress = now;
            }
            publisher.publish(Note { number: self.room.window.published(), sent });
            self.room.window.publish();
            any = true;
        }
        if any {
            let done = publisher.write();
            self.published(done);
        }
    }

    /// The publisher has done something. If it failed, nothing more is published.
    fn published(&mut self, done: Result<(), Fault>) {
        if let Err(fault) = done {
            self.pace.stop();
            self.publisher = None;
            self.publisher_fault = Some(fault);
        }
    }

    /// Gives up on those who wait for too long, and shows how far it is.
    fn tick(&mut self) {
        let now = self.room.clock.now();
        if now.saturating_sub(self.ticked) < TICK {
            return;
        }
        self.ticked = now;
        if self.room.waiting > 0 {
            let longest = self.patience.as_nanos() as u64;
            for member in &mut self.members {
                let waits = matches!(member.state(), State::Connecting | State::Waiting);
                if waits && now.saturating_sub(member.begun()) > longest {
                    member.fail(&Fault::NoAnswer, &mut self.room);
                }
            }
        }
        self.progress.show(&self.room, self.members.len(), now);
    }
}
