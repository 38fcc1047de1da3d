//! `cargo run -p example-actix`
//!
//! Then open <http://127.0.0.1:3000>, stop the server with Ctrl-C, and start it again.

#![forbid(unsafe_code)]

use std::{io, net::TcpListener, time::Duration};

use actix_web::{App, HttpServer, Responder, get, main, web::Data, web::Html};
use example_common::{Feed, PAGE, address, until_stopped};
use tidings_actix::{EventStream, LastEventId, Options, Shutdown, socket::SocketOptions};

#[main]
async fn main() -> io::Result<()> {
    let shutdown = Shutdown::new();
    let options = Options::builder().reconnection_time(Duration::from_secs(1)).shutdown(&shutdown);
    let options = Data::new(options.build().map_err(io::Error::other)?);
    let feed = Data::new(Feed::start());
    let app = move || App::new().app_data(feed.clone()).app_data(options.clone()).service(page).service(events);

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
    Html::new(PAGE)
}

#[get("/feed")]
async fn events(feed: Data<Feed>, options: Data<Options>, last: LastEventId) -> impl Responder {
    EventStream(options.body(feed.events(&last)))
}
