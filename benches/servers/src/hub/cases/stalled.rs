//! Some never read.

use std::{
    thread,
    time::{Duration, Instant},
};

use serde_json::json;

use super::{Bar, Case, Error, Hub, Limit, Options, Outcome, Report, Row, Runs, Server};
use crate::system;

/// The case.
pub const CASE: Case = Case {
    name: "hub-stalled",
    about: "100 subscribers, 200 events of 4 KB a second: p99 with 20 more that never read, in 60 s, ÷ without them; KiB of each of these after 25 s; and when they are gone",
    measure,
};

/// How many never read.
const STALLED: &str = "20";
/// When their memory is looked at: long after all that can be full is, and before the servers close them, after 30 s.
const LOOK: Duration = Duration::from_secs(25);
/// When they are to be gone, at the latest: by then 30 s have passed since their buffers were full.
const GONE: f64 = 45.0;

struct Run {
    p99_before: f64,
    p99_millis: f64,
    /// When the server had given up the last of them.
    gone_seconds: f64,
    /// Beyond what the server and the kernel took at the same time without them.
    bytes_each: f64,
}

fn measure(options: &Options) -> Result<Outcome, Error> {
    // A minute and a half for each, and there are no bars that others set.
    let runs = Runs::interleaved(Hub::OURS, 1, |hub| run(hub, options))?;
    let mut bars = Vec::new();
    for hub in Hub::OURS {
        let p99 = runs.samples(hub, |run| run.p99_millis).over(&runs.samples(hub, |run| run.p99_before));
        bars.push(Bar { what: format!("{hub}, p99 ÷ without"), figure: p99, limit: Limit::AtMost(1.25) });
        let bytes = runs.samples(hub, |run| run.bytes_each / 1024.0).median();
        bars.push(Bar { what: format!("{hub}, KiB each"), figure: bytes, limit: Limit::AtMost(64.0) });
        let gone = runs.samples(hub, |run| run.gone_seconds);
        bars.push(Bar {
            what: format!("{hub}, s until all are gone"),
            figure: gone.median(),
            limit: Limit::AtMost(GONE),
        });
    }
    let rows = runs.kinds().map(|hub| {
        let [before, p99, gone, bytes] = [
            runs.samples(hub, |run| run.p99_before),
            runs.samples(hub, |run| run.p99_millis),
            runs.samples(hub, |run| run.gone_seconds),
            runs.samples(hub, |run| run.bytes_each),
        ];
        Row {
            name: hub.name(),
            cells: vec![
                format!("{:.2}", before.median()),
                format!("{:.2}", p99.median()),
                format!("{:.0}", gone.median()),
                format!("{:.0}", bytes.median() / 1024.0),
            ],
            json: json!({
                "p99_ms_without": before.json(), "p99_ms": p99.json(), "gone_seconds": gone.json(), "bytes_each": bytes.json(),
            }),
        }
    });
    Ok(Outcome { bars, columns: vec!["p99, ms", "with, ms", "gone, s", "KiB each"], rows: rows.collect() })
}

fn run(hub: Hub, options: &Options) -> Result<Run, Error> {
    let [subscribers, without, with] = if options.quick { ["10", "0.3", "0.3"] } else { ["100", "30", "60"] };
    let count: usize = STALLED.parse()?;
    let run = |stalled: &str, duration: &str| {
        // A log that is full by then, or it would be what grows.
        let server = Server::keeping(4_000_000, hub, options)?;
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
        Report::of_while(hub, &server, options, &arguments, || {
            let start = Instant::now();
            thread::sleep(if options.quick { Duration::from_millis(200) } else { LOOK });
            let memory = system::private_bytes_of(server.pid())? as f64 + system::socket_bytes()? as f64;
            // A connection that is given up is gone without a word to the client: so it is not for that to tell.
            let files = system::open_files_of(server.pid())?;
            let patience = if options.quick { LOOK / 100 } else { 2 * LOOK };
            let is_gone = || Ok::<_, Error>(system::open_files_of(server.pid())? + count <= files);
            while stalled != "0" && start.elapsed() < patience && !is_gone()? {
                thread::sleep(Duration::from_millis(100));
            }
            let gone = if is_gone()? { start.elapsed().as_secs_f64() } else { f64::INFINITY };
            Ok((memory, gone))
        })
    };
    let ((without, (memory_without, _)), (with, (memory_with, gone_seconds))) =
        (run("0", without)?, run(STALLED, with)?);
    Ok(Run {
        p99_before: without.number("load/latency_ms/p99")?,
        p99_millis: with.number("load/latency_ms/p99")?,
        gone_seconds,
        bytes_each: (memory_with - memory_without) / count as f64,
    })
}
