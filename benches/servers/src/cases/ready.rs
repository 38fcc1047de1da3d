//! One connection, and a source that always has the next event.

use serde_json::json;

use super::{Bar, Case, Limit, Outcome, Row};
use crate::{
    Error, Options,
    client::read_all,
    kind::{Framework, Kind, Writer},
    runs::Runs,
    server::Server,
    source::{ENCODED, Scenario},
};

/// The case.
pub const CASE: Case = Case {
    name: "ready",
    about: "events of 100 bytes on one connection, the source always ready; quotients of events per second",
    measure,
};

/// How long a measurement takes, in seconds.
const LASTS: f64 = 0.7;

/// Events per second, and per second of the server's CPU time.
struct Run {
    wall: f64,
    cpu: f64,
}

fn measure(options: &Options) -> Result<Outcome, Error> {
    let runs = Runs::interleaved(Kind::ALL, options.reps, |kind| run(kind, options.quick))?;
    let (wall, cpu) = (|run: &Run| run.wall, |run: &Run| run.cpu);
    let bars = Framework::ALL.into_iter().map(|framework| {
        let (own, peer) = (Kind::new(framework, Writer::Tidings), Kind::new(framework, Writer::Peer));
        Bar {
            what: format!("{own} ÷ {peer}"),
            figure: runs.samples(own, wall).over(&runs.samples(peer, wall)),
            limit: Limit::AtLeast(if framework == Framework::Axum { 4.0 } else { 3.0 }),
        }
    });
    let rows = runs.kinds().map(|kind| {
        let (by_wall, by_cpu) = (runs.samples(kind, wall), runs.samples(kind, cpu));
        let mut cells = vec![
            format!("{:.0}", by_wall.median() * 1e-3),
            format!("{:.0}", by_wall.scaled(1e-3)),
            format!("{:.0}", by_cpu.median() * 1e-3),
        ];
        for framework in Framework::ALL {
            cells.push(format!("{:.2}", by_wall.over(&runs.samples(Kind::new(framework, Writer::Peer), wall))));
        }
        for framework in Framework::ALL {
            cells.push(format!("{:.2}", by_cpu.over(&runs.samples(Kind::new(framework, Writer::Peer), cpu))));
        }
        let json = json!({ "events_per_s": by_wall.json(), "events_per_cpu_s": by_cpu.json() });
        Row { name: kind.name(), cells, json }
    });
    Ok(Outcome {
        bars: bars.collect(),
        columns: vec!["k/s", "min–max", "k/CPU s", "÷ axum", "÷ lab", "÷ warp", "CPU ÷ axum", "÷ lab", "÷ warp"],
        rows: rows.collect(),
    })
}

fn run(kind: Kind, quick: bool) -> Result<Run, Error> {
    // warp leaves out the space after the colon.
    let squeezed = ENCODED.replacen(": ", ":", 1);
    let encoded = if kind == Kind::new(Framework::Warp, Writer::Peer) { &squeezed } else { ENCODED };
    let mut server = Server::start(kind, Scenario::Ready)?;
    let mut count = 1_000;
    if !quick {
        // A first run warms up; a second finds out how many events it takes.
        read_all(server.port, count, encoded)?;
        let trial = 100_000;
        count = (LASTS * trial as f64 / read_all(server.port, trial, encoded)?) as u64;
    }
    let before = server.figures()?;
    let seconds = read_all(server.port, count, encoded)?;
    let cpu_nanos = server.figures()?.cpu_nanos - before.cpu_nanos;
    Ok(Run { wall: count as f64 / seconds, cpu: count as f64 * 1e9 / cpu_nanos as f64 })
}
