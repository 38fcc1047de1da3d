//! axum.

use std::net::TcpListener;

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::sse::{Event, KeepAlive, Sse},
    routing::get,
};
use futures_util::StreamExt as _;
use tidings_axum::{EventStream, LastEventId};
use tokio::sync::broadcast;

use super::{
    feed::{Feed, data, one_event, received},
    runtime,
};
use crate::{Error, hub::kind::Flavour};

/// Our hub.
pub fn tidings(flavour: Flavour, prefilled: u64, listener: TcpListener) -> Result<(), Error> {
    serve(flavour, listener, move || {
        let subscribe =
            async |State(feed): State<Feed>, last: LastEventId| EventStream::new(feed.subscribe(last.as_str()));
        let publish = async |State(feed): State<Feed>, form: Bytes| match feed.publish(&form) {
            Ok(id) => (StatusCode::OK, id.to_string()),
            Err(error) => (StatusCode::BAD_REQUEST, error.to_string()),
        };
        Ok(Router::new().route("/hub", get(subscribe).post(publish)).with_state(Feed::new(prefilled)?))
    })
}

/// A broadcast channel, as axum's own example has it.
pub fn peer(listener: TcpListener) -> Result<(), Error> {
    serve(Flavour::Current, listener, || {
        let subscribe = async |State(sender): State<broadcast::Sender<String>>| {
            let events = received(sender.subscribe()).map(|data| data.map(|data| Event::default().data(data)));
            Sse::new(events).keep_alive(KeepAlive::default())
        };
        let publish = async |State(sender): State<broadcast::Sender<String>>, form: Bytes| {
            // Nobody may be there to receive it.
            let _ = sender.send(data(&form).into_owned());
        };
        Ok(Router::new().route("/hub", get(subscribe).post(publish)).with_state(broadcast::channel(1024).0))
    })
}

/// No hub.
pub fn bare(flavour: Flavour, listener: TcpListener) -> Result<(), Error> {
    serve(flavour, listener, || {
        let subscribe = async || ([(CONTENT_TYPE, "text/event-stream")], Body::from_stream(one_event()));
        Ok(Router::new().route("/hub", get(subscribe)))
    })
}

fn serve(
    flavour: Flavour,
    listener: TcpListener,
    router: impl FnOnce() -> Result<Router, Error> + Send + 'static,
) -> Result<(), Error> {
    let runtime = runtime(flavour)?;
    let served = async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        Ok::<_, Error>(axum::serve(listener, router()?).await?)
    };
    // In a task, because what `block_on` is given is no task of the runtime's own.
    runtime.block_on(async { tokio::spawn(served).await? })
}
