//! `cargo run -p example-hub-actix`
//!
//! Then open <http://127.0.0.1:3000> in two windows, set a price in one of them, stop the server with Ctrl-C, and start it again. Or
//! set one from elsewhere: `curl -d name=gold -d price=4012.5 http://127.0.0.1:3000/prices`.

#![forbid(unsafe_code)]

use std::{io, net::TcpListener, time::Duration};

use actix_web::{
    App, HttpResponse, HttpServer, Responder, get, http::header::ContentType, main, post, web::Data, web::Form,
    web::FormConfig, web::Html,
};
use example_common::{BOARD_PAGE, Board, Price, address, until_stopped};
use tidings_actix::{EventStream, LastEventId, Options, Shutdown, socket::SocketOptions};
use tidings_hub::{Hub, Start, Topics};

struct Server {
    hub: Hub,
    board: Board,
    topics: Topics,
    options: Options,
}

#[main]
async fn main() -> io::Result<()> {
    // So few that missing some is easily tried.
    let hub = Hub::builder().keep_events(100).build().map_err(io::Error::other)?;
    let board = Board::new(&hub);
    let topics = Topics::parse(["prices/*"]).map_err(io::Error::other)?;

    let shutdown = Shutdown::new();
    let options = Options::builder().reconnection_time(Duration::from_secs(1)).shutdown(&shutdown);
    let options = options.build().map_err(io::Error::other)?;
    // One for all workers: the closure runs once for each.
    let server = Data::new(Server { hub, board, topics, options });
    let app = move || {
        let limit = FormConfig::default().limit(4096);
        App::new().app_data(server.clone()).app_data(limit).service(page).service(state).service(set).service(feed)
    };

    let listener = TcpListener::bind(address())?;
    SocketOptions::new().set_on(&listener)?;
    println!("http://{}", listener.local_addr()?);

    let stop = async move {
        until_stopped().await.expect("this system has signals");
        // The open streams end at different moments, and their clients come back at different moments.
        shutdown.drain(Duration::from_millis(500));
    };
    let server = HttpServer::new(app).listen(listener)?.shutdown_signal(stop);
    // A client that closes its connection is gone. Otherwise actix-web finds out with the next write.
    server.h1_allow_half_closed(false).run().await
}

#[get("/")]
async fn page() -> Html {
    Html::new(BOARD_PAGE)
}

#[get("/prices")]
async fn state(server: Data<Server>) -> HttpResponse {
    HttpResponse::Ok().content_type(ContentType::json()).body(server.board.state())
}

#[post("/prices")]
async fn set(server: Data<Server>, price: Form<Price>) -> HttpResponse {
    match server.board.set(&price) {
        Ok(id) => HttpResponse::Ok().body(id.to_string()),
        Err(refused) => HttpResponse::BadRequest().body(refused.to_string()),
    }
}

/// A client that comes back goes on after its last event, and hears of a gap if it has missed any that are not kept.
#[get("/feed")]
async fn feed(server: Data<Server>, last: LastEventId) -> impl Responder {
    let start = Start::after_or(last.as_str(), Start::Live);
    EventStream(server.options.body(server.hub.subscribe(&server.topics, &start)))
}
