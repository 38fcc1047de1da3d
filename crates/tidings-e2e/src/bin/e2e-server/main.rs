//! A server of event streams through one of the adapters: what the tests talk to, start, stop and kill.
//!
//! ```text
//! e2e-server axum|actix|warp PORT [ORIGIN OF PAGES] [--compress]
//! ```
//!
//! All adapters serve the same routes:
//!
//! | route | |
//! |---|---|
//! | `GET /feed?count=N&every=MS&bytes=B` | events numbered from 1, or from the one after the last event ID; stays open after N |
//! | `GET /kinds` | events of all kinds, then the end; to a client that comes back, its last event ID |
//! | `GET /quiet` | no event ever, a keep-alive every 100 ms |
//! | `GET /step`, `POST /next` | an event for each `POST` |
//! | `GET /echo?data=…&type=…&id=…&comment=…` | what the query says, in each field; without `id`, the last event ID |
//! | `POST /login`, `GET /private` | a cookie, and the name in it, with CORS by the framework's own middleware |
//! | `GET /open` | how many event streams are open, as text |
//!
//! SIGTERM stops it as it should be done: the streams end within [`DRAIN`], and then the process.

#![forbid(unsafe_code)]

mod query;
mod session;
mod settings;
mod streams;
mod with_actix;
mod with_axum;
mod with_warp;

use std::{future::Future, time::Duration};

use settings::{Adapter, Settings};
use streams::Streams;
use tokio::signal::unix::{SignalKind, signal};

/// In what time all streams end when the server stops. Less than a second, because actix-web looks only once a second whether
/// there is still work.
const DRAIN: Duration = Duration::from_millis(800);

fn main() {
    let settings = Settings::read();
    match settings.adapter {
        Adapter::Axum => runtime().block_on(with_axum::serve(settings, Streams::new())),
        Adapter::Warp => runtime().block_on(with_warp::serve(settings, Streams::new())),
        Adapter::Actix => actix_web::rt::System::new().block_on(with_actix::serve(settings, Streams::new())),
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("the system gives threads")
}

/// Waits for SIGTERM, and then begins to end the streams.
fn stop(streams: &Streams) -> impl Future<Output = ()> + Send + 'static {
    let mut terminated = signal(SignalKind::terminate()).expect("the signal can be caught");
    let shutdown = streams.shutdown().clone();
    async move {
        terminated.recv().await;
        shutdown.drain(DRAIN);
    }
}
