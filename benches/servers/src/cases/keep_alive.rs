//! What keep-alives cost while nothing else happens.

use std::time::Duration;

use serde_json::json;

use super::{Bar, Case, Limit, Outcome, Row};
use crate::{
    Error, Options,
    client::Crowd,
    kind::{Framework, Kind, Served, Writer},
    runs::Runs,
    server::Server,
    source::Scenario,
};

/// Streams that were opened one after the other, as in life.
pub const SPREAD: Case = Case {
    name: "keep-alive-spread",
    about: "10,000 idle streams, opened over 15 s, keep-alives each 15 s; CPU time of 30 s, ÷ axum's",
    measure: |options| measure(options, INTERVAL),
};

/// Streams that were opened at once, as after a restart.
pub const BURST: Case = Case {
    name: "keep-alive-burst",
    about: "the same, opened at once",
    measure: |options| measure(options, Duration::ZERO),
};

/// Everybody's default.
const INTERVAL: Duration = Duration::from_secs(15);
/// How many intervals are measured.
const INTERVALS: u32 = 2;

/// What so many intervals took.
struct Run {
    cpu_millis: f64,
    comments: f64,
}

fn measure(options: &Options, opening: Duration) -> Result<Outcome, Error> {
    let kinds = Kind::ALL.into_iter().filter(|kind| kind.keeps_alive()).map(Served::With);
    let all = kinds.chain([Served::Floor]);
    let runs = Runs::interleaved(all, options.reps.div_ceil(3), |kind| run(kind, opening, options.quick))?;
    let axum = Kind::new(Framework::Axum, Writer::Peer).into();
    let cpu = |run: &Run| run.cpu_millis;
    let each = |run: &Run| run.cpu_millis * 1_000.0 / run.comments;
    let bars = Framework::ALL.map(|framework| {
        let own = Kind::new(framework, Writer::Tidings).into();
        let figure = runs.samples(own, cpu).over(&runs.samples(axum, cpu));
        Bar { what: format!("{own} ÷ {axum}"), figure, limit: Limit::AtMost(1.0 / 3.0) }
    });
    let rows = runs.kinds().map(|kind| {
        let (cpu_millis, comments) = (runs.samples(kind, cpu), runs.samples(kind, |run| run.comments));
        let millis_each = runs.samples(kind, each);
        Row {
            name: kind.name(),
            cells: vec![
                format!("{:.0}", cpu_millis.median()),
                format!("{cpu_millis}"),
                format!("{:.2}", cpu_millis.over(&runs.samples(axum, cpu))),
                format!("{:.0}", comments.median()),
                format!("{:.1}", millis_each.median()),
                format!("{:.2}", millis_each.over(&runs.samples(axum, each))),
            ],
            json: json!({ "cpu_ms": cpu_millis.json(), "keep_alives": comments.json() }),
        }
    });
    Ok(Outcome {
        bars: bars.into(),
        columns: vec!["CPU, ms", "min–max", "÷ axum", "keep-alives", "ms / 1000", "÷ axum"],
        rows: rows.collect(),
    })
}

fn run(kind: Served, opening: Duration, quick: bool) -> Result<Run, Error> {
    let (streams, opening, time) =
        if quick { (100, opening / 100, INTERVAL / 100) } else { (10_000, opening, INTERVAL * INTERVALS) };
    let mut server = Server::start(kind, Scenario::Idle)?;
    let mut crowd = Crowd::new(server.port)?;
    crowd.grow(streams, opening)?;
    crowd.wait(time / 20)?;

    let (before, frames_before) = (server.figures()?, crowd.frames());
    crowd.wait(time)?;
    let (after, comments) = (server.figures()?, crowd.frames() - frames_before);

    // A stream may have its keep-alive just before and just after.
    let (least, most) = (streams as u64 * u64::from(INTERVALS - 1), streams as u64 * u64::from(INTERVALS + 1));
    if !quick && !(least..=most).contains(&comments) {
        return Err(format!("{comments} keep-alives on {streams} streams").into());
    }
    Ok(Run { cpu_millis: (after.cpu_nanos - before.cpu_nanos) as f64 * 1e-6, comments: comments as f64 })
}
