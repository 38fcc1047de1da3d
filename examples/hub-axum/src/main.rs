//! `cargo run -p example-hub-axum`
//!
//! Then open <http://127.0.0.1:3000> in two windows, set a price in one of them, stop the server with Ctrl-C, and start it again. Or
//! set one from elsewhere: `curl -d name=gold -d price=4012.5 http://127.0.0.1:3000/prices`.

#![forbid(unsafe_code)]

use std::{io, time::Duration};

use axum::{
    Form, Router,
    extract::{DefaultBodyLimit, State},
    http::StatusCode,
    response::{Html, IntoResponse},
    routing::get,
};
use example_common::{BOARD_PAGE, Board, Price, address, until_stopped};
use tidings_axum::{EventStream, LastEventId, Listener, Options, Shutdown};
use tidings_hub::{Hub, Start, Topics};
use tokio::net::TcpListener;

#[derive(Clone)]
struct Server {
    hub: Hub,
    board: Board,
    topics: Topics,
    options: Options,
}

#[tokio::main]
async fn main() -> io::Result<()> {
    // So few that missing some is easily tried.
    let hub = Hub::builder().keep_events(100).build().map_err(io::Error::other)?;
    let board = Board::new(&hub);
    let topics = Topics::parse(["prices/*"]).map_err(io::Error::other)?;

    let shutdown = Shutdown::new();
    let options = Options::builder().reconnection_time(Duration::from_secs(1)).shutdown(&shutdown);
    let options = options.build().map_err(io::Error::other)?;
    let app = Router::new()
        .route("/", get(async || Html(BOARD_PAGE)))
        .route("/prices", get(state).post(set))
        .route("/feed", get(feed))
        .layer(DefaultBodyLimit::max(4096))
        .with_state(Server { hub, board, topics, options });

    let listener = TcpListener::bind(address()).await?;
    println!("http://{}", listener.local_addr()?);

    let stop = async move {
        until_stopped().await.expect("this system has signals");
        // The open streams end at different moments, and their clients come back at different moments.
        shutdown.drain(Duration::from_millis(500));
    };
    axum::serve(Listener::new(listener)?, app).with_graceful_shutdown(stop).await
}

async fn state(State(server): State<Server>) -> impl IntoResponse {
    ([("content-type", "application/json")], server.board.state())
}

async fn set(State(server): State<Server>, Form(price): Form<Price>) -> Result<String, (StatusCode, String)> {
    let id = server.board.set(&price).map_err(|refused| (StatusCode::BAD_REQUEST, refused.to_string()))?;
    Ok(id.to_string())
}

/// A client that comes back goes on after its last event, and hears of a gap if it has missed any that are not kept.
async fn feed(State(server): State<Server>, last: LastEventId) -> impl IntoResponse {
    let start = Start::after_or(last.as_str(), Start::Live);
    EventStream(server.options.body(server.hub.subscribe(&server.topics, &start)))
}
