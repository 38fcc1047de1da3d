//! The decoding cases: which corpus in which chunks, what is asked of ours, and how one case is measured.

use bytes::Bytes;

use crate::corpora::{Corpus, Kind};
use crate::engines::{ALL, Engine, Role};
use crate::feed::Feed;
use crate::measure::{Contestant, Error, Samples, Spread, interleave, time};
use crate::{Options, alloc};

/// Where the hot corpora lie in a page, in turn: one place for each of the repetitions there are by default.
const PLACES: usize = 7;

/// A corpus and a chunk length.
pub struct Case {
    /// The name of the case, which for `drip` is not the name of its corpus.
    pub name: &'static str,
    /// The corpus.
    pub corpus: Kind,
    /// The chunk length in bytes.
    pub chunk: usize,
    /// What is asked of our two surfaces, if anything.
    pub floors: Option<Floors>,
    /// Whether the borrowed surface must not allocate once it is warm, nor the owned one more than once per event.
    pub counts_allocations: bool,
}

/// The least speeds that count as success, as quotients.
pub struct Floors {
    /// Borrowed ÷ [`limits::SCAN`](crate::limits::SCAN).
    pub borrowed_to_limit: f64,
    /// Owned ÷ the same.
    pub owned_to_limit: f64,
    /// Borrowed ÷ the best peer.
    pub borrowed_to_peer: f64,
    /// Owned ÷ the best peer.
    pub owned_to_peer: f64,
}

/// All cases, in the order of the table.
pub const CASES: &[Case] = &[
    Case::new("llm", Kind::Llm, 16384).floors([1.1, 0.6, 3.0, 1.6]).counted(),
    Case::new("llm", Kind::Llm, 1024).floors([0.7, 0.4, 2.4, 1.4]),
    Case::new("named", Kind::Named, 16384).floors([0.75, 0.4, 3.2, 1.7]).counted(),
    Case::new("named", Kind::Named, 1024),
    Case::new("multi", Kind::Multi, 16384).floors([0.8, 0.7, 1.8, 1.5]),
    Case::new("big", Kind::Big, 16384).floors([0.55, 0.45, 1.2, 1.0]).counted(),
    Case::new("drip", Kind::Llm, 64).floors([0.47, 0.4, 1.3, 1.15]),
    Case::new("crlf", Kind::Crlf, 16384).floors([1.4, 0.9, 2.8, 1.6]),
    Case::new("cjk", Kind::Cjk, 16384),
];

impl Case {
    const fn new(name: &'static str, corpus: Kind, chunk: usize) -> Self {
        Self { name, corpus, chunk, floors: None, counts_allocations: false }
    }

    const fn floors(mut self, floors: [f64; 4]) -> Self {
        let [borrowed_to_limit, owned_to_limit, borrowed_to_peer, owned_to_peer] = floors;
        self.floors = Some(Floors { borrowed_to_limit, owned_to_limit, borrowed_to_peer, owned_to_peer });
        self
    }

    const fn counted(mut self) -> Self {
        self.counts_allocations = true;
        self
    }

    /// Such as `llm@16384`.
    pub fn name(&self) -> String {
        format!("{}@{}", self.name, self.chunk)
    }
}

/// How much of a corpus there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// 256 KiB, repeated: it stays in the cache, so the figure is the decoder's own cost. The bars are for this one.
    Hot,
    /// 64 MiB, once: it comes from memory.
    Cold,
}

impl Variant {
    /// As it is written in the tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hot => "hot",
            Self::Cold => "cold",
        }
    }
}

/// One case with all its rows.
pub struct Outcome {
    /// The case.
    pub case: &'static Case,
    /// Which variant of it.
    pub variant: Variant,
    /// One row for each engine, in the order of [`ALL`].
    pub rows: Vec<Row>,
}

/// What one engine did.
pub struct Row {
    /// The engine.
    pub engine: &'static Engine,
    /// What the quotients are made of.
    pub seconds: Samples,
    /// MiB per second.
    pub mib: Spread,
    /// Events of the corpus per second.
    pub events: Spread,
    /// New blocks per event.
    pub allocations: f64,
    /// Blocks grown or shrunk per event.
    pub reallocations: f64,
    /// Bytes asked for per event.
    pub allocated_bytes: f64,
}

impl Outcome {
    /// The row that `÷ limit` means.
    pub fn limit(&self) -> &Row {
        self.row(|row| row.engine.role == Role::Limit)
    }

    /// Our row for this surface.
    pub fn ours(&self, surface: &str) -> &Row {
        self.row(|row| row.engine.role == Role::Ours && row.engine.surface == surface)
    }

    /// The fastest decoder that is not ours.
    pub fn best_peer(&self) -> &Row {
        self.rows
            .iter()
            .filter(|row| row.engine.role == Role::Peer)
            .max_by(|a, b| a.mib.median.total_cmp(&b.mib.median))
            .expect("there are peers")
    }

    /// The first row of this kind; [`ALL`] begins with the limit of the bars.
    fn row(&self, wanted: impl Fn(&Row) -> bool) -> &Row {
        self.rows.iter().find(|row| wanted(row)).expect("every engine has a row")
    }
}

/// Measures all engines on one case.
pub fn measure(case: &'static Case, variant: Variant, options: &Options) -> Result<Outcome, Error> {
    eprintln!("decode {} {}", case.name(), variant.name());
    let bytes = match (variant, options.quick) {
        (Variant::Hot, _) => 256 << 10,
        (Variant::Cold, false) => 64 << 20,
        (Variant::Cold, true) => 1 << 20,
    };
    let corpus = Corpus::new(case.corpus, bytes);
    let places = if variant == Variant::Hot { corpus.placed(PLACES) } else { vec![corpus.wire.clone()] };
    let contestants = ALL.iter().map(|engine| contestant(engine, &corpus, &places, case.chunk)).collect();
    let once = options.quick || variant == Variant::Cold;
    let seconds = interleave(options.reps, once, contestants)?;

    let mib = corpus.wire.len() as f64 / f64::from(1 << 20);
    let events = corpus.events as f64;
    let rows = ALL.iter().zip(seconds).map(|(engine, seconds)| {
        let (counted, counts) = allocations(engine, &corpus, case.chunk)?;
        Ok(Row {
            engine,
            mib: seconds.rate(mib),
            events: seconds.rate(events),
            seconds,
            allocations: counts.allocations as f64 / counted,
            reallocations: counts.reallocations as f64 / counted,
            allocated_bytes: counts.bytes as f64 / counted,
        })
    });
    Ok(Outcome { case, variant, rows: rows.collect::<Result<_, Error>>()? })
}

fn contestant<'a>(engine: &'a Engine, corpus: &'a Corpus, places: &'a [Bytes], chunk: usize) -> Contestant<'a> {
    let run = move |rep: usize, passes| {
        let feed = Feed::new(&places[rep % places.len()], chunk, passes);
        let (seconds, seen) = time(|| (engine.run)(feed));
        check(engine, corpus, passes, seen)?;
        Ok(seconds)
    };
    Contestant { name: engine.name, run: Box::new(run) }
}

/// What the engine allocates for the number of events returned, in a pass after one that warms it up.
fn allocations(engine: &Engine, corpus: &Corpus, chunk: usize) -> Result<(f64, alloc::Counts), Error> {
    let feed = Feed::new(&corpus.wire, chunk, 2).counting(1);
    let seen = (engine.run)(feed);
    let counts = alloc::stop();
    check(engine, corpus, 2, seen)?;
    Ok((corpus.events as f64, counts))
}

fn check(
    engine: &Engine,
    corpus: &Corpus,
    passes: usize,
    seen: Result<crate::engines::Tally, Error>,
) -> Result<(), Error> {
    let expected = (engine.expected)(corpus).times(passes);
    match seen {
        Ok(seen) if seen == expected => Ok(()),
        Ok(seen) => Err(format!("{}: saw {seen:?} and not {expected:?}", engine.name).into()),
        Err(error) => Err(format!("{}: {error}", engine.name).into()),
    }
}
