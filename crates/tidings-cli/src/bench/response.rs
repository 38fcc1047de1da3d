//! The responses of HTTP/1.1 as they come: a head, and then a body in chunks, of a length, or up to the end.

use super::fault::Fault;

/// The longest head of a response.
const MOST_HEAD: usize = 16 * 1024;
const MOST_HEADERS: usize = 100;

/// What is of interest in the head of a response.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) status: u16,
    pub(super) framing: Framing,
    content_type: Vec<u8>,
    /// Encodings of the body or the transfer that are not understood.
    encoding: Vec<u8>,
}

impl Head {
    /// Reads the head that the bytes begin with, and tells its length. `None`: it is not all there.
    pub(super) fn read(bytes: &[u8]) -> Result<Option<(usize, Self)>, Fault> {
        let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
        let mut response = httparse::Response::new(&mut headers);
        let length = match response.parse(&bytes[..bytes.len().min(MOST_HEAD)]) {
            Ok(httparse::Status::Complete(length)) => length,
            Ok(httparse::Status::Partial) if bytes.len() < MOST_HEAD => return Ok(None),
            Ok(httparse::Status::Partial) | Err(httparse::Error::TooManyHeaders) => return Err(Fault::HeadTooLarge),
            Err(error) => return Err(Fault::Head(error.to_string().to_lowercase())),
        };
        let status = response.code.unwrap_or_default();
        let mut head = Self { status, framing: Framing::UntilClosed, content_type: Vec::new(), encoding: Vec::new() };
        for header in response.headers.iter() {
            head.header(header.name, header.value.trim_ascii())?;
        }
        if matches!(status, 100..=199 | 204 | 304) {
            head.framing = Framing::Length(0);
        }
        Ok(Some((length, head)))
    }

    fn header(&mut self, name: &str, value: &[u8]) -> Result<(), Fault> {
        let is = |other| name.eq_ignore_ascii_case(other);
        if is("transfer-encoding") {
            if value.eq_ignore_ascii_case(b"chunked") {
                self.framing = Framing::CHUNKED;
            } else {
                value.clone_into(&mut self.encoding);
            }
        } else if is("content-length") {
            let length = super::note::number(value).ok_or(Fault::Head("content-length is no number".to_owned()))?;
            // RFC 9112, 6.3: "Transfer-Encoding overrides the Content-Length".
            if self.framing != Framing::CHUNKED {
                self.framing = Framing::Length(length);
            }
        } else if is("content-type") {
            value.clone_into(&mut self.content_type);
        } else if is("content-encoding") && !value.eq_ignore_ascii_case(b"identity") {
            value.clone_into(&mut self.encoding);
        }
        Ok(())
    }

    /// Fails if it is not that of an event stream.
    pub(super) fn is_event_stream(&self) -> Result<(), Fault> {
        if self.status != 200 {
            return Err(Fault::Status(self.status));
        }
        let essence = self.content_type.split(|byte| *byte == b';').next().unwrap_or_default();
        if !essence.trim_ascii().eq_ignore_ascii_case(b"text/event-stream") {
            return Err(Fault::with_text(Fault::ContentType, &self.content_type));
        }
        if !self.encoding.is_empty() {
            return Err(Fault::with_text(Fault::Encoding, &self.encoding));
        }
        Ok(())
    }
}

/// Where in the body of a response its bytes end, and where in it we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    Chunks(Place),
    /// So many bytes are to come.
    Length(u64),
    UntilClosed,
}

/// A place in a body in chunks (RFC 9112, 7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In the number that begins a chunk, with so many digits before.
    Size {
        size: u64,
        digits: u8,
    },
    /// Behind the number, in the rest of its line.
    Extension {
        size: u64,
    },
    /// In a chunk, with so much to come.
    Data(u64),
    /// In the line end of a chunk.
    DataEnd,
    /// In a line behind the last chunk. An empty one ends the body.
    Trailer {
        empty: bool,
    },
    End,
}

impl Framing {
    /// A body in chunks, at its begin, or where a chunk has ended and the next is to begin.
    pub(super) const CHUNKED: Self = Self::Chunks(Place::Size { size: 0, digits: 0 });
    /// More digits than a size needs would be ones that it cannot hold.
    const MOST_DIGITS: u8 = 15;

    /// Takes the next piece of the body off the bytes. `None`: they are used up, or the body has ended.
    #[inline]
    pub(super) fn next<'b>(&mut self, bytes: &mut &'b [u8]) -> Result<Option<&'b [u8]>, Fault> {
        match self {
            Self::UntilClosed => Ok(Some(std::mem::take(bytes)).filter(|piece| !piece.is_empty())),
            Self::Length(left) => Ok(take(bytes, left)),
            Self::Chunks(place) => place.next(bytes),
        }
    }

    /// Whether all of the body has come, if that can be known.
    pub(super) fn has_ended(self) -> bool {
        matches!(self, Self::Length(0) | Self::Chunks(Place::End))
    }
}

impl Place {
    #[inline]
    fn next<'b>(&mut self, bytes: &mut &'b [u8]) -> Result<Option<&'b [u8]>, Fault> {
        loop {
            if let Self::Data(left) = self {
                let piece = take(bytes, left);
                if *left == 0 {
                    *self = Self::DataEnd;
                }
                if piece.is_some() {
                    return Ok(piece);
                }
            }
            if *self == Self::End {
                return Ok(None);
            }
            let Some((&byte, rest)) = bytes.split_first() else { return Ok(None) };
            *bytes = rest;
            *self = self.after(byte)?;
        }
    }

    /// The place behind a byte that is not of the body.
    #[inline]
    fn after(self, byte: u8) -> Result<Self, Fault> {
        Ok(match (self, byte) {
            (Self::Size { size, digits }, _) if byte.is_ascii_hexdigit() && digits < Framing::MOST_DIGITS => {
                let digit = (byte as char).to_digit(16).unwrap_or_default();
                Self::Size { size: size << 4 | u64::from(digit), digits: digits + 1 }
            }
            (Self::Size { size, digits: 1.. }, b'\r' | b';' | b' ' | b'\t') => Self::Extension { size },
            (Self::Size { size: 0, digits: 1.. } | Self::Extension { size: 0 }, b'\n') => Self::Trailer { empty: true },
            (Self::Size { size, digits: 1.. } | Self::Extension { size }, b'\n') => Self::Data(size),
            (Self::Extension { .. }, _) | (Self::DataEnd | Self::Trailer { empty: true }, b'\r') => self,
            (Self::DataEnd, b'\n') => Self::Size { size: 0, digits: 0 },
            (Self::Trailer { empty: true }, b'\n') => Self::End,
            (Self::Trailer { .. }, _) => Self::Trailer { empty: byte == b'\n' },
            _ => return Err(Fault::Chunk),
        })
    }
}

/// Takes bytes off, but no more than are left; `None` if there are none.
#[inline]
fn take<'b>(bytes: &mut &'b [u8], left: &mut u64) -> Option<&'b [u8]> {
    let length = usize::try_from(*left).map_or(bytes.len(), |left| left.min(bytes.len()));
    let (piece, rest) = bytes.split_at(length);
    *bytes = rest;
    *left -= length as u64;
    Some(piece).filter(|piece| !piece.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(mut framing: Framing, pieces: &[&[u8]]) -> Result<(Vec<u8>, bool), Fault> {
        let mut all = Vec::new();
        for mut bytes in pieces.iter().copied() {
            while let Some(piece) = framing.next(&mut bytes)? {
                all.extend_from_slice(piece);
            }
        }
        Ok((all, framing.has_ended()))
    }

    #[test]
    fn bodies_are_read_in_any_pieces() {
        let chunks = b"4\r\ndata\r\n0A;name=\"value\"\r\n: hello\n\n!\r\n0\r\nTrailer: x\r\n\r\n";
        let lengths = b"data: hello\n\n!";
        for (framing, stream, expected) in
            [(Framing::CHUNKED, &chunks[..], &b"data: hello\n\n!"[..]), (Framing::Length(14), lengths, lengths)]
        {
            for cut in 0..=stream.len() {
                let (first, second) = stream.split_at(cut);
                assert_eq!(body(framing, &[first, second]), Ok((expected.to_vec(), true)), "cut at {cut}");
            }
            let bytes: Vec<&[u8]> = stream.chunks(1).collect();
            assert_eq!(body(framing, &bytes), Ok((expected.to_vec(), true)));
            let short = &stream[..stream.len() - 1];
            assert_eq!(body(framing, &[short]).map(|(_, ended)| ended), Ok(false));
        }
        assert_eq!(body(Framing::UntilClosed, &[b"a", b"", b"b"]), Ok((b"ab".to_vec(), false)));
    }

    #[test]
    fn chunks_that_are_none_are_refused() {
        for bytes in ["\r\n", "x\r\n", "5x\r\n", "-5\r\n", "0000000000000005\r\n", "1\r\nab", ";\r\n", "1\r\na\r\r!"] {
            assert_eq!(body(Framing::CHUNKED, &[bytes.as_bytes()]), Err(Fault::Chunk), "{bytes:?}");
        }
    }

    #[test]
    fn heads_tell_how_the_body_is_framed() {
        let head = |lines: &str| {
            let text = format!("HTTP/1.1 200 OK\r\n{lines}\r\n");
            assert_eq!(Head::read(&text.as_bytes()[..text.len() - 1]), Ok(None));
            let (length, head) = Head::read(text.as_bytes()).expect("it is a head").expect("it is all there");
            assert_eq!(length, text.len());
            head
        };
        let stream = "Content-Type: Text/Event-Stream; charset=utf-8\r\n";
        for (lines, framing) in [
            ("", Framing::UntilClosed),
            ("Transfer-Encoding: Chunked\r\n", Framing::CHUNKED),
            ("content-length: 12\r\n", Framing::Length(12)),
            ("transfer-encoding: chunked\r\ncontent-length: 12\r\n", Framing::CHUNKED),
        ] {
            let head = head(&format!("{stream}{lines}"));
            assert_eq!((head.framing, head.is_event_stream()), (framing, Ok(())), "{lines}");
        }
        for (lines, fault) in [
            ("", Fault::ContentType(String::new())),
            ("content-type: text/html\r\n", Fault::ContentType("text/html".to_owned())),
            (&format!("{stream}content-encoding: gzip\r\n"), Fault::Encoding("gzip".to_owned())),
            (&format!("{stream}transfer-encoding: gzip, chunked\r\n"), Fault::Encoding("gzip, chunked".to_owned())),
        ] {
            assert_eq!(head(lines).is_event_stream(), Err(fault), "{lines}");
        }
    }

    #[test]
    fn heads_that_are_none_are_refused() {
        for text in ["garbage\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 1x\r\n\r\n", "HTTP/2 200\r\n\r\n"] {
            assert!(matches!(Head::read(text.as_bytes()), Err(Fault::Head(_))), "{text:?}");
        }
        let endless = format!("HTTP/1.1 200 OK\r\na: {}", "x".repeat(MOST_HEAD));
        let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(MOST_HEADERS + 1));
        for text in [endless, many] {
            assert_eq!(Head::read(text.as_bytes()), Err(Fault::HeadTooLarge));
        }
    }
}
