//! Measures `tidings-codec` and its peers on the same bytes, in one process, by CPU time, and prints the table that
//! the codec's bars are judged by. See the README beside `Cargo.toml` for the method and the options.

mod alloc;
mod decode;
mod encode;
mod encoders;
mod engines;
mod feed;
mod limits;
mod linear;
mod measure;
mod report;

use std::path::PathBuf;
use std::process::ExitCode;

use lexopt::{Arg, Parser, ValueExt as _};
use tidings_benches::{corpora, reference};

#[global_allocator]
static ALLOCATOR: alloc::Counting = alloc::Counting;

const USAGE: &str = "\
Compares the tidings codec with other codecs of event streams.

Usage: tidings-bench-peers [options]

  --cold         decode streams of 64 MiB too, which no cache holds
  --reps N       timed repetitions of each engine, interleaved (default 7)
  --case SUBSTR  only cases whose name contains SUBSTR, such as llm@16384, encode/named, linear
  --quick        one short repetition: checks every engine's results, times mean nothing
  --json PATH    where the results go (default target/bench/codec.json of the repository)
  --help         this text";

/// What the command line asks for.
pub struct Options {
    cold: bool,
    quick: bool,
    reps: usize,
    case: Option<String>,
    json: PathBuf,
}

impl Options {
    /// Whether the case of this name was asked for.
    pub fn wants(&self, name: &str) -> bool {
        self.case.as_deref().is_none_or(|part| name.contains(part))
    }

    fn parse() -> Result<Option<Self>, lexopt::Error> {
        let mut options = Self {
            cold: false,
            quick: false,
            reps: 7,
            case: None,
            json: concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/bench/codec.json").into(),
        };
        let mut parser = Parser::from_env();
        while let Some(arg) = parser.next()? {
            match arg {
                Arg::Long("cold") => options.cold = true,
                Arg::Long("quick") => options.quick = true,
                Arg::Long("reps") => options.reps = parser.value()?.parse()?,
                Arg::Long("case") => options.case = Some(parser.value()?.parse()?),
                Arg::Long("json") => options.json = parser.value()?.into(),
                Arg::Long("help") | Arg::Short('h') => return Ok(None),
                _ => return Err(arg.unexpected()),
            }
        }
        if options.reps == 0 {
            return Err("--reps must be at least 1".into());
        }
        if options.quick {
            options.reps = 1;
        }
        Ok(Some(options))
    }
}

fn main() -> ExitCode {
    let options = match Options::parse() {
        Ok(Some(options)) => options,
        Ok(None) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("error: {error}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), measure::Error> {
    alloc::keep_memory();
    let mut results = report::Results::default();
    // Encoding first: allocation is a large part of it, and a heap that nobody has used yet is the same every time.
    for corpus in encode::CORPORA {
        if options.wants(&encode::name(corpus)) {
            results.encode.push(encode::measure(corpus, options)?);
        }
    }
    for case in decode::CASES.iter().filter(|case| options.wants(&case.name())) {
        results.hot.push(decode::measure(case, decode::Variant::Hot, options)?);
    }
    for probe in linear::PROBES.iter().filter(|probe| options.wants(probe.name)) {
        results.linear.push(linear::measure(probe, options)?);
    }
    if options.cold {
        for case in decode::CASES.iter().filter(|case| options.wants(&case.name())) {
            results.cold.push(decode::measure(case, decode::Variant::Cold, options)?);
        }
    }
    report::print(&results, options);
    report::write_json(&results, options)?;
    eprintln!("wrote {}", options.json.display());
    Ok(())
}
