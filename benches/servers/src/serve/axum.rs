//! axum.

use std::{convert::Infallible, net::TcpListener};

use axum::{
    Router,
    body::Body,
    extract::Path,
    http::header::CONTENT_TYPE,
    response::sse::{Event, KeepAlive, Sse},
    routing::get,
};
use futures_util::StreamExt as _;
use tidings_axum::{EventStream, Listener};

use super::{encoded, runtime};
use crate::{Error, kind::Writer, source::Scenario};

/// Serves.
pub fn serve(writer: Writer, scenario: Scenario, listener: TcpListener) -> Result<(), Error> {
    let route = match writer {
        Writer::Bare => get(move |Path(count): Path<u64>| async move {
            ([(CONTENT_TYPE, "text/event-stream")], Body::from_stream(encoded::bare(scenario, count)))
        }),
        Writer::Peer => get(move |Path(count): Path<u64>| async move {
            let events = scenario.source(count).map(|text| Ok::<_, Infallible>(Event::default().data(text)));
            Sse::new(events).keep_alive(KeepAlive::default())
        }),
        Writer::Tidings => get(move |Path(count): Path<u64>| async move {
            EventStream::new(encoded::events(scenario, count)) //
        }),
    };
    let router = Router::new().route("/{count}", route);
    runtime()?.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        match writer {
            Writer::Tidings => axum::serve(Listener::new(listener)?, router).await?,
            Writer::Bare | Writer::Peer => axum::serve(listener, router).await?,
        }
        Ok(())
    })
}
