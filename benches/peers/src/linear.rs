//! Whether the cost per byte stays the same when a stream gets longer: ours only.

use std::cell::RefCell;
use std::hint::black_box;

use crate::Options;
use crate::corpora::{Corpus, Kind};
use crate::engines::{ALL, Role};
use crate::feed::Feed;
use crate::measure::{Contestant, Error, Spread, interleave, time};

/// How much dearer a byte may be than in a stream of a quarter of the length.
pub const CEILING: f64 = 1.5;

/// More memory than any cache holds, touched before each run. A quarter would stay in the cache where the whole does
/// not, and the difference between those is the machine's and not the decoder's.
const ELSEWHERE: usize = 64 << 20;

/// An input that punishes a decoder which looks at a byte more than once.
pub struct Probe {
    /// Its name.
    pub name: &'static str,
    /// Its length in bytes; measured against a quarter of that.
    bytes: usize,
    chunk: usize,
    /// No more repetitions than this: some take seconds.
    reps: usize,
    corpus: fn(usize) -> Corpus,
}

/// The two probes.
pub const PROBES: &[Probe] = &[
    Probe {
        name: "linear/64 MiB of llm in 1 B chunks",
        bytes: 64 << 20,
        chunk: 1,
        reps: 3,
        corpus: |bytes| Corpus::new(Kind::Llm, bytes),
    },
    Probe {
        name: "linear/line of 16 MiB in 4 KiB chunks",
        bytes: 16 << 20,
        chunk: 4096,
        reps: usize::MAX,
        corpus: Corpus::single_line,
    },
];

/// What became of one probe.
pub struct Outcome {
    /// The probe.
    pub probe: &'static Probe,
    /// One for each of our surfaces.
    pub rows: Vec<Row>,
}

/// What one surface did.
pub struct Row {
    /// The name of the engine.
    pub engine: &'static str,
    /// Its surface.
    pub surface: &'static str,
    /// Nanoseconds per byte of a quarter.
    pub quarter: Spread,
    /// Nanoseconds per byte of the whole.
    pub whole: Spread,
    /// Cost of a byte of the whole ÷ cost of a byte of the quarter.
    pub growth: f64,
}

/// Measures both surfaces on the whole and on a quarter.
pub fn measure(probe: &'static Probe, options: &Options) -> Result<Outcome, Error> {
    eprintln!("{}", probe.name);
    let bytes = if options.quick { probe.bytes / 64 } else { probe.bytes };
    let corpora = [(probe.corpus)(bytes / 4), (probe.corpus)(bytes)];
    let elsewhere = RefCell::new(vec![0; if options.quick { 0 } else { ELSEWHERE }]);
    let ours = ALL.iter().filter(|engine| engine.role == Role::Ours);
    let rows = ours.map(|engine| {
        let contestants = corpora.iter().map(|corpus| {
            let run = |_, times| {
                let mut seconds = 0.0;
                for _ in 0..times {
                    // A new decoder each time: the growth of its buffers is part of the cost.
                    let feed = Feed::new(&corpus.wire, probe.chunk, 1);
                    evict(black_box(&mut elsewhere.borrow_mut()));
                    let (taken, seen) = time(|| (engine.run)(feed));
                    if seen? != (engine.expected)(corpus) {
                        return Err("wrong events".into());
                    }
                    seconds += taken;
                }
                Ok(seconds)
            };
            Contestant { name: engine.name, run: Box::new(run) }
        });
        let seconds = interleave(options.reps.min(probe.reps), options.quick, contestants.collect())?;
        let per_byte = |index: usize| seconds[index].per(corpora[index].wire.len() as f64 * 1e-9);
        // Both corpora are nearly, but not to the byte, four to one.
        let lengths = corpora[1].wire.len() as f64 / corpora[0].wire.len() as f64;
        let growth = seconds[0].speed_over(&seconds[1]) / lengths;
        Ok(Row { growth, engine: engine.name, surface: engine.surface, quarter: per_byte(0), whole: per_byte(1) })
    });
    Ok(Outcome { probe, rows: rows.collect::<Result<_, Error>>()? })
}

/// Replaces what the caches hold.
fn evict(elsewhere: &mut [u8]) {
    for byte in elsewhere.iter_mut().step_by(64) {
        *byte = byte.wrapping_add(1);
    }
}
