//! What an open stream takes while nothing happens.

use std::time::Duration;

use serde_json::json;

use super::{Bar, Case, Limit, Outcome, Row};
use crate::{
    Error, Options,
    client::Crowd,
    kind::{Framework, Kind, Writer},
    runs::Runs,
    server::Server,
    source::Scenario,
};

/// The case.
pub const CASE: Case = Case {
    name: "memory",
    about: "10,000 idle streams with keep-alives; bytes a stream beyond the bare stream, which has none",
    measure,
};

/// How much more than the bare stream it may be.
const BEYOND: f64 = 400.0;

/// Bytes a stream.
struct Run {
    heap: f64,
    private: f64,
}

fn measure(options: &Options) -> Result<Outcome, Error> {
    let runs = Runs::interleaved(Kind::ALL, options.reps.min(3), |kind| run(kind, options.quick))?;
    let (heap, private) = (|run: &Run| run.heap, |run: &Run| run.private);
    let beyond = |kind: Kind, figure: fn(&Run) -> f64| {
        runs.samples(kind, figure).beyond(&runs.samples(Kind::new(kind.framework, Writer::Bare), figure))
    };
    let bars = Framework::ALL.into_iter().flat_map(|framework| {
        let kind = Kind::new(framework, Writer::Tidings);
        [("heap", beyond(kind, heap)), ("private memory", beyond(kind, private))].map(|(of, figure)| Bar {
            what: format!("{kind}, {of}"),
            figure,
            limit: Limit::AtMost(BEYOND),
        })
    });
    let rows = runs.kinds().map(|kind| {
        let (heap_bytes, private_bytes) = (runs.samples(kind, heap), runs.samples(kind, private));
        Row {
            name: kind.name(),
            cells: vec![
                format!("{:.0}", heap_bytes.median()),
                format!("{:+.0}", beyond(kind, heap)),
                format!("{:.0}", private_bytes.median()),
                format!("{private_bytes}"),
                format!("{:+.0}", beyond(kind, private)),
            ],
            json: json!({ "heap_bytes": heap_bytes.json(), "private_bytes": private_bytes.json() }),
        }
    });
    Ok(Outcome {
        bars: bars.collect(),
        columns: vec!["heap, B", "beyond bare", "private, B", "min–max", "beyond bare"],
        rows: rows.collect(),
    })
}

fn run(kind: Kind, quick: bool) -> Result<Run, Error> {
    // The first ones pay for what the process needs once.
    let (first, all, settle) = if quick { (10, 100, 50) } else { (100, 10_000, 500) };
    let mut server = Server::start(kind, Scenario::Idle)?;
    let mut crowd = Crowd::new(server.port)?;
    let mut figures = |streams| {
        crowd.grow(streams, Duration::ZERO)?;
        crowd.wait(Duration::from_millis(settle))?;
        server.figures()
    };
    let (before, after) = (figures(first)?, figures(all)?);
    let each = |before: u64, after: u64| (after as f64 - before as f64) / (all - first) as f64;
    Ok(Run {
        heap: each(before.heap_bytes, after.heap_bytes),
        private: each(before.private_bytes, after.private_bytes),
    })
}
