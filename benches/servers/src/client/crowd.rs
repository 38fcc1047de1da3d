//! Many connections on which next to nothing comes: an event each, and then keep-alives.

use std::{
    io::{ErrorKind, Read as _},
    thread,
    time::{Duration, Instant},
};

use mio::{Events, Interest, Poll, Token, net::TcpStream};

use super::{request, response::Response};
use crate::Error;

/// Open connections.
pub struct Crowd {
    port: u16,
    poll: Poll,
    events: Events,
    members: Vec<Member>,
    /// How many of them have their event.
    begun: usize,
    frames: u64,
}

struct Member {
    connection: TcpStream,
    response: Response,
    /// The last byte of the body: a frame ends with two line ends.
    last: u8,
    begun: bool,
}

impl Crowd {
    /// How long connections may take to get their event.
    const PATIENCE: Duration = Duration::from_mins(1);
    /// How many may be without one: fewer than the system lets wait for a server to accept them.
    const WAITING: usize = 100;
    /// How often it looks while nothing but keep-alives is to come.
    const LOOK: Duration = Duration::from_millis(50);

    /// No connection yet.
    pub fn new(port: u16) -> Result<Self, Error> {
        Ok(Self {
            port,
            poll: Poll::new()?,
            events: Events::with_capacity(1024),
            members: Vec::new(),
            begun: 0,
            frames: 0,
        })
    }

    /// How many events and comments have come.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Opens connections until there are so many, evenly over this time, and waits until each has its event.
    pub fn grow(&mut self, to: usize, over: Duration) -> Result<(), Error> {
        let (start, from) = (Instant::now(), self.members.len());
        for index in from..to {
            let due = start + over.mul_f64((index - from) as f64 / (to - from) as f64);
            self.read_until(due)?;
            self.settle(Self::WAITING)?;
            self.add()?;
        }
        self.settle(0)
    }

    /// Reads what comes in this time, with a look now and then. If it waited for each byte, the server's sending would have to
    /// wake it, which on one machine is on the server's account and with clients elsewhere is not.
    pub fn wait(&mut self, time: Duration) -> Result<(), Error> {
        let end = Instant::now() + time;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            thread::sleep(left.min(Self::LOOK));
            while self.read(Duration::ZERO)? > 0 {}
            if left.is_zero() {
                return Ok(());
            }
        }
    }

    fn read_until(&mut self, end: Instant) -> Result<(), Error> {
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            self.read(left)?;
        }
    }

    /// Reads until no more than so many connections are without their event.
    fn settle(&mut self, most: usize) -> Result<(), Error> {
        let end = Instant::now() + Self::PATIENCE;
        while self.members.len() - self.begun > most {
            if Instant::now() > end {
                return Err(format!("{} of {} responses have begun", self.begun, self.members.len()).into());
            }
            self.read(Duration::from_millis(10))?;
        }
        Ok(())
    }

    fn add(&mut self) -> Result<(), Error> {
        let connection = request(self.port, 1)?;
        connection.set_nonblocking(true)?;
        let mut connection = TcpStream::from_std(connection);
        self.poll.registry().register(&mut connection, Token(self.members.len()), Interest::READABLE)?;
        self.members.push(Member { connection, response: Response::default(), last: 0, begun: false });
        Ok(())
    }

    /// Reads what there is, waiting for something to come first. Returns from how many connections.
    fn read(&mut self, patience: Duration) -> Result<usize, Error> {
        self.poll.poll(&mut self.events, Some(patience))?;
        let mut connections = 0;
        for event in &self.events {
            connections += 1;
            let member = &mut self.members[event.token().0];
            let frames = member.read()?;
            self.frames += frames;
            if frames > 0 && !std::mem::replace(&mut member.begun, true) {
                self.begun += 1;
            }
        }
        Ok(connections)
    }
}

impl Member {
    /// Reads what there is and returns how many frames end in it.
    fn read(&mut self) -> Result<u64, Error> {
        let mut buffer = [0; 1024];
        let mut frames = 0;
        loop {
            let read = match self.connection.read(&mut buffer) {
                Ok(0) => return Err("the server closes an idle stream".into()),
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(frames),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error.into()),
            };
            self.response.feed(&buffer[..read], |body| {
                for &byte in body {
                    frames += u64::from(byte == b'\n' && self.last == b'\n');
                    self.last = byte;
                }
                Ok(())
            })?;
            if read < buffer.len() {
                return Ok(frames);
            }
        }
    }
}
