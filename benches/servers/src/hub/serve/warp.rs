//! warp.

use std::{future::Future, net::TcpListener};

use bytes::Bytes;
use futures_util::StreamExt as _;
use tidings_warp::{EventStream, LastEventId, RESPONSE_HEADERS};
use tokio::sync::broadcast;
use warp::{
    Filter, Rejection, Reply,
    http::StatusCode,
    reply,
    sse::{self, Event},
};

use super::{
    feed::{Feed, Log, data, one_event, received},
    runtime,
};
use crate::{Error, hub::kind::Flavour};

/// Our hub.
pub fn tidings(flavour: Flavour, log: Log, listener: TcpListener) -> Result<(), Error> {
    run(flavour, async move {
        let feed = Feed::new(log)?;
        let subscriber = feed.clone();
        let subscribe = tidings_warp::last_event_id()
            .map(move |last: LastEventId| EventStream::new(subscriber.subscribe(last.as_str())));
        serve(listener, warp::get().and(subscribe).or(publish(feed))).await
    })
}

/// A broadcast channel.
pub fn peer(listener: TcpListener) -> Result<(), Error> {
    run(Flavour::Current, async move {
        let sender = broadcast::channel(1024).0;
        let publisher = sender.clone();
        let subscribe = warp::get().map(move || {
            let events = received(sender.subscribe()).map(|data| data.map(|data| Event::default().data(data)));
            sse::reply(sse::keep_alive().stream(events))
        });
        let publish = warp::post().and(warp::body::bytes()).map(move |form: Bytes| {
            // Nobody may be there to receive it.
            let _ = publisher.send(data(&form).into_owned());
            StatusCode::OK
        });
        serve(listener, subscribe.or(publish)).await
    })
}

/// The program of our hub, with its headers, but subscribers get one event and nothing more.
pub fn bare(flavour: Flavour, listener: TcpListener) -> Result<(), Error> {
    run(flavour, async move {
        let feed = Feed::new(Log::EMPTY)?;
        let subscriber = feed.clone();
        let subscribe = tidings_warp::last_event_id().map(move |_: LastEventId| {
            let _ = &subscriber;
            let [one, two, three] = RESPONSE_HEADERS;
            let reply = reply::with_header(reply::stream(one_event()), one.0, one.1);
            reply::with_header(reply::with_header(reply, two.0, two.1), three.0, three.1)
        });
        serve(listener, warp::get().and(subscribe).or(publish(feed))).await
    })
}

fn publish(feed: Feed) -> impl Filter<Extract: Reply, Error = Rejection> + Clone + Send + Sync + 'static {
    warp::post().and(warp::body::bytes()).map(move |form: Bytes| match feed.publish(&form) {
        Ok(id) => reply::with_status(id.to_string(), StatusCode::OK),
        Err(error) => reply::with_status(error.to_string(), StatusCode::BAD_REQUEST),
    })
}

async fn serve<F>(listener: TcpListener, routes: F) -> Result<(), Error>
where
    F: Filter<Extract: Reply, Error = Rejection> + Clone + Send + Sync + 'static,
{
    warp::serve(routes).incoming(tokio::net::TcpListener::from_std(listener)?).run().await;
    Ok(())
}

fn run(flavour: Flavour, served: impl Future<Output = Result<(), Error>> + Send + 'static) -> Result<(), Error> {
    // In a task, because what `block_on` is given is no task of the runtime's own.
    runtime(flavour)?.block_on(async { tokio::spawn(served).await? })
}
