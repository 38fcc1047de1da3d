//! What an idle subscriber takes.

use serde_json::json;

use super::{Bar, Case, Error, Hub, Limit, Options, Outcome, Report, Row, Runs, Server, everybody, subscribers};

/// The case.
pub const CASE: Case = Case {
    name: "hub-memory",
    about: "10,000 idle subscribers: private bytes of the server for each, beyond those of the framework's bare stream",
    measure,
};

fn measure(options: &Options) -> Result<Outcome, Error> {
    let kinds = everybody().chain(Hub::bare());
    let runs = Runs::interleaved(kinds, options.reps.min(3), |hub| {
        let server = Server::start(hub, 0, options)?;
        let arguments = ["--subscribers", subscribers(options), "--duration", "0.2", "--idle", "0.5"];
        Report::of(hub, &server, options, &arguments)?.number("memory_per_subscriber/server")
    })?;
    let bytes = |hub| runs.samples(hub, |bytes| *bytes);
    let bars = Hub::OURS.into_iter().filter_map(|hub| {
        let Hub::Tidings(framework, flavour) = hub else { return None };
        let figure = bytes(hub).beyond(&bytes(Hub::Bare(framework, flavour)));
        Some(Bar { what: format!("{hub} beyond bare"), figure, limit: Limit::AtMost(400.0) })
    });
    let rows = runs.kinds().map(|hub| {
        let bytes = bytes(hub);
        let cells = vec![format!("{:.0}", bytes.median()), format!("{bytes}")];
        Row { name: hub.name(), cells, json: json!({ "private_bytes": bytes.json() }) }
    });
    Ok(Outcome { bars: bars.collect(), columns: vec!["private, B", "min–max"], rows: rows.collect() })
}
