//! HTTP/1.1, as far as the tests need it, and what a response has in it, as it arrives.

use std::{
    fmt::Write as _,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use bytes::Bytes;
use tidings_codec::{BytesDecoder, OwnedEvent, OwnedItem};

/// How long anything may take that should come at once.
const PATIENCE: Duration = Duration::from_secs(10);

/// A response whose body is still to come. Its connection is closed when this is dropped.
#[derive(Debug)]
pub struct Response {
    /// The status.
    pub status: u16,
    head: String,
    connection: BufReader<TcpStream>,
    decoder: BytesDecoder,
}

impl Response {
    /// Sends a request, and reads the head of the response.
    pub(crate) fn of(address: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Self {
        let mut connection = TcpStream::connect(address).expect("somebody listens");
        connection.set_read_timeout(Some(PATIENCE)).expect("it is not zero");
        let mut request = format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\ncontent-length: {}\r\n", body.len());
        for (name, value) in headers {
            write!(request, "{name}: {value}\r\n").expect("text takes everything");
        }
        write!(request, "\r\n{body}").expect("text takes everything");
        connection.write_all(request.as_bytes()).expect("the connection is new");

        let mut connection = BufReader::new(connection);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            let length = connection.read_line(&mut head).expect("the head comes, and is text");
            assert!(length > 0, "the head is cut: {head}");
        }
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("there is a status");
        Self { status, head: head.to_lowercase(), connection, decoder: BytesDecoder::new() }
    }

    /// A header's value in lower case, or the empty text if there is none.
    pub fn header(&self, name: &str) -> &str {
        let value = self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        value.unwrap_or_default().trim()
    }

    /// The next event, or `None` at the end of the body.
    ///
    /// # Panics
    ///
    /// If it does not come, or the body is cut off, as everything here does.
    pub fn event(&mut self) -> Option<OwnedEvent> {
        loop {
            match self.decoder.next().transpose().expect("no event is that large") {
                Some(OwnedItem::Event(event)) => return Some(event),
                Some(_) => {}
                None => {
                    let chunk = self.chunk()?;
                    self.decoder.push(chunk);
                }
            }
        }
    }

    /// All that is left of the body.
    pub fn text(mut self) -> String {
        let mut bytes = Vec::new();
        if self.header("transfer-encoding") == "chunked" {
            while let Some(chunk) = self.chunk() {
                bytes.extend_from_slice(&chunk);
            }
        } else {
            let length = self.header("content-length").parse().expect("the body has a length");
            bytes.resize(length, 0);
            self.connection.read_exact(&mut bytes).expect("the body is whole");
        }
        String::from_utf8(bytes).expect("the body is text")
    }

    fn chunk(&mut self) -> Option<Bytes> {
        let mut line = String::new();
        self.connection.read_line(&mut line).expect("a chunk comes");
        let length = usize::from_str_radix(line.trim_end(), 16).expect("the body is not cut");
        let mut chunk = vec![0; length + 2];
        self.connection.read_exact(&mut chunk).expect("the chunk is whole");
        chunk.truncate(length);
        (length > 0).then(|| chunk.into())
    }
}
