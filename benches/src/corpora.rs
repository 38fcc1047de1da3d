//! The event streams that are decoded and encoded: generated here, from a fixed seed, so the same on every machine.
//!
//! Nothing is copied from a recorded stream. The shapes imitate what is served in practice:
//!
//! | name | one event | imitates |
//! |---|---|---|
//! | `llm` | `data: {~310 B of JSON}` | one `chat.completion.chunk` of an OpenAI-like API, with one English token |
//! | `named` | `event`, `id` and ~40 B of data, ~69 B in all | a ticker |
//! | `big` | one data line of 64 KiB | a document or an image in base64 |
//! | `multi` | 20 data lines of 60 B | a log or a piece of source text |
//! | `crlf` | `llm` with CRLF line ends | the same from a server that writes CRLF |
//! | `cjk` | `llm` with Chinese text in the content | the same in another language: 2–8 characters, not escaped |
//!
//! Licence: MIT OR Apache-2.0, as everything here.

use bytes::Bytes;

/// The name of a corpus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Short JSON data, ASCII.
    Llm,
    /// Event type, ID and short data.
    Named,
    /// Data of 64 KiB in one line.
    Big,
    /// Data of 20 lines.
    Multi,
    /// [`Kind::Llm`] with CRLF line ends.
    Crlf,
    /// [`Kind::Llm`] with Chinese text.
    Cjk,
}

/// One event before it is encoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// The event type, if it is not the default one.
    pub event_type: Option<String>,
    /// The ID, if it has one.
    pub id: Option<String>,
    /// The data; lines are separated by LF.
    pub data: String,
}

/// An event stream of whole events and what it is known to hold.
pub struct Corpus {
    /// The bytes of the stream.
    pub wire: Bytes,
    /// Number of events.
    pub events: u64,
    /// Sum of the lengths of their data.
    pub data_bytes: u64,
    /// Number of bytes that are CR or LF.
    pub line_ends: u64,
}

impl Corpus {
    /// Whole events of `kind`, at least `min_bytes` of them.
    pub fn new(kind: Kind, min_bytes: usize) -> Self {
        let line_end = if kind == Kind::Crlf { "\r\n" } else { "\n" };
        let mut wire = Vec::with_capacity(min_bytes + (min_bytes >> 3) + 4096);
        let (mut events, mut data_bytes) = (0, 0);
        for event in generate(kind) {
            if wire.len() >= min_bytes {
                break;
            }
            write(&event, line_end, &mut wire);
            events += 1;
            data_bytes += event.data.len() as u64;
        }
        let line_ends = wire.iter().filter(|&&byte| byte == b'\n' || byte == b'\r').count() as u64;
        Self { wire: wire.into(), events, data_bytes, line_ends }
    }

    /// The bytes copied to `count` places that differ by their offset in a page.
    ///
    /// How fast a copy is depends on the distance of its two ends modulo the page, and the allocator decides about that.
    /// Each repetition takes another place, so that nobody has good or bad luck all the time.
    pub fn placed(&self, count: usize) -> Vec<Bytes> {
        const PAGE: usize = 4096;
        let place = |index: usize| {
            let mut memory: Vec<u8> = Vec::with_capacity(self.wire.len() + PAGE);
            let wanted = index * PAGE / count + index * 8;
            let skip = wanted.wrapping_sub(memory.as_ptr().addr()) % PAGE;
            memory.resize(skip, 0);
            memory.extend_from_slice(&self.wire);
            Bytes::from(memory).slice(skip..)
        };
        (0..count).map(place).collect()
    }

    /// One event whose data is a single line, `bytes` long with everything around it.
    pub fn single_line(bytes: usize) -> Self {
        let mut wire = Vec::with_capacity(bytes);
        wire.extend_from_slice(b"data: ");
        wire.resize(bytes - 2, b'x');
        wire.extend_from_slice(b"\n\n");
        Self { wire: wire.into(), events: 1, data_bytes: bytes as u64 - 8, line_ends: 2 }
    }
}

impl Kind {
    /// As it is written in the tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Llm => "llm",
            Self::Named => "named",
            Self::Big => "big",
            Self::Multi => "multi",
            Self::Crlf => "crlf",
            Self::Cjk => "cjk",
        }
    }
}

/// Appends the event as we would encode it, and with the line end given.
pub fn write(event: &Event, line_end: &str, wire: &mut Vec<u8>) {
    let mut line = |name: &str, value: &str| {
        for part in [name, ": ", value, line_end] {
            wire.extend_from_slice(part.as_bytes());
        }
    };
    if let Some(event_type) = &event.event_type {
        line("event", event_type);
    }
    if let Some(id) = &event.id {
        line("id", id);
    }
    for data in event.data.split('\n') {
        line("data", data);
    }
    wire.extend_from_slice(line_end.as_bytes());
}

/// An endless sequence of events of this kind; the same one every time.
pub fn generate(kind: Kind) -> impl Iterator<Item = Event> {
    let mut random = Random(0x7469_6469_6e67_7321);
    (0_u32..).map(move |number| match kind {
        Kind::Llm | Kind::Crlf => llm(&mut random, ENGLISH),
        Kind::Cjk => llm(&mut random, CHINESE),
        Kind::Named => named(&mut random, number),
        Kind::Big => Event { data: text(&mut random, 64 * 1024, BASE64), ..Event::default() },
        Kind::Multi => multi(&mut random),
    })
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const PRINTABLE: &[u8; 64] = b"abcdefghijklmnopqrstuvwxyz     ABCDEFGHIJKLM0123456789.,:;(){}=-";

const ENGLISH: &[&str] = &[
    " the",
    " of",
    ",",
    " stream",
    " a",
    ".",
    " answer",
    " is",
    " to",
    " and",
    " chunks",
    "ing",
    " wonderfully",
    " in",
    "\\n\\n",
    " that",
    " it",
    " `data`",
    " simple",
    " one",
    " tidings",
    " \\\"quoted\\\"",
    "s",
    " 42",
    ":",
];

const CHINESE: &[&str] = &[
    "我们来看",
    "的时候",
    "，因此",
    "这个问题",
    "服务器发送事件",
    "数据流",
    "。\\n\\n首先",
    "可以说是",
    "在浏览器中",
    "一个",
    "重新连接",
    "消息",
    "不会丢失",
    "最后的事件编号",
    "每一行",
    "用换行符分隔",
    "非常简单",
    "然后",
    "客户端",
    "就是这样",
];

/// About 310 bytes of JSON; the length varies with the token.
fn llm(random: &mut Random, tokens: &[&str]) -> Event {
    let token = tokens[random.below(tokens.len())];
    let padding = 18 + random.below(17);
    let obfuscation = text(random, padding, BASE64);
    let data = format!(
        concat!(
            r#"{{"id":"chatcmpl-BZ7qkX2mVt4wLr9sYhGd1uPe8Nf3c","object":"chat.completion.chunk","#,
            r#""created":1763640000,"model":"gpt-5-mini-2026-08-07","service_tier":"default","#,
            r#""system_fingerprint":"fp_3f58d112f7","choices":[{{"index":0,"delta":{{"content":"{}"}},"#,
            r#""finish_reason":null}}],"obfuscation":"{}"}}"#
        ),
        token, obfuscation
    );
    Event { data, ..Event::default() }
}

fn named(random: &mut Random, number: u32) -> Event {
    let (price, volume) = (10_000 + random.below(90_000), 100 + random.below(900));
    Event {
        event_type: Some("tick".into()),
        id: Some((1_000 + number).to_string()),
        data: format!(r#"{{"s":"TDGS","p":{}.{:02},"v":{volume},"x":"AS"}}"#, price / 100, price % 100),
    }
}

fn multi(random: &mut Random) -> Event {
    let lines: Vec<_> = (0..20).map(|_| text(random, 60, PRINTABLE)).collect();
    Event { data: lines.join("\n"), ..Event::default() }
}

/// `length` characters of the alphabet; the first one is never a space.
fn text(random: &mut Random, length: usize, alphabet: &[u8; 64]) -> String {
    (0..length)
        .map(|index| match char::from(alphabet[random.below(64)]) {
            ' ' if index == 0 => 'x',
            letter => letter,
        })
        .collect()
}

/// `SplitMix64`, which is enough here and needs no crate.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % limit as u64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference;

    const ALL: [Kind; 6] = [Kind::Llm, Kind::Named, Kind::Big, Kind::Multi, Kind::Crlf, Kind::Cjk];

    #[test]
    fn shapes_are_those_of_the_table() {
        let mean = |kind| {
            let corpus = Corpus::new(kind, 256 * 1024);
            (corpus.wire.len() as u64 / corpus.events, corpus.data_bytes / corpus.events)
        };
        assert!((300..=320).contains(&mean(Kind::Llm).1), "{:?}", mean(Kind::Llm));
        assert!((300..=330).contains(&mean(Kind::Cjk).1), "{:?}", mean(Kind::Cjk));
        assert!((67..=71).contains(&mean(Kind::Named).0), "{:?}", mean(Kind::Named));
        assert_eq!(mean(Kind::Big), (64 * 1024 + 8, 64 * 1024));
        assert_eq!(mean(Kind::Multi), (20 * 67 + 1, 20 * 60 + 19));
        assert_eq!(mean(Kind::Crlf).1, mean(Kind::Llm).1);
        assert_eq!(mean(Kind::Crlf).0, mean(Kind::Llm).0 + 2);
    }

    #[test]
    fn the_bytes_hold_the_events() {
        for kind in ALL {
            let corpus = Corpus::new(kind, 256 * 1024);
            let decoded = reference::decode(&corpus.wire);
            let expected: Vec<_> = generate(kind).take(corpus.events as usize).collect();
            assert_eq!(decoded, expected, "{kind:?}");
            let data_bytes: usize = decoded.iter().map(|event| event.data.len()).sum();
            assert_eq!(data_bytes as u64, corpus.data_bytes);
            assert!(std::str::from_utf8(&corpus.wire).is_ok());
            assert_eq!(corpus.wire.is_ascii(), kind != Kind::Cjk);
        }
        let line = Corpus::single_line(4096);
        assert_eq!(line.wire.len(), 4096);
        assert_eq!(reference::decode(&line.wire)[0].data.len() as u64, line.data_bytes);
    }

    #[test]
    fn places_differ_within_the_page() {
        let corpus = Corpus::new(Kind::Llm, 10_000);
        let places = corpus.placed(4);
        let offsets: Vec<_> = places.iter().map(|place| place.as_ptr().addr() % 4096).collect();
        assert_eq!(offsets, [0, 1032, 2064, 3096]);
        assert!(places.iter().all(|place| *place == corpus.wire));
    }

    #[test]
    fn generation_is_deterministic() {
        for kind in ALL {
            assert_eq!(Corpus::new(kind, 100_000).wire, Corpus::new(kind, 100_000).wire);
        }
        // A change of this number makes the figures incomparable with those recorded before.
        let sum = |wire: &[u8]| wire.iter().fold(0_u64, |sum, &byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        assert_eq!(sum(&Corpus::new(Kind::Llm, 100_000).wire), 15_425_848_447_614_673_861);
    }
}
