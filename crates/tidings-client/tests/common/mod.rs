//! What the tests of the driver share. Not each of them needs all of it.

#![allow(dead_code)]

use std::time::Duration;

use futures_util::StreamExt as _;
use tidings_client::{Error, EventSource, EventSourceBuilder, Item, OwnedEvent, machine::Options};
use tidings_testkit::Server;
use tokio::time::timeout;

/// How long anything may take. It is never waited for when all goes well, so it is long.
const DEADLINE: Duration = Duration::from_secs(20);

/// As fast as may be.
pub(crate) fn fast() -> Options {
    Options::new().reconnection_time(Duration::ZERO).max_backoff(Duration::ZERO).jitter(0.0)
}

pub(crate) fn source(server: &Server) -> EventSourceBuilder {
    EventSource::builder(server.url("/")).options(fast())
}

/// The next item, which must come in time.
pub(crate) async fn next(source: &mut EventSource) -> Option<Result<Item, Error>> {
    timeout(DEADLINE, source.next()).await.expect("the next item comes in time")
}

/// The next event, with what lies between passed over.
pub(crate) async fn event(source: &mut EventSource) -> Option<Result<OwnedEvent, Error>> {
    timeout(DEADLINE, source.next_event()).await.expect("the next event comes in time")
}

/// Its data.
pub(crate) async fn data(source: &mut EventSource) -> String {
    let event = event(source).await.expect("there is an event").expect("there is no error");
    event.data().to_owned()
}

/// Waits until the scripts are at their end. They may wait for the client, which needs this thread to close its connection.
pub(crate) async fn done(server: Server) {
    tokio::task::spawn_blocking(|| drop(server)).await.expect("the scripts did what they should");
}

/// The error that the event source ends with, before any event.
pub(crate) async fn error(source: &mut EventSource) -> Error {
    let error = event(source).await.expect("it does not just end").expect_err("there is no event");
    assert!(!error.will_retry());
    assert!(next(source).await.is_none(), "an error is the end");
    error
}

/// What an error stands on, from the nearest to the last.
pub(crate) fn causes(error: &Error) -> Vec<&(dyn std::error::Error + 'static)> {
    let mut causes = Vec::new();
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        causes.push(cause);
        next = cause.source();
    }
    causes
}
