//! The client: as little as possible, so that it is not what is measured, but it looks at every byte.

mod crowd;
mod response;
mod single;

pub use crowd::Crowd;
pub use single::{latencies, read_all, unread};

use std::{
    io::{self, Write as _},
    net::{Ipv4Addr, TcpStream},
};

/// Connects and asks for so many events.
fn request(port: u16, count: u64) -> io::Result<TcpStream> {
    let mut connection = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    connection.set_nodelay(true)?;
    connection.write_all(format!("GET /{count} HTTP/1.1\r\nHost: localhost\r\n\r\n").as_bytes())?;
    Ok(connection)
}
