//! The command line: events as JSON lines.

use std::{
    fmt,
    fs::File,
    io::{Read as _, Seek as _},
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

use serde_json::json;
use tidings_benches::{runs::Runs, system};

use super::{Bar, Case, Limit, Outcome, Row};
use crate::{
    Error, Options,
    wire::{self, Cut},
    writer::{Script, Writer},
};

/// The case.
pub const CASE: Case = Case {
    name: "tail",
    about: "events as fast as they can be written, in chunks of 16 KiB, to a file of JSON lines; MiB of the event stream per second",
    measure,
};

/// Who prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Printer {
    Tail,
    Python,
}

/// What reads lines, and makes of them what `tidings tail --json` does.
const PYTHON: &str = r#"
import json, sys

dump = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
event, data, last_event_id = "", [], ""
for line in sys.stdin:
    line = line.rstrip("\n")
    if not line:
        if data:
            item = {"type": event or "message", "data": "\n".join(data), "lastEventId": last_event_id}
            sys.stdout.write(dump(item) + "\n")
        event, data = "", []
        continue
    field, _, value = line.partition(":")
    value = value.removeprefix(" ")
    if field == "data":
        data.append(value)
    elif field == "event":
        event = value
    elif field == "id":
        last_event_id = value
"#;

impl Printer {
    const ALL: [Self; 2] = [Self::Tail, Self::Python];

    const fn name(self) -> &'static str {
        match self {
            Self::Tail => "tidings tail --json",
            Self::Python => "curl -N | python3",
        }
    }

    /// How much it gets, in bytes.
    const fn sent(self) -> usize {
        match self {
            Self::Tail => 256 << 20,
            Self::Python => 64 << 20,
        }
    }

    /// Prints what is at a URL.
    fn print(self, tidings: &Path, url: &str, output: File) -> Result<(), Error> {
        let ended = match self {
            Self::Tail => {
                let arguments = ["tail", "--json", "--no-reconnect", url];
                Command::new(tidings).args(arguments).stdout(output).stderr(Stdio::null()).status()?
            }
            Self::Python => {
                let mut curl = Command::new("curl").args(["-sN", url]).stdout(Stdio::piped()).spawn()?;
                let lines = curl.stdout.take().expect("it is piped");
                let python = Command::new("python3").args(["-c", PYTHON]).stdin(lines).stdout(output).status();
                curl.wait()?;
                python?
            }
        };
        if ended.success() { Ok(()) } else { Err(format!("it ended with {ended}").into()) }
    }
}

impl fmt::Display for Printer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

fn measure(options: &Options) -> Result<Outcome, Error> {
    let tidings = options.tidings()?;
    let runs = Runs::interleaved(Printer::ALL, options.reps, |printer| run(printer, tidings, options))?;
    let speed = |printer: Printer| runs.samples(printer, |run| *run);
    let over = |printer: Printer| speed(printer).over(&speed(Printer::Python));
    let bars = vec![
        Bar {
            what: format!("{}, MiB/s", Printer::Tail),
            figure: speed(Printer::Tail).median(),
            limit: Limit::AtLeast(300.0),
        },
        Bar {
            what: format!("{} ÷ {}", Printer::Tail, Printer::Python),
            figure: over(Printer::Tail),
            limit: Limit::AtLeast(5.0),
        },
    ];
    let rows = runs.kinds().map(|printer| Row {
        name: printer.name(),
        cells: vec![
            format!("{:.0}", speed(printer).median()),
            format!("{:.0}", speed(printer)),
            format!("{:.2}", over(printer)),
        ],
        json: json!({ "mib_per_s": speed(printer).json() }),
    });
    Ok(Outcome { bars, columns: vec!["MiB/s", "min–max", "÷ Python"], rows: rows.collect() })
}

fn run(printer: Printer, tidings: &Path, options: &Options) -> Result<f64, Error> {
    let stream = wire::corpus().wire.len();
    let passes = if options.quick { 2 } else { printer.sent() / stream };
    let writer = Writer::start(Script::Firehose(Cut::Bytes(16 * 1024), passes), options.writers_core)?;
    let mut output = system::memory_file()?;
    // Two programs have all cores, and the writer one of them: it has little to do when they are slow.
    let own = system::cores()?;
    if printer == Printer::Python {
        system::run_on(&options.all_cores)?;
    }
    let done = printer.print(tidings, &writer.url(), output.try_clone()?);
    let end = Instant::now();
    system::run_on(&own)?;
    done?;
    let start = writer.last_asked().ok_or("nobody asked for the event stream")?;
    output.rewind()?;
    check(output, passes)?;
    Ok((stream * passes) as f64 / f64::from(1 << 20) / (end - start).as_secs_f64())
}

/// Compares all that was printed with what it has to be.
fn check(mut output: File, passes: usize) -> Result<(), Error> {
    let line = |data| {
        let data = serde_json::to_string(&data)?;
        Ok::<_, Error>(format!("{{\"type\":\"message\",\"data\":{data},\"lastEventId\":\"\"}}\n"))
    };
    let expected: String = wire::data().map(line).collect::<Result<_, _>>()?;
    let mut printed = vec![0; expected.len()];
    for pass in 0..passes {
        output.read_exact(&mut printed)?;
        if printed != expected.as_bytes() {
            return Err(format!("what was printed in pass {pass} is wrong").into());
        }
    }
    if output.read(&mut printed)? == 0 { Ok(()) } else { Err("more was printed than there are events".into()) }
}
