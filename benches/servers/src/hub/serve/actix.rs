//! actix-web, and actix-web-lab.

use std::{
    net::TcpListener,
    sync::{Arc, Mutex},
    time::Duration,
};

use actix_web::{
    App, HttpResponse, HttpServer,
    dev::HttpServiceFactory,
    rt::System,
    web::{self, Bytes, Data},
};
use actix_web_lab::sse;
use futures_util::future;
use tidings_actix::{EventStream, LastEventId, RESPONSE_HEADERS};
use tokio::sync::mpsc;

use super::feed::{Feed, Log, data, one_event};
use crate::Error;

/// Our hub.
pub fn tidings(log: Log, listener: TcpListener) -> Result<(), Error> {
    System::new().block_on(async {
        let feed = Data::new(Feed::new(log)?);
        let subscribe = async |feed: Data<Feed>, last: LastEventId| EventStream::new(feed.subscribe(last.as_str()));
        serve(listener, move || web::resource("/hub").get(subscribe).post(publish).app_data(feed.clone())).await
    })
}

async fn publish(feed: Data<Feed>, form: Bytes) -> HttpResponse {
    match feed.publish(&form) {
        Ok(id) => HttpResponse::Ok().body(id.to_string()),
        Err(error) => HttpResponse::BadRequest().body(error.to_string()),
    }
}

/// The clients' channels in a list, as actix-web's own example has it.
#[derive(Clone, Default)]
struct Clients(Arc<Mutex<Vec<mpsc::Sender<sse::Event>>>>);

/// A list of channels.
pub fn peer(listener: TcpListener) -> Result<(), Error> {
    System::new().block_on(async {
        let clients = Data::new(Clients::default());
        let subscribe = async |clients: Data<Clients>| {
            let (sender, receiver) = mpsc::channel(10);
            clients.0.lock().expect("nobody panics with it").push(sender);
            sse::Sse::from_infallible_receiver(receiver).with_keep_alive(Duration::from_secs(15))
        };
        let publish = async |clients: Data<Clients>, form: Bytes| {
            let event = sse::Event::Data(sse::Data::new(data(&form).into_owned()));
            let senders = clients.0.lock().expect("nobody panics with it").clone();
            let _ = future::join_all(senders.iter().map(|sender| sender.send(event.clone()))).await;
            clients.0.lock().expect("nobody panics with it").retain(|sender| !sender.is_closed());
            HttpResponse::Ok().finish()
        };
        let routes = move || web::resource("/hub").get(subscribe).post(publish).app_data(clients.clone());
        serve(listener, routes).await
    })
}

/// The program of our hub, with its headers, but subscribers get one event and nothing more.
pub fn bare(listener: TcpListener) -> Result<(), Error> {
    System::new().block_on(async {
        let feed = Data::new(Feed::new(Log::EMPTY)?);
        let subscribe = async || {
            let mut response = HttpResponse::Ok();
            for header in RESPONSE_HEADERS {
                response.insert_header(header);
            }
            response.streaming(one_event())
        };
        serve(listener, move || web::resource("/hub").get(subscribe).post(publish).app_data(feed.clone())).await
    })
}

async fn serve<R: HttpServiceFactory + 'static>(
    listener: TcpListener,
    routes: impl Fn() -> R + Clone + Send + 'static,
) -> Result<(), Error> {
    let app = move || App::new().service(routes());
    let server = HttpServer::new(app).workers(1).max_connections(50_000).backlog(4096).disable_signals();
    Ok(server.listen(listener)?.run().await?)
}
