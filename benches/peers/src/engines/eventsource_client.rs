//! `eventsource-client`: its parser is private, so the whole client runs, on a transport whose response is the feed.
//!
//! The connection is made once in a run; the rest is the parser and one state machine step per chunk.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use eventsource_client::{Client as _, ClientBuilder, Error as ClientError, ReconnectOptions, SSE};
use futures_util::TryStreamExt as _;
use launchdarkly_sdk_transport::{ByteStream, HttpTransport, ResponseFuture, TransportError};

use super::{Engine, Tally, drain};
use crate::feed::Feed;
use crate::measure::Error;

pub const ENGINE: Engine = Engine::peer("eventsource-client 0.18.0", run);

/// Answers the first request with the feed.
#[derive(Clone)]
struct Transport(Arc<Mutex<Option<Feed>>>);

impl HttpTransport for Transport {
    fn request(&self, _: http::Request<Option<Bytes>>) -> ResponseFuture {
        let feed = self.0.lock().ok().and_then(|mut feed| feed.take());
        Box::pin(async move {
            let feed = feed.ok_or_else(|| TransportError::new(std::io::Error::other("asked twice")))?;
            let body: ByteStream = Box::pin(feed.map_err(|never| match never {}));
            Ok(http::Response::new(body))
        })
    }
}

fn run(feed: Feed) -> Result<Tally, Error> {
    let client = ClientBuilder::for_url("http://localhost/")?
        .reconnect(ReconnectOptions::reconnect(false).build())
        .build_with_transport(Transport(Arc::new(Mutex::new(Some(feed)))));
    let mut tally = Tally::default();
    drain(client.stream(), |item| {
        match item {
            Ok(SSE::Event(event)) => tally.add(&event, &event.data),
            // This is how it reports the end of the stream.
            Ok(_) | Err(ClientError::Eof) => {}
            Err(error) => return Err(error.to_string().into()),
        }
        Ok(())
    })?;
    Ok(tally)
}
