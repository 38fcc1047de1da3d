//! `tidings serve`: a hub for anything that speaks HTTP, and a page that shows it at work.

mod access;
mod api;
mod app;
mod body;
mod connection;
mod form;
mod key;
mod listen;
mod metrics;
mod page;
mod publish;
mod refusal;
mod seldom;
mod selectors;
mod subscribe;
mod vitals;

use std::{net::SocketAddr, thread, time::Duration};

use clap::{Args, ValueEnum, builder::NonEmptyStringValueParser, value_parser};
use tidings_http::{OptionsBuilder, Shutdown, socket::SocketOptions};
use tidings_hub::{Hub, HubBuilder};
use tokio::runtime::Builder;
use tracing_subscriber::filter::LevelFilter;

use crate::{
    failure::{Failure, wrong},
    files,
};

/// Starts a hub: publish by POST, subscribe with `EventSource`, and watch it live at `/`.
///
/// It speaks the Mercure protocol at `/.well-known/mercure`, and has `/healthz` and `/metrics`. It keeps everything in memory.
/// Ctrl-C ends it; clients are told when to come back.
#[derive(Args)]
pub(super) struct Arguments {
    /// Where to listen. Beyond this machine only with --publish-key.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:3000")]
    listen: SocketAddr,
    /// What publishers must send as `Authorization: Bearer`.
    #[arg(long, value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    publish_key: Option<String>,
    /// An origin whose pages may publish and subscribe; can be given several times.
    #[arg(long, value_name = "ORIGIN", value_parser = access::Origin::parse)]
    cors_origin: Vec<access::Origin>,
    /// A name by which the hub may be called; can be given several times. Where it listens on this machine only, or with this option,
    /// other names are refused, except for localhost and the hosts of --cors-origin.
    #[arg(long, value_name = "NAME", value_parser = access::Host::parse)]
    host: Vec<access::Host>,
    /// How many events are kept for those who come back.
    #[arg(long, value_name = "N", default_value_t = HubBuilder::DEFAULT_EVENTS)]
    keep_events: usize,
    /// How many bytes of events are kept.
    #[arg(long, value_name = "N", default_value_t = HubBuilder::DEFAULT_BYTES)]
    keep_bytes: usize,
    /// How long events are kept at most [default: no limit].
    #[arg(long, value_name = "SECONDS")]
    keep_for: Option<u64>,
    /// The largest event, in bytes.
    #[arg(long, value_name = "N", default_value_t = HubBuilder::DEFAULT_EVENT_BYTES)]
    max_event_bytes: usize,
    /// What becomes of a client that reads more slowly than events are kept: it gets a gap and goes on, or its stream ends.
    #[arg(long, value_name = "POLICY", value_enum, default_value_t = SlowPolicy::Gap)]
    slow_policy: SlowPolicy,
    /// After how many seconds a client is gone that has vanished, or reads nothing of what is sent (on Linux).
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = value_parser!(u32).range(1..=86_400))]
    client_timeout: u32,
    /// After how many seconds without an event a comment is sent.
    #[arg(long, value_name = "SECONDS", default_value_t = OptionsBuilder::DEFAULT_KEEP_ALIVE.as_secs())]
    keep_alive: u64,
    /// How long clients wait before they come back, in milliseconds.
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 1000)]
    retry: u64,
    /// Over how many seconds clients are sent away when it ends.
    #[arg(long, value_name = "SECONDS", default_value_t = 1)]
    drain: u64,
    /// Publish nothing of this machine and the hub. The page has no charts then.
    #[arg(long)]
    no_vitals: bool,
    /// What is told on standard error, from this level on.
    #[arg(long, value_name = "LEVEL", value_enum, default_value_t = Level::Info)]
    log: Level,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum SlowPolicy {
    Gap,
    Disconnect,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Level {
    Off,
    Error,
    Warn,
    Info,
    Debug,
}

impl From<Level> for LevelFilter {
    fn from(level: Level) -> Self {
        match level {
            Level::Off => Self::OFF,
            Level::Error => Self::ERROR,
            Level::Warn => Self::WARN,
            Level::Info => Self::INFO,
            Level::Debug => Self::DEBUG,
        }
    }
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    if !arguments.listen.ip().is_loopback() && arguments.publish_key.is_none() {
        wrong("to listen beyond this machine, say with --publish-key who may publish");
    }
    let log = tracing_subscriber::fmt().with_writer(std::io::stderr).with_target(false);
    log.compact().with_max_level(LevelFilter::from(arguments.log)).init();
    if let Err(error) = files::raise_limit() {
        tracing::warn!("cannot raise the limit of open files: {error}");
    }
    // With one core there is nothing to share, and this flavour takes less of it for each event.
    let is_alone = thread::available_parallelism().is_ok_and(|cores| cores.get() == 1);
    let mut runtime = if is_alone { Builder::new_current_thread() } else { Builder::new_multi_thread() };
    let runtime = runtime.enable_all().build();
    let runtime = runtime.map_err(|error| Failure::Serve { what: "the runtime".to_owned(), error })?;
    runtime.block_on(serve(arguments))
}

async fn serve(arguments: &Arguments) -> Result<(), Failure> {
    let hub = Hub::builder()
        .keep_events(arguments.keep_events)
        .keep_bytes(arguments.keep_bytes)
        .keep_for(arguments.keep_for.map_or(Duration::MAX, Duration::from_secs))
        .max_event_bytes(arguments.max_event_bytes)
        .slow_policy(match arguments.slow_policy {
            SlowPolicy::Gap => tidings_hub::SlowPolicy::Gap,
            SlowPolicy::Disconnect => tidings_hub::SlowPolicy::Disconnect,
        })
        .build()
        .unwrap_or_else(|error| wrong(&error.to_string()));
    let shutdown = Shutdown::new();
    let reconnection_time = Duration::from_millis(arguments.retry);
    let options = tidings_http::Options::builder()
        .keep_alive(Duration::from_secs(arguments.keep_alive))
        .reconnection_time(reconnection_time)
        .shutdown(&shutdown)
        .build()
        .unwrap_or_else(|error| wrong(&error.to_string()));
    let access = access(arguments);
    let app = app::App::new(hub, options, shutdown, access, arguments.max_event_bytes, reconnection_time);
    if !arguments.no_vitals {
        tokio::spawn(vitals::publish(app.clone()));
    }
    let sockets = SocketOptions::new().user_timeout(Duration::from_secs(arguments.client_timeout.into()));
    listen::listen(app, arguments.listen, sockets, Duration::from_secs(arguments.drain)).await
}

fn access(arguments: &Arguments) -> access::Access {
    let origins = arguments.cors_origin.clone();
    // What listens beyond this machine may have any name.
    let checks_hosts = arguments.listen.ip().is_loopback() || !arguments.host.is_empty();
    let hosts = arguments.host.iter().cloned().chain(origins.iter().filter_map(access::Origin::host));
    let hosts = checks_hosts.then(|| hosts.collect());
    access::Access { publish_key: arguments.publish_key.clone(), origins, hosts }
}
