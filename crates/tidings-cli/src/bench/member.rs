//! A subscriber.

use std::{
    io::{self, ErrorKind, Read as _, Write as _},
    net::SocketAddr,
};

use mio::{Interest, Registry, Token, event::Event, net::TcpStream};
use socket2::{Domain, Protocol, Socket, Type};

use super::{
    fault::Fault,
    ledger::Ledger,
    reader::{Arrival, Body},
    response::Head,
    room::Room,
};

/// How many full buffers are read at once: the others wait.
const MOST_READS: usize = 4;

/// A subscriber: a connection, and what came over it and those before. 10,000 of them are there at once.
#[derive(Debug)]
pub(super) struct Member {
    connection: Option<TcpStream>,
    state: State,
    body: Body,
    ledger: Ledger,
    /// When its connection began, in nanoseconds.
    begun: u64,
    /// What has come of the head of the response.
    head: Vec<u8>,
    /// Whether it has yet to get what it missed while it was away.
    behind: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It has no connection, and is to have one.
    Away,
    /// It connects.
    Connecting,
    /// It has sent its request.
    Waiting,
    /// It gets events.
    Open,
    /// It has failed, and does not come back.
    Failed,
}

impl Member {
    pub(super) fn new(ledger: Ledger) -> Self {
        let (body, head) = (Body::new(), Vec::new());
        Self { connection: None, state: State::Away, body, ledger, begun: 0, head, behind: false }
    }

    pub(super) fn state(&self) -> State {
        self.state
    }

    /// When its connection began.
    pub(super) fn begun(&self) -> u64 {
        self.begun
    }

    /// Whether it has an ID to come back with.
    pub(super) fn has_id(&self) -> bool {
        !self.body.last_event_id.is_empty()
    }

    pub(super) fn ledger(&mut self) -> &mut Ledger {
        &mut self.ledger
    }

    /// Connects, after which it is waiting, or has failed.
    pub(super) fn open(&mut self, token: Token, source: Option<SocketAddr>, room: &mut Room) {
        self.begun = room.clock.now();
        room.waiting += 1;
        self.state = State::Connecting;
        match connect(room.target.address, source, None, token, &room.registry) {
            Ok(connection) => self.connection = Some(connection),
            Err(error) => return self.fail(&Fault::connect(&error), room),
        }
        // To this machine a connection is often there at once.
        self.request(room);
    }

    /// Sends the request if the connection is there.
    fn request(&mut self, room: &mut Room) {
        let Some(connection) = &mut self.connection else { return };
        let request = room.request(&self.body.last_event_id);
        match connection.write(request) {
            // The buffers of a new connection are larger.
            Ok(written) if written < request.len() => self.fail(&Fault::Cut, room),
            Ok(_) => self.state = State::Waiting,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::NotConnected) => {}
            Err(error) => self.fail(&Fault::connect(&error), room),
        }
    }

    /// Cuts the connection, to come back later.
    pub(super) fn cut(&mut self, room: &mut Room) {
        if self.state == State::Open {
            room.open -= 1;
            self.connection = None;
            self.state = State::Away;
            self.behind = true;
            room.behind += 1;
        }
    }

    /// Its connection is of no more use.
    pub(super) fn fail(&mut self, fault: &Fault, room: &mut Room) {
        match self.state {
            State::Failed => return,
            State::Away => {}
            State::Connecting | State::Waiting => room.waiting -= 1,
            State::Open => room.open -= 1,
        }
        if std::mem::take(&mut self.behind) {
            room.behind -= 1;
        }
        room.faults.count(fault);
        room.window.leave(self.ledger.next());
        self.connection = None;
        self.state = State::Failed;
    }

    /// Does what the connection is ready for. Returns whether there may be more.
    #[inline]
    pub(super) fn ready(&mut self, event: Option<&Event>, room: &mut Room) -> bool {
        if self.state == State::Connecting {
            let error = self.connection.as_ref().and_then(|connection| connection.take_error().ok().flatten());
            if let Some(error) = error {
                self.fail(&Fault::connect(&error), room);
                return false;
            }
            self.request(room);
        }
        // The buffer is lent, so that the room can be changed while it is read.
        let mut buffer = std::mem::take(&mut room.buffer);
        // Whoever was interrupted in reading does not know any more.
        let closed = event.is_none_or(Event::is_read_closed);
        let result = self.read(&mut buffer, closed, room);
        room.buffer = buffer;
        result.unwrap_or_else(|fault| {
            self.fail(&fault, room);
            false
        })
    }

    fn read(&mut self, buffer: &mut [u8], closed: bool, room: &mut Room) -> Result<bool, Fault> {
        for _ in 0..MOST_READS {
            if !matches!(self.state, State::Waiting | State::Open) {
                return Ok(false);
            }
            let Some(connection) = &mut self.connection else { return Ok(false) };
            match connection.read(buffer) {
                Ok(0) => return Err(self.closed()),
                Ok(read) => {
                    self.bytes(&buffer[..read], room)?;
                    // What is there was read, and of more we hear; but not of an end that was there already.
                    if read < buffer.len() && !closed && !cfg!(windows) {
                        return Ok(false);
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if self.state == State::Waiting && error.kind() == ErrorKind::ConnectionReset => {
                    return Err(Fault::ClosedBeforeAnswer);
                }
                Err(error) => return Err(Fault::connection(&error)),
            }
        }
        Ok(true)
    }

    /// What it is that the connection was closed.
    fn closed(&self) -> Fault {
        match self.state {
            State::Open if self.body.is_complete() => Fault::Ended,
            State::Open => Fault::Cut,
            _ => Fault::ClosedBeforeAnswer,
        }
    }

    #[inline]
    fn bytes(&mut self, bytes: &[u8], room: &mut Room) -> Result<(), Fault> {
        if self.state == State::Open { self.body(bytes, room) } else { self.head(bytes, room) }
    }

    fn head(&mut self, bytes: &[u8], room: &mut Room) -> Result<(), Fault> {
        self.head.extend_from_slice(bytes);
        let head = loop {
            let Some((length, head)) = Head::read(&self.head)? else { return Ok(()) };
            self.head.drain(..length);
            // Others are about an answer that is yet to come.
            if !matches!(head.status, 100..=199) {
                break head;
            }
        };
        let rest = std::mem::take(&mut self.head);
        head.is_event_stream()?;
        self.body.begin(head.framing);
        self.state = State::Open;
        let now = room.opened(self.begun);
        if self.behind && room.numbers.has_missed_nothing(self.ledger.next()) {
            self.catch_up(now, room);
        }
        if rest.is_empty() { Ok(()) } else { self.body(&rest, room) }
    }

    #[inline]
    fn body(&mut self, bytes: &[u8], room: &mut Room) -> Result<(), Fault> {
        let now = room.clock.now();
        let had_begun = self.body.has_begun();
        let next = self.ledger.next();
        let mut caught_up = false;
        for arrival in room.reader.read(&mut self.body, bytes)? {
            match *arrival {
                Arrival::Note(note) if room.numbers.counts(note, room.window.published()) => {
                    room.latencies.record(now, note.sent);
                    self.ledger.number(note.number, &mut room.tally);
                    caught_up = room.numbers.is_caught_up(note, self.ledger.next());
                }
                Arrival::Id(id) => self.ledger.id(id, &mut room.tally),
                Arrival::Gap => self.ledger.gap(&mut room.tally),
                Arrival::Note(_) | Arrival::Other => room.tally.other += 1,
            }
        }
        if self.ledger.next() > next {
            room.progress = now;
            room.window.pass(next, self.ledger.next());
        }
        if self.behind && caught_up {
            self.catch_up(now, room);
        }
        if !had_begun && self.body.has_begun() {
            room.first_bytes(now);
        }
        if self.body.framing.has_ended() { Err(Fault::Ended) } else { Ok(()) }
    }

    /// It has what it missed.
    fn catch_up(&mut self, now: u64, room: &mut Room) {
        self.behind = false;
        room.behind -= 1;
        room.returned.record(now, room.numbers.returning);
        room.last_returned = now;
    }
}

/// Begins to connect, with so large a buffer for what comes if that is not the system's to choose.
pub(super) fn connect(
    address: SocketAddr,
    source: Option<SocketAddr>,
    buffer: Option<usize>,
    token: Token,
    registry: &Registry,
) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    socket.set_tcp_nodelay(true)?;
    if let Some(buffer) = buffer {
        socket.set_recv_buffer_size(buffer)?;
    }
    if let Some(source) = source {
        // Or each port would be out of use for a minute after a storm.
        socket.set_reuse_address(true)?;
        socket.bind(&source.into())?;
    }
    match socket.connect(&address.into()) {
        Err(error) if !is_under_way(&error) => return Err(error),
        _ => {}
    }
    let mut connection = TcpStream::from_std(socket.into());
    registry.register(&mut connection, token, Interest::READABLE | Interest::WRITABLE)?;
    Ok(connection)
}

/// Whether it is not known yet if there will be a connection.
fn is_under_way(error: &io::Error) -> bool {
    #[cfg(unix)]
    if error.raw_os_error() == Some(rustix::io::Errno::INPROGRESS.raw_os_error()) {
        return true;
    }
    error.kind() == ErrorKind::WouldBlock
}
