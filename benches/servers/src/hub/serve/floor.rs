//! What nobody goes below who sends each event to each client at once: one loop, and one system call for a client.
//!
//! The response has no chunks, there is no keep-alive and no limit: that is not a server, but a measure.

use std::{
    collections::VecDeque,
    io::{ErrorKind, Read as _, Write as _},
    net::{Shutdown, TcpListener},
};

use mio::{Events, Interest, Poll, Token, net::TcpStream};

use super::feed;
use crate::{Error, serve::floor::accepted};

const LISTENER: Token = Token(usize::MAX);
/// How many events it has for those who come back.
const KEPT: usize = 100_000;

struct Floor {
    poll: Poll,
    connections: Vec<Option<Connection>>,
    free: Vec<usize>,
    log: VecDeque<Vec<u8>>,
    /// The number of the first event in the log.
    first: u64,
}

struct Connection {
    stream: TcpStream,
    input: Vec<u8>,
    /// The event that is sent next, and how much of it is; `None` if it does not subscribe.
    next: Option<(u64, usize)>,
}

/// Serves.
pub fn serve(listener: TcpListener) -> Result<(), Error> {
    let poll = Poll::new()?;
    let mut listener = mio::net::TcpListener::from_std(listener);
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    let mut floor = Floor { poll, connections: Vec::new(), free: Vec::new(), log: VecDeque::new(), first: 1 };
    let mut events = Events::with_capacity(1024);
    loop {
        floor.poll.poll(&mut events, None)?;
        for event in &events {
            match event.token() {
                LISTENER => floor.accept(&listener)?,
                Token(at) => {
                    if event.is_readable() {
                        floor.read(at)?;
                    }
                    if event.is_writable() {
                        floor.send(at);
                    }
                }
            }
        }
    }
}

impl Floor {
    fn accept(&mut self, listener: &mio::net::TcpListener) -> Result<(), Error> {
        while let Some(mut stream) = accepted(listener)? {
            let at = self.free.pop().unwrap_or_else(|| {
                self.connections.push(None);
                self.connections.len() - 1
            });
            self.poll.registry().register(&mut stream, Token(at), Interest::READABLE | Interest::WRITABLE)?;
            self.connections[at] = Some(Connection { stream, input: Vec::new(), next: None });
        }
        Ok(())
    }

    /// Reads requests, and does what they say.
    fn read(&mut self, at: usize) -> Result<(), Error> {
        let Some(connection) = &mut self.connections[at] else { return Ok(()) };
        let mut buffer = [0; 16 * 1024];
        loop {
            match connection.stream.read(&mut buffer) {
                Ok(0) => {
                    self.close(at);
                    return Ok(());
                }
                Ok(count) => connection.input.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                // It has gone, and did not say so.
                Err(_) => {
                    self.close(at);
                    return Ok(());
                }
            }
        }
        let mut input = std::mem::take(&mut connection.input);
        let mut done = 0;
        while let Some(length) = self.request(at, &input[done..])? {
            done += length;
        }
        input.drain(..done);
        if let Some(connection) = &mut self.connections[at] {
            // What subscribes sends nothing more.
            connection.input = if input.is_empty() { Vec::new() } else { input };
        }
        Ok(())
    }

    /// Does what the first request says. Returns its length, or `None` if it is not whole.
    fn request(&mut self, at: usize, input: &[u8]) -> Result<Option<usize>, Error> {
        let mut headers = [httparse::EMPTY_HEADER; 32];
        let mut request = httparse::Request::new(&mut headers);
        let httparse::Status::Complete(head) = request.parse(input)? else { return Ok(None) };
        let header = |name: &str| {
            let header = request.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
            header.and_then(|header| std::str::from_utf8(header.value).ok()?.parse::<u64>().ok())
        };
        if request.method == Some("GET") {
            self.subscribe(at, header("last-event-id"));
            return Ok(Some(head));
        }
        let length = head + header("content-length").unwrap_or(0) as usize;
        let Some(form) = input.get(head..length) else { return Ok(None) };
        self.publish(&feed::data(form));
        if let Some(connection) = &mut self.connections[at] {
            connection.stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")?;
        }
        Ok(Some(length))
    }

    fn subscribe(&mut self, at: usize, last: Option<u64>) {
        let newest = self.first + self.log.len() as u64 - 1;
        let last = last.unwrap_or(newest).clamp(self.first - 1, newest);
        let head = format!("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\nid: {last}\n\n");
        // All that was missed goes with it, in the same call.
        let missed = self.log.range((last + 1 - self.first) as usize..);
        let begin = missed.fold(head.into_bytes(), |begin, frame| [&begin[..], frame].concat());
        if let Some(connection) = &mut self.connections[at] {
            let sent = connection.stream.write(&begin);
            connection.next = Some((newest + 1, 0));
            if sent.ok() != Some(begin.len()) {
                self.close(at);
            }
        }
    }

    fn publish(&mut self, data: &str) {
        let number = self.first + self.log.len() as u64;
        self.log.push_back(format!("id: {number}\ndata: {data}\n\n").into_bytes());
        if self.log.len() > KEPT {
            self.log.pop_front();
            self.first += 1;
        }
        for at in 0..self.connections.len() {
            self.send(at);
        }
    }

    /// Sends what a client has not got, as far as its socket takes it.
    fn send(&mut self, at: usize) {
        let Some(Connection { stream, next: Some((next, sent)), .. }) = &mut self.connections[at] else { return };
        while let Some(frame) = next.checked_sub(self.first).and_then(|at| self.log.get(at as usize)) {
            match stream.write(&frame[*sent..]) {
                Ok(count) if *sent + count == frame.len() => (*next, *sent) = (*next + 1, 0),
                Ok(count) => *sent += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(_) => return self.close(at),
            }
        }
    }

    fn close(&mut self, at: usize) {
        if let Some(connection) = self.connections[at].take() {
            // It may be closed already.
            let _ = connection.stream.shutdown(Shutdown::Both);
            self.free.push(at);
        }
    }
}
