//! How much a delivery costs, when there is nothing to send together, and when there is.

use serde_json::json;

use super::{
    Bar, Case, Error, Flavour, Framework, Hub, Limit, Options, Outcome, Report, Row, Runs, Server, everybody,
    over_floor, subscribers,
};

/// An event is published when all have got the one before.
pub const ONE: Case = Case {
    name: "one-outstanding",
    about: "10,000 subscribers, an event when all have the last: deliveries a CPU second ÷ the floor's, and user µs of each",
    measure: |options| {
        let runs = runs(options, "1")?;
        let mut bars = Vec::new();
        for hub in Hub::OURS {
            let figure = runs.samples(hub, |run| run.per_cpu_second);
            let over = figure.over(&runs.samples(Hub::Floor, |run| run.per_cpu_second));
            bars.push(Bar { what: over_floor(hub), figure: over, limit: Limit::AtLeast(0.75) });
            let user = runs.samples(hub, |run| run.user_micros).median();
            bars.push(Bar { what: format!("{hub}, user µs"), figure: user, limit: Limit::AtMost(1.3) });
        }
        Ok(outcome(bars, &runs))
    },
};

/// 64 events are on their way at any time.
pub const MANY: Case = Case {
    name: "64-outstanding",
    about: "10,000 subscribers, 64 events on their way to them: deliveries a second ÷ the floor's",
    measure: |options| {
        let runs = runs(options, "64")?;
        let bars = Hub::OURS.map(|hub| {
            let figure = runs.samples(hub, |run| run.per_second);
            let least = if hub == Hub::Tidings(Framework::Actix, Flavour::Current) { 8.0 } else { 10.0 };
            let figure = figure.over(&runs.samples(Hub::Floor, |run| run.per_second));
            Bar { what: over_floor(hub), figure, limit: Limit::AtLeast(least) }
        });
        Ok(outcome(bars.into(), &runs))
    },
};

struct Run {
    per_second: f64,
    per_cpu_second: f64,
    user_micros: f64,
    p50_millis: f64,
    p99_millis: f64,
}

fn runs(options: &Options, outstanding: &str) -> Result<Runs<Hub, Run>, Error> {
    let duration = if options.quick { "0.3" } else { "6" };
    Runs::interleaved(everybody(), options.reps, |hub| {
        let server = Server::start(hub, 0, options)?;
        let arguments = [
            "--subscribers",
            subscribers(options),
            "--publish",
            &server.url,
            "--outstanding",
            outstanding,
            "--size",
            "100",
            "--duration",
            duration,
            "--spin",
        ];
        let report = Report::of(hub, &server, options, &arguments)?;
        Ok(Run {
            per_second: report.number("load/deliveries_per_second")?,
            per_cpu_second: report.number("load/server/deliveries_per_cpu_second")?,
            user_micros: report.number("load/server/user_us_per_delivery")?,
            p50_millis: report.number("load/latency_ms/p50")?,
            p99_millis: report.number("load/latency_ms/p99")?,
        })
    })
}

fn outcome(bars: Vec<Bar>, runs: &Runs<Hub, Run>) -> Outcome {
    let rows = runs.kinds().map(|hub| {
        let [per_second, per_cpu_second, user, p50, p99] = [
            runs.samples(hub, |run| run.per_second),
            runs.samples(hub, |run| run.per_cpu_second),
            runs.samples(hub, |run| run.user_micros),
            runs.samples(hub, |run| run.p50_millis),
            runs.samples(hub, |run| run.p99_millis),
        ];
        let floor = runs.samples(Hub::Floor, |run| run.per_cpu_second);
        Row {
            name: hub.name(),
            cells: vec![
                format!("{:.0}", per_second.median() * 1e-3),
                format!("{:.0}", per_cpu_second.median() * 1e-3),
                format!("{:.0}", per_cpu_second.scaled(1e-3)),
                format!("{:.2}", per_cpu_second.over(&floor)),
                format!("{:.2}", user.median()),
                format!("{:.1}", p50.median()),
                format!("{:.1}", p99.median()),
            ],
            json: json!({
                "deliveries_per_second": per_second.json(),
                "deliveries_per_cpu_second": per_cpu_second.json(),
                "user_us": user.json(),
                "p50_ms": p50.json(),
                "p99_ms": p99.json(),
            }),
        }
    });
    Outcome {
        bars,
        columns: vec!["k/s", "k/CPU s", "min–max", "÷ floor", "user µs", "p50, ms", "p99, ms"],
        rows: rows.collect(),
    }
}
