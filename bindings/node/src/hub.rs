//! The hub: a call for each publication, and one for all that is delivered in a turn of the event loop.

use std::{
    io::Write as _,
    time::{Duration, Instant},
};

use napi::{
    Error, Result,
    bindgen_prelude::{Buffer, Uint32Array},
};
use napi_derive::napi;
use tidings_codec::EncodedFrame;
use tidings_hub::{
    Delivered, Epoch, HubBuilder, LocalHub, Publication, PublishError, ReaderId, SlowPolicy, Start, Topics,
};

use crate::encode::Fields;

/// The code of an error, for JavaScript.
type Code = &'static str;

const INVALID_OPTIONS: Code = "ERR_INVALID_ARG_VALUE";
const INVALID_FIELD: Code = "ERR_INVALID_FIELD";
const INVALID_TOPIC: Code = "ERR_INVALID_TOPIC";
const INVALID_KEY: Code = "ERR_INVALID_KEY";
const TOO_LARGE: Code = "ERR_EVENT_TOO_LARGE";

/// What JavaScript says of a hub. It has checked that the numbers are whole, or infinite.
#[napi(object)]
pub(crate) struct HubOptions {
    /// How many events are kept.
    pub keep_events: f64,
    /// How many bytes are kept.
    pub keep_bytes: f64,
    /// For how many milliseconds events are kept.
    pub keep_for: f64,
    /// How large an event can be.
    pub max_event_bytes: f64,
    /// Whether who falls behind is disconnected.
    pub disconnect: bool,
    /// 40 random bits.
    pub random: f64,
}

/// What became of a publication.
#[napi(object)]
pub(crate) struct Published {
    /// The sequence number of its ID.
    pub sequence: f64,
    /// Whether it was published now.
    pub is_new: bool,
    /// Whether there is something to deliver.
    pub has_news: bool,
}

/// What is to be sent.
#[napi(object)]
pub(crate) struct Deliveries {
    /// The memory of the pieces.
    pub blocks: Vec<Buffer>,
    /// For each piece: its block, where it starts there as a chunk of HTTP/1.1, where its frames start, where the chunk ends, how
    /// many readers get it, and these. [`END`] for a block: these readers have ended.
    pub table: Uint32Array,
    /// Whether there is more to deliver.
    pub has_news: bool,
}

/// In place of a block.
const END: u32 = u32::MAX;
/// How much is put into a block, if one piece is not more. A client that reads slowly keeps its block alive.
const BLOCK_BYTES: usize = 64 * 1024;

/// A hub.
#[napi]
pub(crate) struct NativeHub {
    hub: LocalHub,
    /// By their index.
    readers: Vec<Option<ReaderId>>,
}

#[napi]
#[allow(clippy::needless_pass_by_value)] // they are what Node hands over
#[allow(unreachable_pub)] // `napi` takes no others
#[expect(
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "numbers are whole, and as large as numbers of events get"
)]
impl NativeHub {
    /// Starts a hub.
    #[napi(constructor)]
    pub fn new(options: HubOptions) -> Result<Self, Code> {
        let policy = if options.disconnect { SlowPolicy::Disconnect } else { SlowPolicy::Gap };
        let age = Duration::try_from_secs_f64(options.keep_for / 1000.0).unwrap_or(Duration::MAX);
        let builder = HubBuilder::new()
            .keep_events(options.keep_events as usize)
            .keep_bytes(options.keep_bytes as usize)
            .keep_for(age)
            .max_event_bytes(options.max_event_bytes as usize)
            .slow_policy(policy);
        let hub = builder.build_local(Epoch::new(options.random as u64));
        let hub = hub.map_err(|error| Error::new(INVALID_OPTIONS, error.to_string()))?;
        Ok(Self { hub, readers: Vec::new() })
    }

    /// What the IDs of the hub begin with.
    #[napi]
    pub fn epoch(&self) -> String {
        self.hub.last_id().epoch().to_string()
    }

    /// The sequence number of the last event.
    #[napi]
    pub fn last(&self) -> f64 {
        self.hub.last_id().sequence() as f64
    }

    /// Publishes an event.
    #[napi]
    pub fn publish(
        &mut self,
        topics: Vec<String>,
        event_type: Option<String>,
        retry: Option<f64>,
        comment: Option<String>,
        data: Option<String>,
        key: Option<String>,
    ) -> Result<Published, Code> {
        let fields = Fields { event_type, id: None, retry, comment, data };
        let frame = fields.frame().map_err(|message| Error::new(INVALID_FIELD, message))?;
        let topics: Vec<&str> = topics.iter().map(String::as_str).collect();
        let mut publication = Publication::new(&topics, frame);
        if let Some(key) = &key {
            publication = publication.key(key);
        }
        let published = self.hub.publish_with(&publication, Instant::now()).map_err(refused)?;
        Ok(Published {
            sequence: published.id.sequence() as f64,
            is_new: published.is_new,
            has_news: self.hub.has_news(),
        })
    }

    /// Whether a subscription can have these topics.
    #[napi]
    pub fn check_topics(selectors: Vec<String>) -> Result<(), Code> {
        parsed(&selectors).map(drop)
    }

    /// Subscribes to topics: after the ID, if there is one, or else from so many events back; infinitely many are all.
    /// Returns the reader's index.
    #[napi]
    pub fn subscribe(&mut self, selectors: Vec<String>, after: Option<String>, back: f64) -> Result<u32, Code> {
        let topics = parsed(&selectors)?;
        let new = match back {
            0.0 => Start::Live,
            f64::INFINITY => Start::Earliest,
            _ => Start::Last(back as usize),
        };
        let reader = self.hub.subscribe(&topics, &Start::after_or(after.as_deref(), new));
        let index = reader.index();
        self.readers.resize(self.readers.len().max(index + 1), None);
        self.readers[index] = Some(reader);
        Ok(index as u32)
    }

    /// The client of a reader is gone.
    #[napi]
    pub fn unsubscribe(&mut self, reader: u32) {
        if let Some(reader) = self.readers.get_mut(reader as usize).and_then(Option::take) {
            self.hub.unsubscribe(reader);
        }
    }

    /// A reader is to see nothing more.
    #[napi]
    pub fn revoke(&mut self, reader: u32) {
        if let Some(reader) = self.reader(reader) {
            self.hub.revoke(reader);
        }
    }

    /// The client of a reader takes nothing.
    #[napi]
    pub fn pause(&mut self, reader: u32) {
        if let Some(reader) = self.reader(reader) {
            self.hub.pause(reader);
        }
    }

    /// The client of a reader takes something again.
    #[napi]
    pub fn resume(&mut self, reader: u32) {
        if let Some(reader) = self.reader(reader) {
            self.hub.resume(reader);
        }
    }

    /// All that is to be sent now.
    #[napi]
    pub fn deliver(&mut self) -> Deliveries {
        let mut table = Table::default();
        let readers = &mut self.readers;
        self.hub.deliver(|to, delivered| match delivered {
            Delivered::Frames(frames) => table.add(frames, to.index() as u32),
            Delivered::End => {
                readers[to.index()] = None;
                table.end(to.index() as u32);
            }
        });
        Deliveries {
            blocks: table.blocks.into_iter().map(Buffer::from).collect(),
            table: table.words.into(),
            has_news: self.hub.has_news(),
        }
    }

    /// Lets go of what is too old.
    #[napi]
    pub fn evict(&mut self) {
        self.hub.evict(Instant::now());
    }

    /// How many readers the topic has.
    #[napi]
    pub fn presence(&self, topic: String) -> u32 {
        self.hub.presence(&topic) as u32
    }

    /// Events, bytes, topics, subscribers, and for how many milliseconds the oldest event has been kept; or -1.
    #[napi]
    pub fn sizes(&self) -> Vec<f64> {
        let sizes = self.hub.sizes(Instant::now());
        let oldest = sizes.oldest.map_or(-1.0, |age| age.as_secs_f64() * 1000.0);
        let [events, bytes] = [sizes.events as f64, sizes.bytes as f64];
        vec![events, bytes, sizes.topics as f64, sizes.subscribers as f64, oldest]
    }

    /// Published, repeated, subscribed, revoked; then gaps: evicted, of an unknown ID, of a future ID, fallen behind.
    #[napi]
    pub fn counts(&self) -> Vec<f64> {
        let counts = self.hub.counts();
        let of_hub = [counts.published, counts.repeated, counts.subscribed, counts.revoked];
        let gaps = counts.gaps.by_reason().map(|(_, count)| count);
        of_hub.into_iter().chain(gaps).map(|count| count as f64).collect()
    }

    fn reader(&self, reader: u32) -> Option<ReaderId> {
        *self.readers.get(reader as usize)?
    }
}

fn parsed(selectors: &[String]) -> Result<Topics, Code> {
    let topics = Topics::parse(selectors.iter().map(String::as_str));
    topics.map_err(|error| Error::new(INVALID_TOPIC, error.to_string()))
}

fn refused(error: PublishError) -> Error<Code> {
    match error {
        PublishError::Topic(invalid) => Error::new(INVALID_TOPIC, invalid.to_string()),
        PublishError::TooLarge { .. } => Error::new(TOO_LARGE, error.to_string()),
        _ => Error::new(INVALID_KEY, error.to_string()),
    }
}

/// [`Deliveries`] in the making.
#[derive(Default)]
struct Table {
    blocks: Vec<Vec<u8>>,
    words: Vec<u32>,
    /// The last piece; held, so that its address is that of no other.
    last: Option<EncodedFrame>,
    /// Where the number of its readers is.
    count: usize,
}

impl Table {
    /// A piece for a reader. Those who get the same mostly come one after the other.
    fn add(&mut self, frames: EncodedFrame, reader: u32) {
        if !self.last.as_ref().is_some_and(|last| last.as_ptr() == frames.as_ptr() && last.len() == frames.len()) {
            self.begin(&frames);
            self.last = Some(frames);
        }
        self.count(reader);
    }

    fn end(&mut self, reader: u32) {
        self.last = None;
        self.head([END, 0, 0, 0]);
        self.count(reader);
    }

    fn begin(&mut self, frames: &[u8]) {
        const AROUND: usize = 20; // the length in up to 16 digits, and two line ends
        let room = self.blocks.last().is_some_and(|block| block.len() + frames.len() + AROUND <= BLOCK_BYTES);
        if !room {
            self.blocks.push(Vec::with_capacity(frames.len() + AROUND));
        }
        let block = self.blocks.len() - 1;
        let bytes = &mut self.blocks[block];
        let start = bytes.len();
        // Writing to a vector does not fail.
        let _ = write!(bytes, "{:x}\r\n", frames.len());
        let frames_start = bytes.len();
        bytes.extend_from_slice(frames);
        bytes.extend_from_slice(b"\r\n");
        let end = bytes.len();
        self.head([block, start, frames_start, end].map(|number| number as u32));
    }

    fn head(&mut self, piece: [u32; 4]) {
        self.words.extend(piece);
        self.count = self.words.len();
        self.words.push(0);
    }

    fn count(&mut self, reader: u32) {
        self.words[self.count] += 1;
        self.words.push(reader);
    }
}

#[cfg(test)]
mod tests {
    use tidings_codec::Frame;

    use super::*;

    #[test]
    fn pieces_are_chunks_in_blocks() {
        let (one, long) = (Frame::event("x").encode(), Frame::event(&"y".repeat(BLOCK_BYTES)).encode());
        let mut table = Table::default();
        table.add(one.clone(), 3);
        table.add(one.clone(), 4);
        table.end(9);
        table.add(long.clone(), 5);
        table.add(one, 6);
        assert_eq!(&table.blocks[0], b"9\r\ndata: x\n\n\r\n");
        assert_eq!(table.blocks[1].len(), long.len() + 9);
        assert_eq!(&table.blocks[2], &table.blocks[0]);
        let long = table.blocks[1].len() as u32;
        let words =
            [[0, 0, 3, 14, 2].as_slice(), &[3, 4], &[END, 0, 0, 0, 1, 9], &[1, 0, 7, long, 1, 5], &[2, 0, 3, 14, 1, 6]];
        assert_eq!(table.words, words.concat());
    }
}
