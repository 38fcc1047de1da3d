//! `tidings bench`: load for anybody's event streams, and what comes of it.

mod crowd;
mod fault;
mod interrupt;
mod ledger;
mod member;
mod note;
mod pace;
mod progress;
mod publisher;
mod reader;
mod report;
mod response;
mod room;
mod run;
mod stalled;
mod system;
mod target;
mod window;

use std::{
    io::{self, Write as _},
    time::Duration,
};

use clap::{ArgGroup, Args, value_parser};

use crate::failure::{Failure, wrong};

const EXAMPLES: &str = r#"Examples:
  $ tidings serve --listen 127.0.0.1:7777 &
  $ hub=http://127.0.0.1:7777/.well-known/mercure

  Listens with 100 subscribers for ten seconds:
  $ tidings bench "$hub?match=*"

  Publishes as fast as 1,000 subscribers get it, one event at a time, and then 64 at a time:
  $ tidings bench "$hub?match=*" --subscribers 1000 --publish $hub
  $ tidings bench "$hub?match=*" --subscribers 1000 --publish $hub --outstanding 64

  Cuts 5,000 subscribers at once, publishes 20 events, and lets them all come back, while publishing goes on:
  $ tidings bench "$hub?match=*" --subscribers 5000 --publish $hub --rate 50 --reconnect

  What the server takes for 10,000 subscribers, and what it does to them that 20 others never read:
  $ tidings bench "$hub?match=*" --subscribers 10000 --pid $! --idle 5
  $ tidings bench "$hub?match=*" --stalled 20 --publish $hub --rate 200 --size 4096 --duration 60

Events are told apart by what their data begins with, `<number> <unix-nanoseconds>`: so the publisher writes it, and so your server can.
Without it events are counted, and IDs that end with a number have to rise. docs/bench.md says what is measured, and how.

The exit status is 0 if all is well, 1 if anything was lost, doubled, out of order, refused or cut off, 2 if the arguments are wrong."#;

/// Puts load on a server of event streams: many subscribers, each of which checks that it gets every event once and in order.
#[derive(Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
#[command(after_help = EXAMPLES, group = ArgGroup::new("how-much").args(["duration", "events"]))]
pub(crate) struct Arguments {
    /// The event stream to subscribe to, over http
    url: String,

    /// How many subscribers
    #[arg(short = 'n', long, value_name = "N", default_value_t = 100, value_parser = value_parser!(u32).range(..=1_000_000))]
    subscribers: u32,

    /// For how long events are published or listened for, in seconds
    #[arg(short, long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    duration: Duration,

    /// Publish so many events, however long that takes
    #[arg(long, value_name = "N", requires = "publish")]
    events: Option<u64>,

    /// Publish events too: by POST of a form with `topic` and `data` to this URL
    #[arg(long, value_name = "URL", help_heading = PUBLISHING)]
    publish: Option<String>,

    /// The topic of the events
    #[arg(long, value_name = "TOPIC", default_value = "bench", requires = "publish", help_heading = PUBLISHING)]
    topic: String,

    /// Publish an event when no more than N - 1 others are still on their way to any subscriber [default: 1, or 100000 at a rate]
    #[arg(long, value_name = "N", requires = "publish", value_parser = value_parser!(u32).range(1..), help_heading = PUBLISHING)]
    outstanding: Option<u32>,

    /// Publish so many events a second
    #[arg(long, value_name = "N", requires = "publish", value_parser = rate, help_heading = PUBLISHING)]
    rate: Option<f64>,

    /// Bytes of data of an event; less than what numbers it are not possible
    #[arg(long, value_name = "BYTES", default_value_t = 100, requires = "publish", value_parser = value_parser!(u32).range(..=64 * 1024 * 1024), help_heading = PUBLISHING)]
    size: u32,

    /// What the publisher sends as `Authorization: Bearer`
    #[arg(long, value_name = "KEY", requires = "publish", help_heading = PUBLISHING)]
    publish_key: Option<String>,

    /// Afterwards cut all connections at once, and let them come back with their last event IDs
    #[arg(long, help_heading = MORE_LOAD)]
    reconnect: bool,

    /// How many events are published while all are away
    #[arg(long, value_name = "N", default_value_t = 20, requires_all = ["reconnect", "publish"], help_heading = MORE_LOAD)]
    missed: u32,

    /// How long all stay away, in seconds [default: 1 if the server publishes by itself, else as long as the events take]
    #[arg(long, value_name = "SECONDS", requires = "reconnect", value_parser = seconds, help_heading = MORE_LOAD)]
    away: Option<Duration>,

    /// A shell command that is run while all are away, before anything is published: one that restarts the server, say. It ends when the
    /// server is ready
    #[arg(long, value_name = "COMMAND", requires = "reconnect", help_heading = MORE_LOAD)]
    while_away: Option<String>,

    /// So many more subscribers that never read
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = value_parser!(u32).range(..=100_000), help_heading = MORE_LOAD)]
    stalled: u32,

    /// How many connections may wait for their answer at once
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = value_parser!(u32).range(1..), help_heading = MORE_LOAD)]
    at_once: u32,

    /// How long the subscribers are idle before anything is published, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "0", value_parser = seconds, help_heading = MORE_LOAD)]
    idle: Duration,

    /// A header for all requests, such as 'authorization: Bearer …'; can be given several times
    #[arg(long, value_name = "HEADER", value_parser = target::Header::parse)]
    header: Vec<target::Header>,

    /// How long an answer may take, and how long nothing may come while events are on their way, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    timeout: Duration,

    /// The server's process: its memory and CPU time are measured too. Linux only
    #[arg(long, value_name = "PID")]
    pid: Option<u32>,

    /// Stay on this CPU, so that the server has the others. Linux only
    #[arg(long, value_name = "N")]
    cpu: Option<usize>,

    /// Do not sleep while anything is on its way, so that the server spends no time on waking this program. For a CPU of its own
    #[arg(long)]
    spin: bool,

    /// Put load on another machine than this one. Do that to your own only
    #[arg(long)]
    allow_remote: bool,

    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

const PUBLISHING: &str = "Publishing";
const MORE_LOAD: &str = "Other kinds of load";

/// Runs a benchmark, and prints what came of it.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let target = |url| target::Target::new(url, arguments.allow_remote).unwrap_or_else(|error| wrong(&error));
    let subscribe = target(&arguments.url);
    let publish = arguments.publish.as_deref().map(target);
    let files = u64::from(arguments.subscribers) + u64::from(arguments.stalled) + OTHER_FILES;
    let prepared = system::raise_file_limit(files).and_then(|()| arguments.cpu.map_or(Ok(()), system::pin));
    prepared.map_err(Failure::Bench)?;
    if let Some(pid) = arguments.pid {
        let used = system::usage(Some(pid));
        used.map_err(|error| Failure::Bench(format!("--pid: cannot see what process {pid} uses: {error}")))?;
    }
    let report = run::run(arguments, subscribe, publish).map_err(Failure::Bench)?;
    let text = if arguments.json { report.json() } else { report.to_string() };
    io::stdout().write_all(text.as_bytes()).map_err(Failure::Output)?;
    report.problem().map_or(Ok(()), |problem| Err(Failure::Bench(problem)))
}

/// Files that are open besides connections.
const OTHER_FILES: u64 = 32;

/// Reads a time in seconds, up to a day.
fn seconds(text: &str) -> Result<Duration, String> {
    const LONGEST: f64 = 86_400.0;
    let seconds = text.parse().ok().filter(|seconds| (0.0..=LONGEST).contains(seconds));
    seconds.map(Duration::from_secs_f64).ok_or_else(|| "not a number of seconds from 0 to 86400".to_owned())
}

/// Reads a number of events a second.
fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|rate| (0.001..=1e8).contains(rate));
    rate.ok_or_else(|| "not a number of events a second, from 0.001 to 100000000".to_owned())
}
