//! One connection.

use std::{
    io::{self, Read as _},
    net::TcpStream,
    time::Instant,
};

use super::{request, response::Response};
use crate::{
    Error,
    source::{DIGITS, data},
    system::monotonic_nanos,
};

/// As much as is read at once: what stays in a cache near the core.
const BUFFER: usize = 64 * 1024;

/// Asks for so many events, always ready, compares all of them, and returns the seconds it took.
///
/// An event is `encoded`, byte by byte.
pub fn read_all(port: u16, count: u64, encoded: &str) -> Result<f64, Error> {
    // Long enough that any piece of the body is in it somewhere.
    let expected = encoded.as_bytes().repeat(BUFFER / encoded.len() + 2);
    let mut length = 0;
    let mut response = Response::default();
    let mut buffer = vec![0; BUFFER];

    let start = Instant::now();
    let mut connection = request(port, count)?;
    while !response.has_ended() {
        let read = read(&mut connection, &mut buffer)?;
        response.feed(&buffer[..read], |body| {
            let expected = &expected[length % encoded.len()..];
            length += body.len();
            if body == &expected[..body.len()] { Ok(()) } else { Err("an event is not what was sent".into()) }
        })?;
    }
    let seconds = start.elapsed().as_secs_f64();

    if length as u64 == count * encoded.len() as u64 {
        Ok(seconds)
    } else {
        Err(format!("{length} bytes are not {count} events").into())
    }
}

/// Asks for so many ticks, compares all of them, and returns how many nanoseconds each was under way.
pub fn latencies(port: u16, count: u64) -> Result<Vec<u64>, Error> {
    let mut latencies = Vec::with_capacity(count as usize);
    let mut response = Response::default();
    let mut buffer = vec![0; BUFFER];
    let mut text = String::new();
    let mut connection = request(port, count)?;
    while !response.has_ended() {
        let read = read(&mut connection, &mut buffer)?;
        let now = monotonic_nanos();
        response.feed(&buffer[..read], |body| {
            text += std::str::from_utf8(body)?;
            Ok(())
        })?;
        while let Some(end) = text.find("\n\n") {
            if !text.starts_with(':') {
                latencies.push(now - made(&text[..end]).ok_or("an event is not what was sent")?);
            }
            text.drain(..end + 2);
        }
    }
    if latencies.len() as u64 == count { Ok(latencies) } else { Err("not all events came".into()) }
}

/// When the event was made, if it is one of ours.
fn made(event: &str) -> Option<u64> {
    let text = event.strip_prefix("data:")?;
    let (digits, rest) = text.strip_prefix(' ').unwrap_or(text).split_at_checked(DIGITS)?;
    if rest == &data()[DIGITS..] { digits.parse().ok() } else { None }
}

/// Asks for more events than anybody can read, and reads none.
pub fn unread(port: u16) -> Result<TcpStream, Error> {
    Ok(request(port, u64::MAX)?)
}

fn read(connection: &mut TcpStream, buffer: &mut [u8]) -> Result<usize, Error> {
    match connection.read(buffer)? {
        0 => Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
        read => Ok(read),
    }
}
