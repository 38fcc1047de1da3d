//! One event at a time, each in a chunk.

use serde_json::json;
use tidings_benches::runs::Runs;

use super::{Bar, Case, Limit, Outcome, Row};
use crate::{
    Error, Options,
    client::{Errand, WARM_UP},
    engines::{BARE, EVENT_SOURCE, EVENTS, Which},
    writer::{Script, Writer},
};

/// The case.
pub const CASE: Case = Case {
    name: "latency",
    about: "an event each millisecond, in a chunk of its own, from before its write to the handler; ÷ the bare stream's median",
    measure,
};

/// How many events are measured at a time.
const EVENTS_EACH: usize = 400;
/// How many times more repetitions this has than others: many short ones, because what else the machine does comes and goes.
const TURNS: usize = 5;

/// Nanoseconds.
struct Run {
    median: f64,
    p99: f64,
}

fn measure(options: &Options) -> Result<Outcome, Error> {
    let reps = if options.quick { 1 } else { options.reps * TURNS };
    let runs = Runs::interleaved(Which::all(), reps, |which| run(which, options))?;
    let median = |run: &Run| run.median;
    let over = |which: Which| runs.samples(which, median).over(&runs.samples(BARE, median));
    let bars = [EVENTS, EVENT_SOURCE].map(|own| Bar {
        what: format!("{own} ÷ {BARE}"),
        figure: over(own),
        limit: Limit::AtMost(1.1),
    });
    let rows = runs.kinds().map(|which| {
        let (median, p99) = (runs.samples(which, median), runs.samples(which, |run| run.p99));
        Row {
            name: which.engine().name,
            cells: vec![
                format!("{:.2}", median.median() * 1e-3),
                format!("{:.1}", median.scaled(1e-3)),
                format!("{:.2}", over(which)),
                format!("{:.1}", p99.median() * 1e-3),
                format!("{:.1}", p99.scaled(1e-3)),
            ],
            json: json!({ "median_ns": median.json(), "p99_ns": p99.json() }),
        }
    });
    Ok(Outcome {
        bars: bars.into(),
        columns: vec!["median, µs", "min–max", "÷ stream", "p99, µs", "min–max"],
        rows: rows.collect(),
    })
}

fn run(which: Which, options: &Options) -> Result<Run, Error> {
    let count = if options.quick { 10 } else { EVENTS_EACH };
    let writer = Writer::start(Script::Ticks(WARM_UP + count), options.writers_core)?;
    let [median, p99] = Errand::Latencies(count).send(which, &writer)?;
    Ok(Run { median, p99 })
}
