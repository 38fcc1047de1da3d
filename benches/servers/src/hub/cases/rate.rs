//! How long a delivery takes at a moderate rate.

use serde_json::json;

use super::{
    Bar, Case, Error, Flavour, Framework, Hub, Limit, Options, Outcome, Report, Row, Runs, Server, everybody,
    subscribers,
};

/// The case.
pub const CASE: Case = Case {
    name: "rate",
    about: "10,000 subscribers, 5 events a second: latency from publishing to arrival ÷ the floor's",
    measure,
};

struct Run {
    p50_millis: f64,
    p99_millis: f64,
    cpu: f64,
}

type Figure = fn(&Run) -> f64;

fn measure(options: &Options) -> Result<Outcome, Error> {
    let runs = Runs::interleaved(everybody(), options.reps, |hub| run(hub, options))?;
    let figures: [(&str, Figure); 2] = [("p50", |run| run.p50_millis), ("p99", |run| run.p99_millis)];
    let mut bars = Vec::new();
    for hub in Hub::OURS {
        let most = if hub == Hub::Tidings(Framework::Actix, Flavour::Current) { 1.1 } else { 1.25 };
        for (name, figure) in figures {
            let over = runs.samples(hub, figure).over(&runs.samples(Hub::Floor, figure));
            bars.push(Bar { what: format!("{hub}, {name} ÷ floor"), figure: over, limit: Limit::AtMost(most) });
        }
    }
    let rows = runs.kinds().map(|hub| {
        let [p50, p99] = figures.map(|(_, figure)| runs.samples(hub, figure));
        let [p50_over, p99_over] =
            figures.map(|(_, figure)| runs.samples(hub, figure).over(&runs.samples(Hub::Floor, figure)));
        let cpu = runs.samples(hub, |run| run.cpu);
        Row {
            name: hub.name(),
            cells: vec![
                format!("{:.1}", p50.median()),
                format!("{p50:.0}"),
                format!("{p50_over:.2}"),
                format!("{:.1}", p99.median()),
                format!("{p99:.0}"),
                format!("{p99_over:.2}"),
                format!("{:.0}", cpu.median() * 100.0),
            ],
            json: json!({ "p50_ms": p50.json(), "p99_ms": p99.json(), "cores": cpu.json() }),
        }
    });
    Ok(Outcome {
        bars,
        columns: vec!["p50, ms", "min–max", "÷ floor", "p99, ms", "min–max", "÷ floor", "core, %"],
        rows: rows.collect(),
    })
}

fn run(hub: Hub, options: &Options) -> Result<Run, Error> {
    let (rate, duration) = if options.quick { ("50", "0.3") } else { ("5", "10") };
    let server = Server::start(hub, 0, options)?;
    let arguments = [
        "--subscribers",
        subscribers(options),
        "--publish",
        &server.url,
        "--rate",
        rate,
        "--size",
        "100",
        "--duration",
        duration,
        "--spin",
    ];
    let report = Report::of(hub, &server, options, &arguments)?;
    let cpu = report.number("load/server/user_seconds")? + report.number("load/server/system_seconds")?;
    Ok(Run {
        p50_millis: report.number("load/latency_ms/p50")?,
        p99_millis: report.number("load/latency_ms/p99")?,
        cpu: cpu / report.number("load/seconds")?,
    })
}
