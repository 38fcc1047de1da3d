//! Measures the client beside others, over loopback, and prints the tables that the bars are judged by. See the README beside
//! `Cargo.toml` for the method and the options.

mod cases;
mod client;
mod engines;
mod sink;
mod wire;
mod writer;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use client::Errand;
use engines::Which;
use lexopt::{Arg, Parser, ValueExt as _};
pub use tidings_benches::Error;
use tidings_benches::{
    report::{self, Effort, Measured},
    system,
};

const USAGE: &str = "\
Compares the tidings client with other clients of event streams, over loopback.

Usage: tidings-bench-clients [options]

  --reps N       repetitions of each measurement, interleaved (default 5; five times as many for latency, 3 at most for memory)
  --case SUBSTR  only cases whose name contains SUBSTR: firehose-16k, firehose-1k, firehose-events, latency, memory, tail
  --quick        one tiny repetition: checks that everything works, the figures mean nothing
  --json PATH    where the results go (default target/bench/client.json of the repository)
  --tidings PATH the command `tidings`, for tail
  --help         this text";

/// What the command line asks for, and where everything runs.
pub struct Options {
    quick: bool,
    reps: usize,
    case: Option<String>,
    json: PathBuf,
    tidings: Option<PathBuf>,
    /// The core of the server. All else has the others.
    writers_core: usize,
    all_cores: Vec<usize>,
}

impl Options {
    /// The command `tidings`.
    fn tidings(&self) -> Result<&Path, Error> {
        self.tidings.as_deref().ok_or_else(|| "--tidings is missing".into())
    }
}

/// The two programs that this is.
enum Program {
    Compare(Options),
    /// What the other starts.
    Client(Which, Errand, String),
    Help,
}

impl Program {
    fn parse() -> Result<Self, lexopt::Error> {
        let mut options = Options {
            quick: false,
            reps: 5,
            case: None,
            json: concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/bench/client.json").into(),
            tidings: None,
            writers_core: 0,
            all_cores: Vec::new(),
        };
        let mut parser = Parser::from_env();
        while let Some(arg) = parser.next()? {
            match arg {
                Arg::Long("quick") => options.quick = true,
                Arg::Long("reps") => options.reps = parser.value()?.parse()?,
                Arg::Long("case") => options.case = Some(parser.value()?.parse()?),
                Arg::Long("json") => options.json = parser.value()?.into(),
                Arg::Long("tidings") => options.tidings = Some(parser.value()?.into()),
                Arg::Long("help") | Arg::Short('h') => return Ok(Self::Help),
                Arg::Value(word) if word == "client" => {
                    let which = parser.value()?.parse_with(|name| Which::named(name).ok_or("no such client"))?;
                    let name: String = parser.value()?.parse()?;
                    let number = parser.value()?.parse()?;
                    let errand = Errand::named(&name, number).ok_or("no such errand")?;
                    return Ok(Self::Client(which, errand, parser.value()?.parse()?));
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
        Ok(Program::Compare(options)) => compare(options),
        Ok(Program::Client(which, errand, url)) => client::run(which, errand, &url),
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

fn compare(mut options: Options) -> Result<(), Error> {
    system::open_all_files()?;
    options.all_cores = system::cores()?;
    let Some((core, others @ [_, ..])) = options.all_cores.split_last() else {
        return Err("this needs two cores".into());
    };
    options.writers_core = *core;
    system::run_on(others)?;
    let wanted = |name: &str| options.case.as_deref().is_none_or(|part| name.contains(part));
    let mut measured = Vec::new();
    for case in cases::ALL.iter().filter(|case| wanted(case.name)) {
        eprintln!("{}", case.name);
        let outcome = (case.measure)(&options).map_err(|error| format!("{}: {error}", case.name))?;
        measured.push(Measured { name: case.name, about: case.about, outcome });
    }
    let effort = Effort { quick: options.quick, reps: options.reps };
    report::print(&measured, effort);
    report::write_json(&measured, effort, &options.json)?;
    eprintln!("wrote {}", options.json.display());
    Ok(())
}
