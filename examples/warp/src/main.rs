//! `cargo run -p example-warp`
//!
//! Then open <http://127.0.0.1:3000>, stop the server with Ctrl-C, and start it again.

#![forbid(unsafe_code)]

use std::{io, time::Duration};

use example_common::{Feed, PAGE, address, until_stopped};
use tidings_warp::{EventStream, LastEventId, Options, Shutdown, last_event_id, socket::SocketOptions};
use tokio::net::TcpListener;
use warp::{Filter as _, reply};

#[tokio::main]
async fn main() -> io::Result<()> {
    let shutdown = Shutdown::new();
    let options = Options::builder().reconnection_time(Duration::from_secs(1)).shutdown(&shutdown);
    let options = options.build().map_err(io::Error::other)?;
    let feed = Feed::start();
    let page = warp::path::end().map(|| reply::html(PAGE));
    let events = warp::path!("feed").and(last_event_id());
    let events = events.map(move |last: LastEventId| EventStream(options.body(feed.events(&last))));

    let listener = TcpListener::bind(address()).await?;
    SocketOptions::new().set_on(&listener)?;
    println!("http://{}", listener.local_addr()?);

    let stop = async move {
        until_stopped().await.expect("this system has signals");
        // The open streams end at different moments, and their clients come back at different moments.
        shutdown.drain(Duration::from_millis(500));
    };
    warp::serve(warp::get().and(page.or(events))).incoming(listener).graceful(stop).run().await;
    Ok(())
}
