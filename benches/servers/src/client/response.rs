//! The response as it comes: a head, and a body in chunks of HTTP/1.1.

use crate::Error;

/// Reads a response in whatever pieces it comes in.
#[derive(Debug, Default)]
pub struct Response {
    state: State,
    /// The head, while it comes.
    head: Vec<u8>,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Head,
    /// In the line that says how long the chunk is.
    Size(usize),
    /// In a chunk, with so much to come, and a line end after it.
    Data(usize),
    /// In the line end after a chunk, or after the last one, with so much to come.
    LineEnd {
        left: usize,
        last: bool,
    },
    End,
}

impl Response {
    const MOST_HEAD: usize = 4096;

    /// Whether the body has come to its end.
    pub fn has_ended(&self) -> bool {
        matches!(self.state, State::End)
    }

    /// Reads some bytes and shows those of the body.
    pub fn feed(&mut self, mut bytes: &[u8], mut body: impl FnMut(&[u8]) -> Result<(), Error>) -> Result<(), Error> {
        while let Some(&first) = bytes.first() {
            match &mut self.state {
                State::Head => {
                    self.head.push(first);
                    bytes = &bytes[1..];
                    if self.head.len() > Self::MOST_HEAD {
                        return Err("the head of the response does not end".into());
                    }
                    if self.head.ends_with(b"\r\n\r\n") {
                        check(&self.head)?;
                        self.head = Vec::new();
                        self.state = State::Size(0);
                    }
                }
                State::Size(size) => {
                    bytes = &bytes[1..];
                    match (first as char).to_digit(16) {
                        Some(digit) => *size = *size << 4 | digit as usize,
                        None if first == b'\r' => {}
                        None if first == b'\n' && *size == 0 => self.state = State::LineEnd { left: 2, last: true },
                        None if first == b'\n' => self.state = State::Data(*size),
                        None => return Err(format!("byte {first:#x} in the length of a chunk").into()),
                    }
                }
                State::Data(left) => {
                    let (data, rest) = bytes.split_at(bytes.len().min(*left));
                    *left -= data.len();
                    bytes = rest;
                    if *left == 0 {
                        self.state = State::LineEnd { left: 2, last: false };
                    }
                    body(data)?;
                }
                State::LineEnd { left, last } => {
                    bytes = &bytes[1..];
                    *left -= 1;
                    if *left == 0 {
                        self.state = if *last { State::End } else { State::Size(0) };
                    }
                }
                State::End => return Err("bytes after the end".into()),
            }
        }
        Ok(())
    }
}

fn check(head: &[u8]) -> Result<(), Error> {
    let head = String::from_utf8_lossy(head).to_lowercase();
    let right = head.starts_with("http/1.1 200 ok\r\n")
        && head.contains("\r\ntransfer-encoding: chunked\r\n")
        && head.contains("\r\ncontent-type: text/event-stream");
    if right { Ok(()) } else { Err(format!("this is no event stream: {head}").into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n\
        b\r\ndata: one\n\n\r\n3\r\n:\n\n\r\n0\r\n\r\n";

    fn read(pieces: &[&[u8]]) -> Result<(Vec<u8>, bool), Error> {
        let (mut response, mut all) = (Response::default(), Vec::new());
        for piece in pieces {
            response.feed(piece, |body| {
                all.extend_from_slice(body);
                Ok(())
            })?;
        }
        Ok((all, response.has_ended()))
    }

    #[test]
    fn responses_are_read_in_any_pieces() {
        for cut in 0..STREAM.len() {
            let (first, second) = STREAM.split_at(cut);
            let (body, ended) = read(&[first, second]).expect("it is a response");
            assert_eq!((&body[..], ended), (&b"data: one\n\n:\n\n"[..], true), "cut at {cut}");
        }
        let bytes: Vec<&[u8]> = STREAM.chunks(1).collect();
        assert_eq!(read(&bytes).expect("it is a response").0, b"data: one\n\n:\n\n");
    }

    #[test]
    fn what_is_no_event_stream_is_refused() {
        assert!(read(&[b"HTTP/1.1 404 Not Found\r\n\r\n"]).is_err());
        assert!(read(&[STREAM, b"0"]).is_err());
        assert!(!read(&[&STREAM[..STREAM.len() - 1]]).expect("it is a part of a response").1);
    }
}
