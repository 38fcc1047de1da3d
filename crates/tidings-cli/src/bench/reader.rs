//! From the bytes of a body to what its events are to a benchmark.
//!
//! All subscribers share one decoder. A stream that stands between two events leaves nothing in a decoder but its last event ID,
//! and that is kept apart; only while a stream stands in the middle of an event does it have a decoder of its own. So an idle
//! subscriber costs no decoder, and the shared one stays in the processor's cache.
//!
//! Subscribers of one topic mostly get the same bytes. What came last is remembered with what it meant, and is not decoded again
//! while both begin and end between two events: comparing is much faster.

use tidings_codec::{Decoder, EventId, Item};

use super::{
    fault::Fault,
    note::{Note, number},
    response::Framing,
};

/// What a shared decoder has as last event ID if the stream gave none: nobody else's ID must be taken for it.
const NONE: EventId<'static> = EventId::from_static("\u{1}");
/// The longest input that is remembered.
const MOST_REMEMBERED: usize = 64 * 1024;

/// What an event is to a benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arrival {
    /// Its data has a number.
    Note(Note),
    /// It has none, but the ID has: it ends with it, after a `-` if there is anything before.
    Id(u64),
    /// Its type is `gap`.
    Gap,
    Other,
}

/// A body as far as it has come.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) framing: Framing,
    /// The decoder, unless the stream stands between two events.
    decoder: Option<Box<Decoder>>,
    /// The last event ID, for the next request too.
    pub(super) last_event_id: String,
    /// Whether nothing has come.
    begun: bool,
}

impl Body {
    /// No body yet.
    pub(super) fn new() -> Self {
        Self { framing: Framing::UntilClosed, decoder: None, last_event_id: String::new(), begun: false }
    }

    /// Begins the body of another response. The last event ID stays.
    pub(super) fn begin(&mut self, framing: Framing) {
        (self.framing, self.decoder, self.begun) = (framing, None, false);
    }

    /// Whether any byte of it has come.
    pub(super) fn has_begun(&self) -> bool {
        self.begun
    }

    /// Whether it stands where bytes mean the same as they would to any other body like it.
    fn is_between_events(&self) -> bool {
        self.begun && self.decoder.is_none() && matches!(self.framing, Framing::CHUNKED | Framing::UntilClosed)
    }

    /// Whether it can end here.
    pub(super) fn is_complete(&self) -> bool {
        self.framing.has_ended() || (self.framing == Framing::UntilClosed && self.decoder.is_none())
    }
}

/// Reads the bodies of all subscribers.
pub(super) struct Reader {
    shared: Decoder,
    arrivals: Vec<Arrival>,
    /// What came last: how it was framed, the bytes, the ID that they set, and the arrivals above.
    framing: Framing,
    input: Vec<u8>,
    id: Option<String>,
    /// How often what came last came again.
    again: u64,
}

impl Reader {
    pub(super) fn new() -> Self {
        let input = Vec::with_capacity(MOST_REMEMBERED);
        Self { shared: between_events(), arrivals: Vec::new(), framing: Framing::CHUNKED, input, id: None, again: 0 }
    }

    /// Reads some bytes of a body, and gives the events that they complete.
    #[inline]
    pub(super) fn read(&mut self, body: &mut Body, bytes: &[u8]) -> Result<&[Arrival], Fault> {
        let between = body.is_between_events();
        if between && body.framing == self.framing && self.input == bytes {
            if let Some(id) = &self.id {
                body.last_event_id.clone_from(id);
            }
            self.again += 1;
            return Ok(&self.arrivals);
        }
        let framing = body.framing;
        self.input.clear();
        if let Err(fault) = self.decode(body, bytes) {
            // It may stand in the middle of what nobody will end.
            self.shared = between_events();
            return Err(fault);
        }
        if between && body.is_between_events() && bytes.len() <= MOST_REMEMBERED {
            self.framing = framing;
            self.input.extend_from_slice(bytes);
        }
        Ok(&self.arrivals)
    }

    fn decode(&mut self, body: &mut Body, mut bytes: &[u8]) -> Result<(), Fault> {
        self.arrivals.clear();
        let mut end = LineEnds::default();
        if !body.begun {
            // Only a decoder of its own knows that the stream begins: there may be a byte order mark.
            let mut decoder = Box::new(Decoder::new());
            decoder.set_last_event_id(NONE);
            body.decoder = Some(decoder);
        }
        self.shared.set_last_event_id(NONE);
        let decoder = body.decoder.as_deref_mut().unwrap_or(&mut self.shared);
        while let Some(piece) = body.framing.next(&mut bytes)? {
            body.begun = true;
            end.feed(piece);
            decode(decoder, piece, &mut self.arrivals)?;
        }
        let id = decoder.last_event_id();
        self.id = (id != NONE.as_str()).then(|| id.to_owned());
        if let Some(id) = &self.id {
            body.last_event_id.clone_from(id);
        }
        if end.is_empty_line() {
            body.decoder = None;
        } else if end.any && body.decoder.is_none() {
            body.decoder = Some(Box::new(std::mem::replace(&mut self.shared, between_events())));
        }
        Ok(())
    }
}

fn decode(decoder: &mut Decoder, piece: &[u8], arrivals: &mut Vec<Arrival>) -> Result<(), Fault> {
    let mut items = decoder.feed(piece);
    while let Some(item) = items.next().map_err(|_| Fault::EventTooLarge)? {
        let Item::Event(event) = item else { continue };
        arrivals.push(match Note::read(event.data) {
            _ if event.event_type == "gap" => Arrival::Gap,
            Some(note) => Arrival::Note(note),
            None => numbered(event.last_event_id).map_or(Arrival::Other, Arrival::Id),
        });
    }
    Ok(())
}

/// The number that an ID ends with.
fn numbered(id: &str) -> Option<u64> {
    number(id.rsplit('-').next().unwrap_or_default().as_bytes())
}

/// A decoder of a stream that has begun.
fn between_events() -> Decoder {
    let mut decoder = Decoder::new();
    // Two empty lines complete nothing.
    let _ = decoder.feed(b"\n\n").next();
    decoder
}

/// The last bytes that a decoder was fed with.
#[derive(Default)]
struct LineEnds {
    last: [u8; 4],
    any: bool,
}

impl LineEnds {
    #[inline]
    fn feed(&mut self, piece: &[u8]) {
        self.any = true;
        if let Some(last) = piece.last_chunk() {
            self.last = *last;
        } else {
            for &byte in piece {
                self.last.rotate_left(1);
                self.last[3] = byte;
            }
        }
    }

    /// Whether they surely are those of an empty line, and none that a line feed to come would belong to.
    #[inline]
    fn is_empty_line(&self) -> bool {
        self.last.ends_with(b"\n\n") || &self.last == b"\r\n\r\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = "\u{FEFF}retry: 5\nid: a-1\n\ndata: 0 11 xx\n\r\nid: a-2\r\ndata: 1 12\r\n\r\n: keep-alive\n\n\
        event: gap\ndata: {}\nid: a-9\n\ndata: other\n\ndata: other\nid\n\nid: 4\rdata: 2 13\r\r";

    fn expected() -> Vec<Arrival> {
        let note = |number, sent| Arrival::Note(Note { number, sent });
        vec![note(0, 11), note(1, 12), Arrival::Gap, Arrival::Id(9), Arrival::Other, note(2, 13)]
    }

    /// In chunks of one event each, whose ends are known.
    fn chunked(text: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        for event in text.split_inclusive("\n\n") {
            bytes.extend_from_slice(format!("{:x}\r\n{event}\r\n", event.len()).as_bytes());
        }
        bytes
    }

    fn begin(framing: Framing) -> Body {
        let mut body = Body::new();
        body.begin(framing);
        body
    }

    #[test]
    fn two_streams_through_one_reader_do_not_mix() {
        let whole = chunked(STREAM);
        for (framing, bytes) in [(Framing::UntilClosed, STREAM.as_bytes()), (Framing::CHUNKED, &whole)] {
            for cut in 0..=bytes.len() {
                let mut reader = Reader::new();
                let mut bodies = [begin(framing), begin(framing)];
                let mut seen = [Vec::new(), Vec::new()];
                let (first, second) = bytes.split_at(cut);
                for piece in [first, second] {
                    for (body, seen) in bodies.iter_mut().zip(&mut seen) {
                        seen.extend_from_slice(reader.read(body, piece).expect("it is a stream"));
                    }
                }
                for (body, seen) in bodies.iter().zip(seen) {
                    // What is in the middle of the stream cut: an ID of the other side of the cut is not known.
                    let seen: Vec<_> = seen.into_iter().map(without_id).collect();
                    assert_eq!(seen, expected().into_iter().map(without_id).collect::<Vec<_>>(), "cut at {cut}");
                    assert_eq!(body.last_event_id, "4", "cut at {cut}");
                }
            }
        }
    }

    fn without_id(arrival: Arrival) -> Arrival {
        if matches!(arrival, Arrival::Id(_)) { Arrival::Other } else { arrival }
    }

    #[test]
    fn the_same_bytes_are_decoded_once_and_mean_the_same() {
        let mut reader = Reader::new();
        let mut bodies: Vec<_> = (0..10).map(|_| begin(Framing::CHUNKED)).collect();
        for round in 0..3 {
            let bytes = chunked(&format!("id: {round}\ndata: {round} 5 xxx\n\n"));
            for body in &mut bodies {
                let note = Arrival::Note(Note { number: round, sent: 5 });
                assert_eq!(reader.read(body, &bytes), Ok(&[note][..]));
                assert_eq!(body.last_event_id, round.to_string());
                assert!(body.is_between_events());
            }
        }
        assert_eq!(reader.again, 9 + 9, "the first round begins the streams");
    }

    #[test]
    fn the_same_bytes_mean_something_else_in_the_middle_of_an_event() {
        let mut reader = Reader::new();
        let (mut one, mut other) = (begin(Framing::UntilClosed), begin(Framing::UntilClosed));
        for body in [&mut one, &mut other] {
            assert_eq!(reader.read(body, b":\n\n"), Ok(&[][..]));
        }
        assert_eq!(reader.read(&mut other, b"event: x").map(<[_]>::len), Ok(0));
        assert_eq!(reader.read(&mut one, b"data: 1 1\n\n").map(<[_]>::len), Ok(1));
        assert_eq!(reader.read(&mut other, b"data: 1 1\n\n"), Ok(&[][..]), "it is the rest of the type");
        assert_eq!(reader.read(&mut one, b"data: 1 1\n\n").map(<[_]>::len), Ok(1));
    }

    #[test]
    fn a_stream_at_fault_leaves_nothing_to_the_others() {
        let mut reader = Reader::new();
        let mut bodies = [begin(Framing::CHUNKED), begin(Framing::CHUNKED)];
        for body in &mut bodies {
            assert_eq!(reader.read(body, b"3\r\n:\n\n\r\n"), Ok(&[][..]));
        }
        assert_eq!(reader.read(&mut bodies[0], b"8\r\nevent: x\r\nno size\r\n"), Err(Fault::Chunk));
        let note = Arrival::Note(Note { number: 1, sent: 1 });
        assert_eq!(reader.read(&mut bodies[1], b"b\r\ndata: 1 1\n\n\r\n"), Ok(&[note][..]));
    }

    #[test]
    fn the_end_of_an_id_is_its_number() {
        let ids = ["7", "a-7", "urn:uuid:a-b-7", "", "a", "a-", "7-a", "\u{1}"].map(numbered);
        assert_eq!(ids, [Some(7), Some(7), Some(7), None, None, None, None, None]);
    }

    #[test]
    fn idle_bodies_are_small() {
        assert!(size_of::<Body>() <= 64, "{}", size_of::<Body>());
        let mut body = begin(Framing::UntilClosed);
        let mut reader = Reader::new();
        assert!(reader.read(&mut body, b"data: a").is_ok() && body.decoder.is_some());
        assert!(reader.read(&mut body, b"\n\n").is_ok() && body.decoder.is_none());
    }
}
