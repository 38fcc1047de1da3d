//! Subscribers that never read.

use std::{
    io::{ErrorKind, Write as _},
    net::SocketAddr,
};

use mio::{Token, event::Event, net::TcpStream};

use super::{fault::Fault, member::connect, room::Room};

/// How large the buffer is for what nobody reads: the least that the system gives.
const BUFFER: usize = 1;

/// A subscriber that asks and never reads.
#[derive(Debug)]
pub(super) struct Stalled {
    connection: Option<TcpStream>,
    asked: bool,
    /// When the server closed the connection.
    gone: Option<u64>,
}

impl Stalled {
    /// Connects.
    pub(super) fn open(token: Token, source: Option<SocketAddr>, room: &mut Room) -> Self {
        let connection = connect(room.target.address, source, Some(BUFFER), token, &room.registry);
        let connection = connection.inspect_err(|error| room.faults.count(&Fault::connect(error))).ok();
        Self { connection, asked: false, gone: None }
    }

    /// Asks, or notes that the server has closed the connection.
    pub(super) fn ready(&mut self, event: &Event, room: &mut Room) {
        let Some(connection) = &mut self.connection else { return };
        if event.is_error() || event.is_read_closed() {
            self.connection = None;
            self.gone = Some(room.clock.now());
        } else if !self.asked {
            match connection.write(room.request("")) {
                Ok(_) => self.asked = true,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => {
                    room.faults.count(&Fault::connect(&error));
                    self.connection = None;
                }
            }
        }
    }

    /// Whether it has sent its request.
    pub(super) fn has_asked(&self) -> bool {
        self.asked || self.connection.is_none()
    }

    /// When the server closed the connection, if it did.
    pub(super) fn gone(&self) -> Option<u64> {
        self.gone
    }
}
