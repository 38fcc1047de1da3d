//! The encoding cases and how they are measured.
//!
//! Each is measured with events of its own, cloned just before and outside of the timed part, which everybody drops
//! within it, and with borrowed ones, which those clone within it that have to own them. What dropping alone costs is a
//! row of its own, and so is the copy of the encoded bytes.

use bytes::Bytes;

use crate::corpora::{self, Event, Kind};
use crate::encoders::{ALL, Batch, Encoder, Events, Role, Sink};
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
    /// The same with borrowed inputs.
    pub borrowed: Samples,
    /// Events per second.
    pub events: Spread,
    /// MiB of its own output per second.
    pub mib: Spread,
    /// Nanoseconds per event.
    pub nanos: Spread,
    /// Nanoseconds per event without what dropping the inputs took.
    pub nanos_less_drop: Spread,
    /// Nanoseconds per event with borrowed inputs.
    pub nanos_borrowed: Spread,
    /// New blocks per event.
    pub allocations: f64,
    /// Blocks grown or shrunk per event.
    pub reallocations: f64,
    /// Bytes asked for per event.
    pub allocated_bytes: f64,
}

/// One of the times of a row.
pub type View = fn(&Row) -> &Samples;

impl Outcome {
    /// The row of the encoder whose name begins with this.
    pub fn row(&self, name: &str) -> &Row {
        self.rows.iter().find(|row| row.encoder.name.starts_with(name)).expect("it is one of ours")
    }

    /// The fastest encoder that is not ours, by one of the times of a row.
    pub fn best_peer(&self, of: View) -> &Row {
        let seconds = |row: &Row| of(row).per(1.0).median;
        self.rows
            .iter()
            .filter(|row| row.encoder.role == Role::Peer)
            .min_by(|a, b| seconds(a).total_cmp(&seconds(b)))
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
    let contestants = [Inputs::Owned, Inputs::Borrowed].iter().flat_map(|&inputs| {
        let prepared = &prepared;
        ALL.iter().zip(&written).map(move |(encoder, &written)| {
            let run = move |_, times| (0..times).map(|_| prepared.run(encoder, inputs, written)).sum();
            Contestant { name: encoder.name, run: Box::new(run) }
        })
    });
    let mut seconds = interleave(options.reps, options.quick, contestants.collect())?;
    let borrowed = seconds.split_off(ALL.len());

    let events = prepared.events.len() as f64;
    // `ALL` begins with the encoder that only drops.
    let drop = seconds[0].clone();
    let seconds = seconds.into_iter().zip(borrowed);
    let rows = ALL.iter().zip(seconds).zip(&written).map(|((encoder, (seconds, borrowed)), &written)| {
        let counts = prepared.allocations(encoder)?;
        Ok(Row {
            encoder,
            events: seconds.rate(events),
            mib: seconds.rate(written as f64 / f64::from(1 << 20)),
            nanos: seconds.per(events * 1e-9),
            nanos_less_drop: seconds.less(&drop).per(events * 1e-9),
            nanos_borrowed: borrowed.per(events * 1e-9),
            less_drop: seconds.less(&drop),
            seconds,
            borrowed,
            allocations: counts.allocations as f64 / events,
            reallocations: counts.reallocations as f64 / events,
            allocated_bytes: counts.bytes as f64 / events,
        })
    });
    Ok(Outcome { corpus, rows: rows.collect::<Result<_, Error>>()? })
}

/// Whose the events of a batch are.
#[derive(Clone, Copy)]
enum Inputs {
    Owned,
    Borrowed,
}

/// The events of a batch, and the same encoded for the limit to copy.
struct Prepared {
    /// Never freed: see [`Events::Borrowed`].
    events: &'static [Event],
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
        Self { events: events.leak(), encoded }
    }

    fn batch(&self, inputs: Inputs) -> Batch<'_> {
        let events = match inputs {
            Inputs::Owned => Events::Owned(self.events.to_vec()),
            Inputs::Borrowed => Events::Borrowed(self.events),
        };
        Batch { events, encoded: &self.encoded }
    }

    /// Decodes what the encoder wrote, compares it and returns how long it was.
    fn verify(&self, encoder: &Encoder) -> Result<u64, Error> {
        let mut sink = Sink::collecting();
        (encoder.run)(self.batch(Inputs::Owned), &mut sink)?;
        if !encoder.writes {
            return Ok(sink.bytes());
        }
        let decoded = reference::decode(sink.collected());
        match decoded.iter().zip(self.events).position(|(decoded, event)| decoded != event) {
            Some(index) => Err(format!("event {index} came out as {:?}", decoded[index]).into()),
            None if decoded.len() != self.events.len() => {
                Err(format!("{} events became {}", self.events.len(), decoded.len()).into())
            }
            None => Ok(sink.bytes()),
        }
    }

    /// Seconds that one batch takes.
    fn run(&self, encoder: &Encoder, inputs: Inputs, written: u64) -> Result<f64, Error> {
        let batch = self.batch(inputs);
        let mut sink = Sink::default();
        let (seconds, result) = time(|| (encoder.run)(batch, &mut sink));
        result?;
        if sink.bytes() == written {
            Ok(seconds)
        } else {
            Err(format!("wrote {} bytes and not {written}", sink.bytes()).into())
        }
    }

    /// What one batch allocates beside its inputs.
    fn allocations(&self, encoder: &Encoder) -> Result<alloc::Counts, Error> {
        let batch = self.batch(Inputs::Owned);
        let mut sink = Sink::default();
        alloc::start();
        let result = (encoder.run)(batch, &mut sink);
        let counts = alloc::stop();
        result.map(|()| counts)
    }
}
