//! `cargo run -p example-axum`
//!
//! Then open <http://127.0.0.1:3000>, stop the server with Ctrl-C, and start it again.

#![forbid(unsafe_code)]

use std::{io, time::Duration};

use axum::{Router, extract::State, response::Html, response::IntoResponse, routing::get};
use example_common::{Feed, PAGE, address, until_stopped};
use tidings_axum::{EventStream, LastEventId, Listener, Options, Shutdown};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> io::Result<()> {
    let shutdown = Shutdown::new();
    let options = Options::builder().reconnection_time(Duration::from_secs(1)).shutdown(&shutdown);
    let options = options.build().map_err(io::Error::other)?;
    let app = Router::new()
        .route("/", get(async || Html(PAGE)))
        .route("/feed", get(events))
        .with_state((Feed::start(), options));

    let listener = TcpListener::bind(address()).await?;
    println!("http://{}", listener.local_addr()?);

    let stop = async move {
        until_stopped().await.expect("this system has signals");
        // The open streams end at different moments, and their clients come back at different moments.
        shutdown.drain(Duration::from_millis(500));
    };
    axum::serve(Listener::new(listener)?, app).with_graceful_shutdown(stop).await
}

async fn events(State((feed, options)): State<(Feed, Options)>, last: LastEventId) -> impl IntoResponse {
    EventStream(options.body(feed.events(&last)))
}
