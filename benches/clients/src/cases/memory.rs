//! Many connections in one process, over which nothing comes.

use serde_json::json;
use tidings_benches::runs::Runs;

use super::{Bar, Case, Limit, Outcome, Row};
use crate::{
    Error, Options,
    client::Errand,
    engines::{BARE, EVENT_SOURCE, EVENTS, Which},
    writer::{Script, Writer},
};

/// The case.
pub const CASE: Case = Case {
    name: "memory",
    about: "5,000 idle connections, each of which has had an event; bytes of each, ÷ the bare stream's",
    measure,
};

/// Bytes a connection.
struct Run {
    heap: f64,
    private: f64,
}

fn measure(options: &Options) -> Result<Outcome, Error> {
    let runs = Runs::interleaved(Which::all(), options.reps.min(3), |which| run(which, options))?;
    let (heap, private) = (|run: &Run| run.heap, |run: &Run| run.private);
    let over = |which: Which, figure: fn(&Run) -> f64| runs.samples(which, figure).over(&runs.samples(BARE, figure));
    let bars = [EVENTS, EVENT_SOURCE].into_iter().flat_map(|own| {
        [("heap", over(own, heap)), ("private memory", over(own, private))].map(|(of, figure)| Bar {
            what: format!("{own} ÷ {BARE}, {of}"),
            figure,
            limit: Limit::AtMost(1.2),
        })
    });
    let rows = runs.kinds().map(|which| {
        let (heap_bytes, private_bytes) = (runs.samples(which, heap), runs.samples(which, private));
        Row {
            name: which.engine().name,
            cells: vec![
                format!("{:.0}", heap_bytes.median()),
                format!("{:.2}", over(which, heap)),
                format!("{:.0}", private_bytes.median()),
                format!("{private_bytes}"),
                format!("{:.2}", over(which, private)),
            ],
            json: json!({ "heap_bytes": heap_bytes.json(), "private_bytes": private_bytes.json() }),
        }
    });
    Ok(Outcome {
        bars: bars.collect(),
        columns: vec!["heap, B", "÷ stream", "private, B", "min–max", "÷ stream"],
        rows: rows.collect(),
    })
}

fn run(which: Which, options: &Options) -> Result<Run, Error> {
    let writer = Writer::start(Script::Idle, options.writers_core)?;
    let [heap, private] = Errand::Idle(if options.quick { 100 } else { 5_000 }).send(which, &writer)?;
    Ok(Run { heap, private })
}
