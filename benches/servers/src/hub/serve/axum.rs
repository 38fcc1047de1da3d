//! axum.

use std::net::TcpListener;

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::StatusCode,
    response::sse::{Event, KeepAlive, Sse},
    routing::{MethodRouter, get},
};
use futures_util::StreamExt as _;
use tidings_axum::{EventStream, LastEventId, Listener, RESPONSE_HEADERS};
use tokio::sync::broadcast;

use super::{
    feed::{Feed, Log, data, one_event, received},
    runtime,
};
use crate::{Error, hub::kind::Flavour};

/// Our hub.
pub fn tidings(flavour: Flavour, log: Log, listener: TcpListener) -> Result<(), Error> {
    run(flavour, async move {
        let subscribe =
            async |State(feed): State<Feed>, last: LastEventId| EventStream::new(feed.subscribe(last.as_str()));
        let listener = Listener::new(tokio::net::TcpListener::from_std(listener)?)?;
        Ok(axum::serve(listener, app(Feed::new(log)?, get(subscribe))).await?)
    })
}

/// A broadcast channel, as axum's own example has it.
pub fn peer(listener: TcpListener) -> Result<(), Error> {
    run(Flavour::Current, async move {
        let subscribe = async |State(sender): State<broadcast::Sender<String>>| {
            let events = received(sender.subscribe()).map(|data| data.map(|data| Event::default().data(data)));
            Sse::new(events).keep_alive(KeepAlive::default())
        };
        let publish = async |State(sender): State<broadcast::Sender<String>>, form: Bytes| {
            // Nobody may be there to receive it.
            let _ = sender.send(data(&form).into_owned());
        };
        let app = Router::new().route("/hub", get(subscribe).post(publish)).with_state(broadcast::channel(1024).0);
        Ok(axum::serve(tokio::net::TcpListener::from_std(listener)?, app).await?)
    })
}

/// The program of our hub, with its headers, but subscribers get one event and nothing more.
pub fn bare(flavour: Flavour, listener: TcpListener) -> Result<(), Error> {
    run(flavour, async move {
        let subscribe = async || (RESPONSE_HEADERS, Body::from_stream(one_event()));
        Ok(axum::serve(tokio::net::TcpListener::from_std(listener)?, app(Feed::new(Log::EMPTY)?, get(subscribe)))
            .await?)
    })
}

/// The routes of our hub.
fn app(feed: Feed, subscribe: MethodRouter<Feed>) -> Router {
    let publish = async |State(feed): State<Feed>, form: Bytes| match feed.publish(&form) {
        Ok(id) => (StatusCode::OK, id.to_string()),
        Err(error) => (StatusCode::BAD_REQUEST, error.to_string()),
    };
    Router::new().route("/hub", subscribe.post(publish)).with_state(feed)
}

fn run(flavour: Flavour, served: impl Future<Output = Result<(), Error>> + Send + 'static) -> Result<(), Error> {
    // In a task, because what `block_on` is given is no task of the runtime's own.
    runtime(flavour)?.block_on(async { tokio::spawn(served).await? })
}
