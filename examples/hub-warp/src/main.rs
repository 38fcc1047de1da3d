//! `cargo run -p example-hub-warp`
//!
//! Then open <http://127.0.0.1:3000> in two windows, set a price in one of them, stop the server with Ctrl-C, and start it again. Or
//! set one from elsewhere: `curl -d name=gold -d price=4012.5 http://127.0.0.1:3000/prices`.

#![forbid(unsafe_code)]

use std::{io, time::Duration};

use example_common::{BOARD_PAGE, Board, Price, address, until_stopped};
use tidings_hub::{Hub, Start, Subscription, Topics};
use tidings_warp::{EventStream, LastEventId, Options, Shutdown, last_event_id, socket::SocketOptions};
use tokio::net::TcpListener;
use warp::{Filter, http::StatusCode, reply, reply::Reply};

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
    let routes = routes(Server { hub, board, topics, options });

    let listener = TcpListener::bind(address()).await?;
    SocketOptions::new().set_on(&listener)?;
    println!("http://{}", listener.local_addr()?);

    let stop = async move {
        until_stopped().await.expect("this system has signals");
        // The open streams end at different moments, and their clients come back at different moments.
        shutdown.drain(Duration::from_millis(500));
    };
    warp::serve(routes).incoming(listener).graceful(stop).run().await;
    Ok(())
}

fn routes(server: Server) -> impl Filter<Extract = impl Reply, Error = warp::Rejection> + Clone {
    let server = warp::any().map(move || server.clone());
    let page = warp::path::end().and(warp::get()).map(|| reply::html(BOARD_PAGE));
    let prices = warp::path!("prices").and(server.clone());
    let get = prices.clone().and(warp::get()).map(|server: Server| state(&server));
    let limit = warp::body::content_length_limit(4096);
    let post = prices.and(warp::post()).and(limit).and(warp::body::form());
    let post = post.map(|server: Server, price: Price| set(&server, &price));
    let events = warp::path!("feed").and(server).and(warp::get()).and(last_event_id());
    let events = events.map(|server: Server, last: LastEventId| feed(&server, &last));
    page.or(get).or(post).or(events)
}

fn state(server: &Server) -> impl Reply + use<> {
    reply::with_header(server.board.state(), "content-type", "application/json")
}

fn set(server: &Server, price: &Price) -> impl Reply + use<> {
    match server.board.set(price) {
        Ok(id) => reply::with_status(id.to_string(), StatusCode::OK),
        Err(refused) => reply::with_status(refused.to_string(), StatusCode::BAD_REQUEST),
    }
}

/// A client that comes back goes on after its last event, and hears of a gap if it has missed any that are not kept.
fn feed(server: &Server, last: &LastEventId) -> EventStream<Subscription> {
    let start = Start::after_or(last.as_str(), Start::Live);
    EventStream(server.options.body(server.hub.subscribe(&server.topics, &start)))
}
