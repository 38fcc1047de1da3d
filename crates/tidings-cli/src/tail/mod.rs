//! `tidings tail`: the events of a server, for as long as it sends any.

mod follow;
mod output;
mod request;
mod stats;
mod stop;

use std::time::Duration;

use clap::{Args, ValueEnum};
use reqwest::{
    Method, Url,
    header::{HeaderName, HeaderValue},
};
use tidings_codec::DecoderOptions;
use tokio::{runtime, time::sleep};

use self::{
    follow::{End, Follower},
    output::{Format, Output},
    stop::Stop,
};
use crate::{decode::event_id, failure::Failure};

const EXAMPLES: &str = r#"Examples:
  $ tidings tail https://example.com/feed
  price #7 21.5

  $ tidings tail --json --event price --count 1 https://example.com/feed | jq -r .data
  21.5

  $ tidings tail --no-reconnect -H "Authorization: Bearer $KEY" --data @question.json https://example.com/v1/chat/completions

Like a browser's EventSource it reconnects when the connection ends, and goes on behind the last event ID; unlike it, also after
the statuses 408, 425, 429, 500, 502, 503 and 504. What happens to the connection is said on standard error.

Exit status:
  0  as asked for: --count or --timeout is reached, Ctrl-C or SIGTERM came, the reader of the output is gone, the server answered
     204, or with --no-reconnect the event stream ended
  1  the connection failed, an event is too large, or the output cannot be written
  2  the arguments are wrong
  3  it came to its end, --timeout or other, before there were as many events as --count says"#;

/// Follows the event stream of a server: prints its events, reconnects and resumes.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct Arguments {
    /// Where the event stream is. Without "https://" before it, it is taken for one of http
    #[arg(value_parser = crate::request::url)]
    url: Url,

    /// A header of the request; several times for several. None of them but Accept, Accept-Language, Content-Type and User-Agent
    /// follows a redirect to another origin
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE", value_parser = request::header)]
    headers: Vec<(HeaderName, HeaderValue)>,

    /// The method of the request; by default GET, with --data POST
    #[arg(long, value_parser = crate::request::method)]
    method: Option<Method>,

    /// The body of the request; @FILE for that of a file, "-" for standard input. Its type is application/json if it is JSON,
    /// else application/x-www-form-urlencoded, or what --header says
    #[arg(long, value_name = "TEXT")]
    data: Option<String>,

    /// The last event ID to begin with: that of an earlier connection
    #[arg(long, value_name = "ID", default_value = "", hide_default_value = true, value_parser = event_id)]
    last_event_id: String,

    /// Print JSON lines, as decode does: {"type":"…","data":"…","lastEventId":"…"}
    #[arg(long)]
    json: bool,

    /// Print comments too
    #[arg(long)]
    comments: bool,

    /// Print only events of this type; several times for several
    #[arg(long = "event", value_name = "TYPE")]
    types: Vec<String>,

    /// End after N events
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,

    /// End after so long
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    timeout: Option<Duration>,

    /// Reconnect if nothing comes for so long: a few times the interval of the server's keep-alives
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    idle_timeout: Option<Duration>,

    /// End with the connection
    #[arg(long)]
    no_reconnect: bool,

    /// Fail at an event that takes more than N bytes
    #[arg(long, value_name = "N", default_value_t = DecoderOptions::DEFAULT_MAX_EVENT_BYTES)]
    max_event_bytes: usize,

    /// Say at the end, on standard error, how many events came, how much data, how fast, and how often it reconnected
    #[arg(long)]
    stats: bool,

    /// When to use colours. By default on a terminal, unless the environment says otherwise (`NO_COLOR`)
    #[arg(long, value_name = "WHEN", default_value = "auto", hide_default_value = true)]
    color: Color,
}

/// When to use colours.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

/// Follows the event stream until there is a reason to end.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let source = request::source(arguments)?;
    let output = Output::new(Format::choose(arguments.json, arguments.color));
    let mut follower = Follower::new(source, output, &arguments.types, arguments.count);
    let stop = Stop::new().map_err(Failure::Runtime)?;
    // One thread: to hand each chunk to another costs more than it gains.
    let runtime = runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::Runtime)?;
    let result = runtime.block_on(follow(&mut follower, stop, arguments.timeout));
    let closed = follower.close();
    if arguments.stats {
        follower.report();
    }
    closed.and(follower.judge(result?))
}

async fn follow(follower: &mut Follower<'_>, stop: Stop, timeout: Option<Duration>) -> Result<End, Failure> {
    let timeout = async {
        match timeout {
            Some(timeout) => sleep(timeout).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        biased;
        () = stop.requested() => Ok(End::Stopped),
        () = timeout => Ok(End::Timeout),
        end = follower.run() => end,
    }
}

/// Reads the argument that is a time.
fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(time) if !time.is_zero() => Ok(time),
        _ => Err("not a number of seconds above 0".to_owned()),
    }
}
