//! The encoding cases and how they are measured.
//!
//! Events come as owned strings, cloned just before and outside of the timed part, and everybody drops them within it:
//! encoders that have to own them, and the others for fairness. What that alone costs is a row of its own, and so is
//! the copy of the encoded bytes.

use bytes::Bytes;

use crate::corpora::{self, Event, Kind};
use crate::encoders::{ALL, Batch, Encoder, Role, Sink};
use crate::measure::{Contestant, Error, Samples, Spread, interleave, time};
use crate::{Options, alloc, reference};

/// What is encoded.
pub const CORPORA: [Kind; 3] = [Kind::Llm, Kind::Named, Kind::Multi];

/// A batch has about this many bytes when it is encoded: enough events that reading the clock does not count.
const BATCH_BYTES: usize = 1 << 20;

/// The name of a case.
pub fn name(corpus: Kind) -> String {
    format!("encode/{}", corpus.name())
}

/// One corpus with all its rows.
pub struct Outcome {
    /// The corpus.
    pub corpus: Kind,
    /// One row for each encoder, in the order of [`ALL`].
    pub rows: Vec<Row>,
}

/// What one encoder did.
pub struct Row {
    /// The encoder.
    pub encoder: &'static Encoder,
    /// What the quotients are made of.
    pub seconds: Samples,
    /// The same without what dropping the inputs took.
    pub less_drop: Samples,
    /// Events per second.
    pub events: Spread,
    /// MiB of its own output per second.
    pub mib: Spread,
    /// Nanoseconds per event.
    pub nanos: Spread,
    /// Nanoseconds per event without what dropping the inputs took.
    pub nanos_less_drop: Spread,
    /// New blocks per event.
    pub allocations: f64,
    /// Blocks grown or shrunk per event.
    pub reallocations: f64,
    /// Bytes asked for per event.
    pub allocated_bytes: f64,
}

impl Outcome {
    /// The row of the encoder whose name begins with this.
    pub fn row(&self, name: &str) -> &Row {
        self.rows.iter().find(|row| row.encoder.name.starts_with(name)).expect("it is one of ours")
    }

    /// The fastest encoder that is not ours.
    pub fn best_peer(&self) -> &Row {
        self.rows
            .iter()
            .filter(|row| row.encoder.role == Role::Peer)
            .max_by(|a, b| a.events.median.total_cmp(&b.events.median))
            .expect("there are peers")
    }
}

/// Measures all encoders on one corpus.
pub fn measure(corpus: Kind, options: &Options) -> Result<Outcome, Error> {
    eprintln!("{}", name(corpus));
    let prepared = Prepared::new(corpus);
    let mut written = Vec::new();
    for encoder in ALL {
        written.push(prepared.verify(encoder).map_err(|error| format!("{}: {error}", encoder.name))?);
    }
    let contestants = ALL.iter().zip(&written).map(|(encoder, &written)| {
        let prepared = &prepared;
        let run = move |_, times| (0..times).map(|_| prepared.run(encoder, written)).sum();
        Contestant { name: encoder.name, run: Box::new(run) }
    });
    let seconds = interleave(options.reps, options.quick, contestants.collect())?;

    let events = prepared.events.len() as f64;
    // `ALL` begins with the encoder that only drops.
    let drop = seconds[0].clone();
    let rows = ALL.iter().zip(seconds).zip(&written).map(|((encoder, seconds), &written)| {
        let counts = prepared.allocations(encoder)?;
        Ok(Row {
            encoder,
            events: seconds.rate(events),
            mib: seconds.rate(written as f64 / f64::from(1 << 20)),
            nanos: seconds.per(events * 1e-9),
            nanos_less_drop: seconds.less(&drop).per(events * 1e-9),
            less_drop: seconds.less(&drop),
            seconds,
            allocations: counts.allocations as f64 / events,
            reallocations: counts.reallocations as f64 / events,
            allocated_bytes: counts.bytes as f64 / events,
        })
    });
    Ok(Outcome { corpus, rows: rows.collect::<Result<_, Error>>()? })
}

/// The events of a batch, and the same encoded for the limit to copy.
struct Prepared {
    events: Vec<Event>,
    encoded: Vec<Bytes>,
}

impl Prepared {
    fn new(corpus: Kind) -> Self {
        let (mut events, mut ends, mut wire) = (Vec::new(), Vec::new(), Vec::new());
        for event in corpora::generate(corpus) {
            if wire.len() >= BATCH_BYTES {
                break;
            }
            corpora::write(&event, "\n", &mut wire);
            ends.push(wire.len());
            events.push(event);
        }
        let wire = Bytes::from(wire);
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let encoded = starts.zip(&ends).map(|(start, &end)| wire.slice(start..end)).collect();
        Self { events, encoded }
    }

    fn batch(&self) -> Batch<'_> {
        Batch { events: self.events.clone(), encoded: &self.encoded }
    }

    /// Decodes what the encoder wrote, compares it and returns how long it was.
    fn verify(&self, encoder: &Encoder) -> Result<u64, Error> {
        let mut sink = Sink::collecting();
        (encoder.run)(self.batch(), &mut sink)?;
        if !encoder.writes {
            return Ok(sink.bytes());
        }
        let decoded = reference::decode(sink.collected());
        match decoded.iter().zip(&self.events).position(|(decoded, event)| decoded != event) {
            Some(index) => Err(format!("event {index} came out as {:?}", decoded[index]).into()),
            None if decoded.len() != self.events.len() => {
                Err(format!("{} events became {}", self.events.len(), decoded.len()).into())
            }
            None => Ok(sink.bytes()),
        }
    }

    /// Seconds that one batch takes.
    fn run(&self, encoder: &Encoder, written: u64) -> Result<f64, Error> {
        let batch = self.batch();
        let mut sink = Sink::default();
        let (seconds, result) = time(|| (encoder.run)(batch, &mut sink));
        result?;
        if sink.bytes() == written {
            Ok(seconds)
        } else {
            Err(format!("wrote {} bytes and not {written}", sink.bytes()).into())
        }
    }

    /// What one batch allocates.
    fn allocations(&self, encoder: &Encoder) -> Result<alloc::Counts, Error> {
        let batch = self.batch();
        let mut sink = Sink::default();
        alloc::start();
        let result = (encoder.run)(batch, &mut sink);
        let counts = alloc::stop();
        result.map(|()| counts)
    }
}
