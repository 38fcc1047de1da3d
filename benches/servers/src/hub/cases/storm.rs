//! All come back at once.

use serde_json::json;

use super::{Bar, Case, Error, Hub, Limit, Options, Outcome, Report, Row, Runs, Server, everybody, over_floor};

/// With a short log.
pub const CASE: Case = Case {
    name: "storm",
    about: "5,000 subscribers come back at once after 20 events, while 20 more a second come: until all have all, ÷ the floor's",
    measure: |options| measure(options, Before::Nothing),
};

/// With a long one.
pub const LONG_LOG: Case = Case {
    name: "storm-long-log",
    about: "the same, with a million events in the log of ours",
    measure: |options| measure(options, Before::Events(if options.quick { 1000 } else { 1_000_000 })),
};

/// With one that nobody's last event ID is of.
pub const RESTART: Case = Case {
    name: "storm-restart",
    about: "the same, and ours have begun anew before the 20 events",
    measure: |options| measure(options, Before::Restart),
};

/// What there was before all come back.
#[derive(Clone, Copy, PartialEq)]
enum Before {
    Nothing,
    /// So many events, before the first subscriber.
    Events(u64),
    /// The server was restarted.
    Restart,
}

struct Run {
    seconds: f64,
    caught_up: f64,
    cpu_seconds: f64,
    lost: f64,
}

fn measure(options: &Options, before: Before) -> Result<Outcome, Error> {
    let hubs: Vec<Hub> = match before {
        Before::Nothing => everybody().collect(),
        // The floor needs no log: finding a place in a list costs it nothing.
        Before::Events(_) => [Hub::Floor].into_iter().chain(Hub::OURS).collect(),
        // Whoever starts the command again has another process.
        Before::Restart => [Hub::Floor].into_iter().chain(Hub::OURS).filter(|hub| *hub != Hub::Serve).collect(),
    };
    let runs = Runs::interleaved(hubs.iter().copied(), options.reps, |hub| run(hub, before, options))?;
    let seconds = |hub| runs.samples(hub, |run: &Run| run.seconds);
    let ours = hubs.iter().copied().filter(|hub| Hub::OURS.contains(hub));
    let bars = ours.map(|hub| Bar {
        what: over_floor(hub),
        figure: seconds(hub).over(&seconds(Hub::Floor)),
        limit: Limit::AtMost(1.4),
    });
    let rows = runs.kinds().map(|hub| {
        let all = seconds(hub);
        let [caught_up, cpu, lost] = [
            runs.samples(hub, |run| run.caught_up),
            runs.samples(hub, |run| run.cpu_seconds),
            runs.samples(hub, |run| run.lost),
        ];
        Row {
            name: hub.name(),
            cells: vec![
                format!("{:.0}", all.median() * 1e3),
                format!("{:.0}", all.scaled(1e3)),
                format!("{:.2}", all.over(&seconds(Hub::Floor))),
                format!("{:.0}", caught_up.median()),
                format!("{:.2}", cpu.median()),
                format!("{:.0}", lost.median()),
            ],
            json: json!({
                "seconds": all.json(), "caught_up": caught_up.json(), "cpu_seconds": cpu.json(), "lost": lost.json(),
            }),
        }
    });
    Ok(Outcome {
        bars: bars.collect(),
        columns: vec!["all, ms", "min–max", "÷ floor", "caught up", "CPU, s", "lost"],
        rows: rows.collect(),
    })
}

fn run(hub: Hub, before: Before, options: &Options) -> Result<Run, Error> {
    let (subscribers, duration) = if options.quick { ("200", "0.3") } else { ("5000", "1") };
    let before = if hub == Hub::Floor { Before::Nothing } else { before };
    let prefilled = if let Before::Events(count) = before { count } else { 0 };
    let server = Server::start(hub, prefilled, options)?;
    if hub == Hub::Serve && prefilled > 0 {
        // The command has no log from before.
        let prefilled = prefilled.to_string();
        let fill = ["--subscribers", "0", "--publish", &server.url, "--outstanding", "64", "--events", &prefilled];
        Report::of(hub, &server, options, &fill)?;
    }
    let mut arguments = vec![
        "--subscribers",
        subscribers,
        "--publish",
        &server.url,
        "--rate",
        "20",
        "--size",
        "100",
        "--duration",
        duration,
        "--reconnect",
        "--missed",
        "20",
        "--spin",
    ];
    let restart = server.restart();
    if before == Before::Restart {
        arguments.extend(["--while-away", restart.as_deref().map_err(ToString::to_string)?]);
    }
    let report = Report::of(hub, &server, options, &arguments)?;
    let cpu = ["user", "system"].map(|part| report.number(&format!("reconnect/load/server/{part}_seconds")));
    let [user, system] = cpu;
    Ok(Run {
        seconds: report.number("reconnect/seconds")?,
        caught_up: report.number("reconnect/caught_up")?,
        cpu_seconds: user? + system?,
        lost: report.number("check/lost")?,
    })
}
