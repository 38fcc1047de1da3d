//! One event at a time.

use serde_json::json;

use super::{Bar, Case, Limit, Outcome, Row};
use crate::{
    Error, Options, client,
    kind::{Framework, Kind, Writer},
    runs::Runs,
    server::Server,
    source::Scenario,
    stats::Samples,
};

/// The case.
pub const CASE: Case = Case {
    name: "ticks",
    about: "an event each millisecond, from the source to the client; what the median is beyond that of the bare stream, %",
    measure,
};

/// How many ticks are measured at a time.
const TICKS: usize = 400;
/// How many go before.
const WARM_UP: usize = 100;
/// How many times more repetitions this has than others: many short ones, because what else the machine does comes and goes.
const TURNS: usize = 5;

/// Nanoseconds.
struct Run {
    median: f64,
    p99: f64,
}

fn measure(options: &Options) -> Result<Outcome, Error> {
    let runs = Runs::interleaved(Kind::ALL, if options.quick { 1 } else { options.reps * TURNS }, |kind| {
        run(kind, options.quick)
    })?;
    let median = |run: &Run| run.median;
    let added = |kind: Kind| {
        let bare = runs.samples(Kind::new(kind.framework, Writer::Bare), median);
        (runs.samples(kind, median).over(&bare) - 1.0) * 100.0
    };
    let bars = Framework::ALL.map(|framework| {
        let kind = Kind::new(framework, Writer::Tidings);
        Bar { what: kind.to_string(), figure: added(kind), limit: Limit::AtMost(5.0) }
    });
    let rows = runs.kinds().map(|kind| {
        let (median, p99) = (runs.samples(kind, median), runs.samples(kind, |run| run.p99));
        Row {
            name: kind.name(),
            cells: vec![
                format!("{:.2}", median.median() * 1e-3),
                format!("{:.1}", median.scaled(1e-3)),
                format!("{:+.1}", added(kind)),
                format!("{:.1}", p99.median() * 1e-3),
                format!("{:.1}", p99.scaled(1e-3)),
            ],
            json: json!({ "median_ns": median.json(), "p99_ns": p99.json() }),
        }
    });
    Ok(Outcome {
        bars: bars.into(),
        columns: vec!["median, µs", "min–max", "added, %", "p99, µs", "min–max"],
        rows: rows.collect(),
    })
}

fn run(kind: Kind, quick: bool) -> Result<Run, Error> {
    let server = Server::start(kind, Scenario::Ticks)?;
    let count = if quick { WARM_UP + 10 } else { WARM_UP + TICKS };
    let latencies: Samples =
        client::latencies(server.port, count as u64)?[WARM_UP..].iter().map(|&nanos| nanos as f64).collect();
    Ok(Run { median: latencies.median(), p99: latencies.quantile(0.99) })
}
