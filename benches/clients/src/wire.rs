//! What is sent: events that are encoded before anything is measured, with the framing of HTTP/1.1 around them.

use std::{fmt::Write as _, sync::OnceLock};

use tidings_benches::corpora::{Corpus, Kind, generate};

use crate::sink::Tally;

/// How an event stream is cut into the chunks of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// So many bytes each, wherever events end.
    Bytes(usize),
    /// An event each.
    Events,
}

/// How many bytes are written at a time, unless a chunk is longer.
pub const WRITE: usize = 16 * 1024;
/// How many digits the time has that an event of [`tick`] begins with.
pub const DIGITS: usize = 20;
/// How long the corpus is, in bytes: it stays in the cache.
const CORPUS: usize = 256 * 1024;

/// The head of every response.
pub const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-cache\r\n\
                        connection: close\r\ntransfer-encoding: chunked\r\n\r\n";
/// The end of a body.
pub const END: &[u8] = b"0\r\n\r\n";

/// The events that are sent, over and over.
pub fn corpus() -> &'static Corpus {
    static CORPUS_OF_ALL: OnceLock<Corpus> = OnceLock::new();
    CORPUS_OF_ALL.get_or_init(|| Corpus::new(Kind::Llm, CORPUS))
}

/// The data of each event of the corpus.
pub fn data() -> impl Iterator<Item = String> {
    generate(Kind::Llm).take(corpus().events as usize).map(|event| event.data)
}

/// Once through the corpus: what is written at a time.
pub fn writes(cut: Cut) -> Vec<Vec<u8>> {
    let wire = &corpus().wire;
    let mut writes = vec![Vec::new()];
    let mut push = |part: &[u8]| {
        let full = writes.last().is_some_and(|write: &Vec<u8>| !write.is_empty() && write.len() + part.len() > WRITE);
        if full {
            writes.push(Vec::new());
        }
        let write = writes.last_mut().expect("there is always one");
        write.extend_from_slice(&chunk(part));
    };
    match cut {
        Cut::Bytes(bytes) => wire.chunks(bytes).for_each(push),
        Cut::Events => data().for_each(|data| push(format!("data: {data}\n\n").as_bytes())),
    }
    writes
}

/// A chunk of HTTP.
pub fn chunk(bytes: &[u8]) -> Vec<u8> {
    let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
    chunk.extend_from_slice(bytes);
    chunk.extend_from_slice(b"\r\n");
    chunk
}

/// An event, in a chunk of its own, that says when it was sent.
pub fn tick(nanos: u64) -> Vec<u8> {
    let mut event = format!("data: {nanos:0DIGITS$} ");
    let data = generate(Kind::Llm).next().expect("it has no end").data;
    let _ = write!(event, "{data}\n\n");
    chunk(event.as_bytes())
}

/// What a client has to deliver of so many times through the corpus.
pub fn expected(passes: usize, bare: bool, thorough: bool) -> Tally {
    let mut tally = Tally::default();
    let data: Vec<String> = data().collect();
    for _ in 0..passes {
        if bare {
            tally.bytes += corpus().wire.len() as u64;
            if thorough {
                tally.all_bytes(&corpus().wire);
            }
            continue;
        }
        for data in &data {
            tally.event(data.as_bytes());
            if thorough {
                tally.all_bytes(data.as_bytes());
            }
        }
    }
    tally
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is in the chunks of HTTP.
    fn body(mut wire: &[u8]) -> Vec<u8> {
        let mut body = Vec::new();
        while !wire.is_empty() {
            let end = wire.windows(2).position(|pair| pair == b"\r\n").expect("there is a length");
            let length = str::from_utf8(&wire[..end]).expect("it is text");
            let length = usize::from_str_radix(length, 16).expect("it is a number");
            let data;
            (data, wire) = wire[end + 2..].split_at(length);
            body.extend_from_slice(data);
            wire = wire.strip_prefix(b"\r\n").expect("the chunk ends");
        }
        body
    }

    #[test]
    fn everything_is_sent_however_it_is_cut() {
        for cut in [Cut::Bytes(16 * 1024), Cut::Bytes(1024), Cut::Events] {
            let writes = writes(cut);
            assert!(body(&writes.concat()) == corpus().wire, "{cut:?}");
            assert!(writes.len() > 14 && writes.iter().all(|write| write.len() < WRITE + 16), "{cut:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_seen() {
        let right = expected(1, false, false);
        let data: Vec<String> = data().collect();
        let tally = |data: &mut dyn Iterator<Item = &String>| {
            let mut tally = Tally::default();
            data.for_each(|data| tally.event(data.as_bytes()));
            tally
        };
        assert_eq!(tally(&mut data.iter()), right);
        assert_ne!(tally(&mut data.iter().skip(1)), right);
        assert_ne!(tally(&mut data.iter().rev()), right);
        assert_ne!(expected(1, false, true).hash, expected(2, false, true).hash);
    }

    #[test]
    fn a_tick_says_its_time() {
        let tick = body(&tick(42));
        assert!(tick.starts_with(b"data: 00000000000000000042 {"));
        assert!(tick.ends_with(b"}\n\n"));
    }
}
