//! Some never read.

use serde_json::json;

use super::{Bar, Case, Error, Hub, Limit, Options, Outcome, Report, Row, Runs, Server, everybody};

/// The case.
pub const CASE: Case = Case {
    name: "hub-stalled",
    about: "100 subscribers, 200 events of 4 KB a second: p99 with 20 more that never read, in 60 s, ÷ without them, and KiB of each of these",
    measure,
};

/// How many never read.
const STALLED: &str = "20";

struct Run {
    p99_before: f64,
    p99_millis: f64,
    closed: f64,
    /// Beyond what the server took without them.
    bytes_each: f64,
}

fn measure(options: &Options) -> Result<Outcome, Error> {
    // Minutes for each.
    let runs = Runs::interleaved(everybody(), 1, |hub| run(hub, options))?;
    let mut bars = Vec::new();
    for hub in Hub::OURS {
        let p99 = runs.samples(hub, |run| run.p99_millis).over(&runs.samples(hub, |run| run.p99_before));
        bars.push(Bar { what: format!("{hub}, p99 ÷ without"), figure: p99, limit: Limit::AtMost(1.25) });
        let bytes = runs.samples(hub, |run| run.bytes_each / 1024.0).median();
        bars.push(Bar { what: format!("{hub}, KiB each"), figure: bytes, limit: Limit::AtMost(64.0) });
    }
    let rows = runs.kinds().map(|hub| {
        let [before, p99, closed, bytes] = [
            runs.samples(hub, |run| run.p99_before),
            runs.samples(hub, |run| run.p99_millis),
            runs.samples(hub, |run| run.closed),
            runs.samples(hub, |run| run.bytes_each),
        ];
        Row {
            name: hub.name(),
            cells: vec![
                format!("{:.2}", before.median()),
                format!("{:.2}", p99.median()),
                format!("{:.0}", closed.median()),
                format!("{:.0}", bytes.median() / 1024.0),
            ],
            json: json!({
                "p99_ms_without": before.json(), "p99_ms": p99.json(), "closed": closed.json(), "bytes_each": bytes.json(),
            }),
        }
    });
    Ok(Outcome { bars, columns: vec!["p99, ms", "with, ms", "closed", "KiB each"], rows: rows.collect() })
}

fn run(hub: Hub, options: &Options) -> Result<Run, Error> {
    let [subscribers, without, with] = if options.quick { ["10", "0.3", "0.3"] } else { ["100", "15", "60"] };
    let run = |stalled: &str, duration: &str| {
        let server = Server::start(hub, 0, options)?;
        let arguments = [
            "--subscribers",
            subscribers,
            "--publish",
            &server.url,
            "--rate",
            "200",
            "--size",
            "4096",
            "--duration",
            duration,
            "--stalled",
            stalled,
        ];
        Report::of(hub, &server, options, &arguments)
    };
    let (without, with) = (run("0", without)?, run(STALLED, with)?);
    let memory = |report: &Report| {
        Ok::<_, Error>(report.number("memory_after/server")? + report.number("memory_after/sockets")?)
    };
    let count: f64 = STALLED.parse()?;
    Ok(Run {
        p99_before: without.number("load/latency_ms/p99")?,
        p99_millis: with.number("load/latency_ms/p99")?,
        closed: with.number("stalled/closed_by_the_server")?,
        bytes_each: (memory(&with)? - memory(&without)?) / count,
    })
}
