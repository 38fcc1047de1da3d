//! Where all clients deliver: what is looked at of an event, the same for everybody.

use std::hint::black_box;

use tokio::sync::mpsc::UnboundedSender;

use crate::{Error, wire::DIGITS};

/// Takes events, or the chunks of a body, and keeps what shows that they are right.
#[derive(Debug)]
pub struct Sink {
    /// What it has seen.
    pub tally: Tally,
    watch: Watch,
}

/// What a sink has seen: compared with what was sent, after every run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Events; of bare chunks none.
    pub events: u64,
    /// Bytes of data; of bare chunks all bytes.
    pub bytes: u64,
    /// A checksum of the length and the end of each event's data, in their order; of bare chunks none.
    pub sum: u64,
    /// A checksum of each byte; only if it is asked for.
    pub hash: u64,
}

/// What else it does.
#[derive(Debug)]
enum Watch {
    Nothing,
    /// Takes each byte into the checksum.
    Thorough,
    /// Keeps the latency of each event, in nanoseconds: its data begins with the time at which it was sent.
    Latencies(Vec<u64>),
    /// Says that something came.
    Idle(UnboundedSender<()>),
}

impl Tally {
    /// Counts an event.
    #[inline]
    pub fn event(&mut self, data: &[u8]) {
        let end = data.last_chunk().map_or(0, |end| u64::from_le_bytes(*end));
        self.events += 1;
        self.bytes += data.len() as u64;
        self.sum = self.sum.wrapping_mul(31).wrapping_add(end ^ data.len() as u64);
    }

    /// Takes each byte into the checksum (FNV-1a).
    pub fn all_bytes(&mut self, bytes: &[u8]) {
        let take = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        self.hash = bytes.iter().fold(self.hash, take);
    }
}

impl Sink {
    /// For measuring.
    pub fn count() -> Self {
        Self::with(Watch::Nothing)
    }

    /// For looking at everything.
    pub fn thorough() -> Self {
        Self::with(Watch::Thorough)
    }

    /// For latencies.
    pub fn latencies() -> Self {
        Self::with(Watch::Latencies(Vec::new()))
    }

    /// For connections that are only open.
    pub fn idle(opened: UnboundedSender<()>) -> Self {
        Self::with(Watch::Idle(opened))
    }

    fn with(watch: Watch) -> Self {
        Self { tally: Tally::default(), watch }
    }

    /// An event, which is shown to the optimiser, so that no field of it can be left out.
    #[inline]
    pub fn event<E>(&mut self, event: &E, data: &str) -> Result<(), Error> {
        black_box(event);
        self.tally.event(data.as_bytes());
        if let Watch::Nothing = self.watch { Ok(()) } else { self.look(data.as_bytes()) }
    }

    /// Some bytes of the body.
    #[inline]
    pub fn chunk(&mut self, chunk: &[u8]) -> Result<(), Error> {
        black_box(chunk);
        self.tally.bytes += chunk.len() as u64;
        match self.watch {
            Watch::Nothing => Ok(()),
            // It is an event, or what is left of one that hyper has cut where its buffer ended. Only the beginning counts.
            Watch::Latencies(_) => match chunk.strip_prefix(b"data: ") {
                Some(data) if data.len() >= DIGITS => self.look(data),
                _ => Ok(()),
            },
            _ => self.look(chunk),
        }
    }

    #[inline(never)]
    fn look(&mut self, bytes: &[u8]) -> Result<(), Error> {
        match &mut self.watch {
            Watch::Nothing => {}
            Watch::Thorough => self.tally.all_bytes(bytes),
            Watch::Latencies(latencies) => {
                let now = tidings_benches::system::monotonic_nanos();
                let sent = bytes.get(..DIGITS).ok_or("this is no event with a time")?;
                let sent: u64 = str::from_utf8(sent)?.parse()?;
                latencies.push(now.checked_sub(sent).ok_or("an event came before it was sent")?);
            }
            // Whoever waits for it may have enough.
            Watch::Idle(opened) => drop(opened.send(())),
        }
        Ok(())
    }

    /// The latencies, in the order of the events.
    pub fn into_latencies(self) -> Vec<u64> {
        if let Watch::Latencies(latencies) = self.watch { latencies } else { Vec::new() }
    }
}
