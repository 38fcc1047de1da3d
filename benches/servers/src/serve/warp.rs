//! warp.

use std::{convert::Infallible, net::TcpListener};

use futures_util::StreamExt as _;
use tidings_warp::EventStream;
use warp::{
    Filter as _,
    reply::{self, Reply as _, Response},
    sse::{self, Event},
};

use super::{encoded, runtime};
use crate::{Error, kind::Writer, source::Scenario};

/// Serves.
pub fn serve(writer: Writer, scenario: Scenario, listener: TcpListener) -> Result<(), Error> {
    let route = warp::path!(u64).map(move |count| -> Response {
        match writer {
            Writer::Bare => {
                let stream = reply::stream(encoded::bare(scenario, count));
                reply::with_header(stream, "content-type", "text/event-stream").into_response()
            }
            Writer::Peer => {
                let events = scenario.source(count).map(|text| Ok::<_, Infallible>(Event::default().data(text)));
                sse::reply(sse::keep_alive().stream(events)).into_response()
            }
            Writer::Tidings => EventStream::new(encoded::events(scenario, count)).into_response(),
        }
    });
    runtime()?.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        warp::serve(route).incoming(listener).run().await;
        Ok(())
    })
}
