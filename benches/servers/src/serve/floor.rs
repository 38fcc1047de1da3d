//! What nobody goes below who sends a keep-alive to each client in a write of its own: one loop over the sockets, which wakes once for
//! all clients of a slot of the interval. It reads no request and has no limits: that is not a server, but a measure.

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::TcpListener,
    time::{Duration, Instant},
};

use mio::{Events, Interest, Poll, Token, net::TcpStream};

use crate::{Error, source::ENCODED};

const LISTENER: Token = Token(usize::MAX);
const INTERVAL: Duration = Duration::from_secs(15);
/// Slots of an interval.
const SLOTS: u32 = 64;
const SLOT: Duration = INTERVAL.checked_div(SLOTS).expect("it is not zero");
/// A chunk with an empty comment.
const KEEP_ALIVE: &[u8] = b"3\r\n:\n\n\r\n";

struct Floor {
    poll: Poll,
    connections: Vec<TcpStream>,
    origin: Instant,
    /// The slot that comes next.
    next: u32,
    /// Whose keep-alive is due in which slot, from the first to the last that there can be, and then again.
    due: Vec<Vec<usize>>,
}

/// Serves.
pub fn serve(listener: TcpListener) -> Result<(), Error> {
    let poll = Poll::new()?;
    let mut listener = mio::net::TcpListener::from_std(listener);
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    let due = vec![Vec::new(); SLOTS as usize + 1];
    let mut floor = Floor { poll, connections: Vec::new(), origin: Instant::now(), next: 0, due };
    let mut events = Events::with_capacity(1024);
    loop {
        let at = floor.origin + SLOT * floor.next;
        floor.poll.poll(&mut events, Some(at.saturating_duration_since(Instant::now())))?;
        for event in &events {
            match event.token() {
                LISTENER => floor.accept(&listener)?,
                Token(at) if event.is_readable() => floor.read(at)?,
                Token(_) => {}
            }
        }
        if at <= Instant::now() {
            floor.keep_alive()?;
        }
    }
}

/// The next connection, if one waits to be accepted.
pub fn accepted(listener: &mio::net::TcpListener) -> Result<Option<TcpStream>, Error> {
    match listener.accept() {
        Ok((stream, _)) => Ok(Some(stream)),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error.into()),
    }
}

impl Floor {
    fn accept(&mut self, listener: &mio::net::TcpListener) -> Result<(), Error> {
        while let Some(mut stream) = accepted(listener)? {
            let token = Token(self.connections.len());
            self.poll.registry().register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
            self.connections.push(stream);
        }
        Ok(())
    }

    /// Answers a request, which comes in one piece.
    fn read(&mut self, at: usize) -> Result<(), Error> {
        let stream = &mut self.connections[at];
        match stream.read(&mut [0; 1024]) {
            // It has gone; the clients go together, and with them this process.
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
        stream.write_all(format!("{head}{:x}\r\n{ENCODED}\r\n", ENCODED.len()).as_bytes())?;
        let slot = (self.origin.elapsed() + INTERVAL).as_nanos() / SLOT.as_nanos();
        self.keep_alive_in(slot as u32, at);
        Ok(())
    }

    fn keep_alive_in(&mut self, slot: u32, at: usize) {
        self.due[(slot % (SLOTS + 1)) as usize].push(at);
    }

    /// Sends the keep-alives of the next slot.
    fn keep_alive(&mut self) -> Result<(), Error> {
        let slot = self.next;
        self.next += 1;
        for at in std::mem::take(&mut self.due[(slot % (SLOTS + 1)) as usize]) {
            self.connections[at].write_all(KEEP_ALIVE)?;
            self.keep_alive_in(slot + SLOTS, at);
        }
        Ok(())
    }
}
