//! One connection, over which events come as fast as they can be written.

use serde_json::json;
use tidings_benches::runs::Runs;

use super::{Bar, Case, Limit, Outcome, Row};
use crate::{
    Error, Options,
    client::Errand,
    engines::{BARE, CHUNK, EVENTS, Which},
    wire::{self, Cut},
    writer::{Script, Writer},
};

/// In chunks of 16 KiB.
pub const CHUNKS_OF_16_KIB: Case = Case {
    name: "firehose-16k",
    about: "events as fast as they can be written, in chunks of 16 KiB; quotients of events per second",
    measure: |options| measure(Cut::Bytes(16 * 1024), options),
};
/// In chunks of 1 KiB.
pub const CHUNKS_OF_1_KIB: Case = Case {
    name: "firehose-1k",
    about: "the same in chunks of 1 KiB, 16 of them at a time",
    measure: |options| measure(Cut::Bytes(1024), options),
};
/// In a chunk for each event.
pub const CHUNKS_OF_EVENTS: Case = Case {
    name: "firehose-events",
    about: "the same in a chunk for each event, 16 KiB at a time",
    measure: |options| measure(Cut::Events, options),
};

/// How much is sent, in bytes.
const SENT: usize = 256 << 20;

/// Events per second, and per second of the client's CPU time. Those of a limit are the events in the chunks it has read.
struct Run {
    wall: f64,
    cpu: f64,
}

fn measure(cut: Cut, options: &Options) -> Result<Outcome, Error> {
    for which in Which::all() {
        let passes = 2;
        let writer = Writer::start(Script::Firehose(cut, passes), options.writers_core)?;
        Errand::Check(passes).send(which, &writer).map_err(|error| format!("{which}: {error}"))?;
    }
    let runs = Runs::interleaved(Which::all(), options.reps, |which| run(which, cut, options))?;
    let (wall, cpu) = (|run: &Run| run.wall, |run: &Run| run.cpu);
    let over = |figure: fn(&Run) -> f64, own: Which, other: Which| {
        runs.samples(own, figure).over(&runs.samples(other, figure))
    };
    let mut bars = Vec::new();
    for (name, figure) in [("", wall as fn(&Run) -> f64), (", CPU", cpu)] {
        let limit = |least| Limit::AtLeast(least);
        bars.push(Bar {
            what: format!("{EVENTS} ÷ {BARE}{name}"),
            figure: over(figure, EVENTS, BARE),
            limit: limit(0.9),
        });
        for peer in Which::all().filter(|which| which.is_peer()) {
            let least = if peer.engine().name.starts_with("eventsource-stream ") { 2.0 } else { 1.5 };
            let figure = over(figure, EVENTS, peer);
            bars.push(Bar { what: format!("{EVENTS} ÷ {peer}{name}"), figure, limit: limit(least) });
        }
    }
    let rows = runs.kinds().map(|which| {
        let (by_wall, by_cpu) = (runs.samples(which, wall), runs.samples(which, cpu));
        let mib = wire::corpus().wire.len() as f64 / wire::corpus().events as f64 / f64::from(1 << 20);
        let mut cells = vec![
            format!("{:.0}", by_wall.median() * 1e-3),
            format!("{:.0}", by_wall.scaled(1e-3)),
            format!("{:.0}", by_wall.median() * mib),
            format!("{:.0}", by_cpu.median() * 1e-3),
            format!("{:.1}", 1e9 / by_cpu.median()),
        ];
        cells.extend([BARE, CHUNK].map(|bare| format!("{:.2}", over(wall, which, bare))));
        cells.extend([BARE, CHUNK].map(|bare| format!("{:.2}", over(cpu, which, bare))));
        let json = json!({ "events_per_s": by_wall.json(), "events_per_cpu_s": by_cpu.json() });
        Row { name: which.engine().name, cells, json }
    });
    Ok(Outcome {
        bars,
        columns: vec![
            "k/s",
            "min–max",
            "MiB/s",
            "k/CPU s",
            "CPU ns each",
            "÷ stream",
            "÷ chunk()",
            "CPU ÷ stream",
            "÷ chunk()",
        ],
        rows: rows.collect(),
    })
}

fn run(which: Which, cut: Cut, options: &Options) -> Result<Run, Error> {
    let corpus = wire::corpus();
    let passes = if options.quick { 4 } else { SENT / corpus.wire.len() };
    let writer = Writer::start(Script::Firehose(cut, passes), options.writers_core)?;
    let events = corpus.events as f64 * passes as f64;
    let [wall, cpu] = Errand::Read(passes).send(which, &writer)?;
    Ok(Run { wall: events / wall, cpu: events / cpu })
}
