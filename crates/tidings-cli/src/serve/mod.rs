//! `tidings serve`: a hub for anything that speaks HTTP, and a page that shows it at work.

mod access;
mod api;
mod app;
mod body;
mod form;
mod listen;
mod metrics;
mod page;
mod refusal;
mod selectors;
mod vitals;

use std::{net::SocketAddr, thread, time::Duration};

use clap::{Args, builder::NonEmptyStringValueParser};
use tidings_http::{OptionsBuilder, Shutdown};
use tidings_hub::{Hub, HubBuilder};
use tokio::runtime::Builder;

use crate::failure::{Failure, wrong};

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
    /// After how many seconds without an event a comment is sent.
    #[arg(long, value_name = "SECONDS", default_value_t = OptionsBuilder::DEFAULT_KEEP_ALIVE.as_secs())]
    keep_alive: u64,
    /// How long clients wait before they come back, in milliseconds.
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 1000)]
    retry: u64,
    /// Over how many seconds clients are sent away when it ends.
    #[arg(long, value_name = "SECONDS", default_value_t = 1)]
    drain: u64,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    if !arguments.listen.ip().is_loopback() && arguments.publish_key.is_none() {
        wrong("to listen beyond this machine, say with --publish-key who may publish");
    }
    let log = tracing_subscriber::fmt().with_writer(std::io::stderr).with_target(false);
    log.compact().init();
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
    let access = access::Access { publish_key: arguments.publish_key.clone(), origins: arguments.cors_origin.clone() };
    let app = app::App::new(hub, options, shutdown, access, arguments.max_event_bytes, reconnection_time);
    tokio::spawn(vitals::publish(app.clone()));
    listen::listen(app, arguments.listen, Duration::from_secs(arguments.drain)).await
}
