//! Measures the adapters beside what the frameworks have themselves, and the hub behind them beside what their users write, over
//! loopback, and prints the tables that the bars are judged by. See the README beside `Cargo.toml` for the method and the options.

mod alloc;
mod cases;
mod client;
mod figures;
mod hub;
mod kind;
mod serve;
mod server;
mod source;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use hub::Hub;
use kind::Served;
use lexopt::{Arg, Parser, ValueExt as _};
use source::Scenario;
pub use tidings_benches::Error;
use tidings_benches::{
    report::{self, Effort, Measured},
    runs, stats, system,
};

#[global_allocator]
static ALLOCATOR: alloc::Counting = alloc::Counting;

const USAGE: &str = "\
Compares the tidings adapters with the frameworks' own event streams, or the hub behind them with others, over loopback.

Usage: tidings-bench-servers [hub] [options]

  --reps N       repetitions of each measurement, interleaved (default 5; README: fewer where each takes minutes)
  --case SUBSTR  only cases whose name contains SUBSTR: ready, ticks, memory, keep-alive-spread, keep-alive-burst, stalled;
                 with hub: one-outstanding, 64-outstanding, rate, hub-memory, storm, storm-long-log, storm-restart, elsewhere, hub-stalled
  --quick        one tiny repetition: checks that everything works, the figures mean nothing
  --json PATH    where the results go (default target/bench/adapters.json or hub.json of the repository)
  --tidings PATH the command `tidings`, for hub
  --help         this text";

/// What the command line asks for.
pub struct Options {
    quick: bool,
    reps: usize,
    case: Option<String>,
    json: Option<PathBuf>,
    /// Which cases.
    hub: bool,
    tidings: Option<PathBuf>,
}

impl Options {
    /// The command `tidings`.
    fn tidings(&self) -> Result<&Path, Error> {
        self.tidings.as_deref().ok_or_else(|| "--tidings is missing".into())
    }

    /// Where the results go.
    fn json(&self) -> PathBuf {
        let bench = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/bench");
        let name = if self.hub { "hub.json" } else { "adapters.json" };
        self.json.clone().unwrap_or_else(|| Path::new(bench).join(name))
    }
}

/// The two programs that this is.
enum Program {
    Compare(Options),
    /// What the other starts.
    Serve(Served, Scenario, Vec<usize>),
    /// Likewise; with so many events from the start, in a log of so many bytes, and on this port.
    ServeHub(Hub, u64, usize, Option<u16>),
    Help,
}

impl Program {
    fn parse() -> Result<Self, lexopt::Error> {
        let mut options = Options { quick: false, reps: 5, case: None, json: None, hub: false, tidings: None };
        let mut parser = Parser::from_env();
        while let Some(arg) = parser.next()? {
            match arg {
                Arg::Long("quick") => options.quick = true,
                Arg::Long("reps") => options.reps = parser.value()?.parse()?,
                Arg::Long("case") => options.case = Some(parser.value()?.parse()?),
                Arg::Long("json") => options.json = Some(parser.value()?.into()),
                Arg::Long("tidings") => options.tidings = Some(parser.value()?.into()),
                Arg::Value(word) if word == "hub" => options.hub = true,
                Arg::Value(word) if word == "serve-hub" => {
                    let hub = parser.value()?.parse_with(|name| Hub::named(name).ok_or("no such server"))?;
                    let (prefilled, bytes) = (parser.value()?.parse()?, parser.value()?.parse()?);
                    let port = parser.optional_value().or_else(|| parser.value().ok());
                    return Ok(Self::ServeHub(hub, prefilled, bytes, port.map(|port| port.parse()).transpose()?));
                }
                Arg::Long("help") | Arg::Short('h') => return Ok(Self::Help),
                Arg::Value(word) if word == "serve" => {
                    let kind = parser.value()?.parse_with(|name| Served::named(name).ok_or("no such server"))?;
                    let scenario =
                        parser.value()?.parse_with(|name| Scenario::named(name).ok_or("no such scenario"))?;
                    let cores = parser.values()?.map(|core| core.parse()).collect::<Result<_, _>>()?;
                    return Ok(Self::Serve(kind, scenario, cores));
                }
                _ => return Err(arg.unexpected()),
            }
        }
        if options.reps == 0 {
            return Err("--reps must be at least 1".into());
        }
        if options.quick {
            options.reps = 1;
        }
        Ok(Self::Compare(options))
    }
}

fn main() -> ExitCode {
    let done = match Program::parse() {
        Ok(Program::Compare(options)) => compare(&options),
        Ok(Program::Serve(kind, scenario, cores)) => {
            system::run_on(&cores).and_then(|()| serve::serve(kind, scenario)) //
        }
        Ok(Program::ServeHub(hub, prefilled, bytes, port)) => hub::serve(hub, prefilled, bytes, port),
        Ok(Program::Help) => {
            println!("{USAGE}");
            Ok(())
        }
        Err(error) => {
            eprintln!("error: {error}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn compare(options: &Options) -> Result<(), Error> {
    system::open_all_files()?;
    server::keep_apart()?;
    let wanted = |name: &str| options.case.as_deref().is_none_or(|part| name.contains(part));
    let mut measured = Vec::new();
    let cases = if options.hub { hub::ALL } else { cases::ALL };
    for case in cases.iter().filter(|case| wanted(case.name)) {
        eprintln!("{}", case.name);
        let outcome = (case.measure)(options).map_err(|error| format!("{}: {error}", case.name))?;
        measured.push(Measured { name: case.name, about: case.about, outcome });
    }
    let effort = Effort { quick: options.quick, reps: options.reps };
    report::print(&measured, effort);
    report::write_json(&measured, effort, &options.json())?;
    eprintln!("wrote {}", options.json().display());
    Ok(())
}
