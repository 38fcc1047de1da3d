//! `FEED_URL=http://127.0.0.1:3000/feed TOKEN_URL=http://127.0.0.1:3000/token cargo run -p example-feed`
//!
//! Follows the feed at `FEED_URL` with a token from `TOKEN_URL`, which answers with the token as text and is asked anew when the
//! feed no longer takes the one before. Without `TOKEN_URL` there is no token: the server `example-axum` wants none.
//!
//! The feed is read by a task of its own, which forwards the events to a channel; the main task does something with them.

#![forbid(unsafe_code)]

mod token;

use std::{env, error::Error, sync::Arc, time::Duration};

use futures_util::StreamExt as _;
use tidings_client::{
    EventSource, Item, OwnedEvent,
    machine::{Options, TRANSIENT_STATUSES},
};
use token::Tokens;
use tokio::sync::mpsc;

type BoxError = Box<dyn Error + Send + Sync>;

/// How many events may wait. When so many do, the feed is not read further, and in the end the server waits too.
const WAITING: usize = 16;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), BoxError> {
    let url = env::var("FEED_URL").map_err(|_| "set FEED_URL")?;
    let source = source(&url, env::var("TOKEN_URL").ok())?;
    let (events, mut received) = mpsc::channel(WAITING);
    let feed = tokio::spawn(forward(source, events));
    while let Some(event) = received.recv().await {
        println!("{} {}: {}", event.last_event_id(), event.event_type(), event.data());
    }
    // The channel is closed because the feed is at its end. This says why.
    feed.await?
}

fn source(url: &str, tokens: Option<String>) -> Result<EventSource, BoxError> {
    let client = tidings_client::client_builder()?.build()?;
    let options = Options::new()
        // 401 too, since the next attempt has another token; and a limit, in case that one is no better.
        .retry_statuses(TRANSIENT_STATUSES.into_iter().chain([401]))
        .max_failures(5)
        .reconnection_time(Duration::from_millis(500))
        .idle_timeout(Duration::from_secs(45));
    let mut builder = EventSource::builder(url).client(client.clone()).options(options);
    if let Some(url) = tokens {
        let tokens = Arc::new(Tokens::new(client, url));
        builder = builder.fresh_headers(move |attempt| {
            let tokens = Arc::clone(&tokens);
            async move { tokens.headers(attempt.status == Some(401)).await }
        });
    }
    Ok(builder.build()?)
}

/// Sends the events of a feed to a channel, for as long as there are any and somebody wants them.
async fn forward(mut source: EventSource, events: mpsc::Sender<OwnedEvent>) -> Result<(), BoxError> {
    loop {
        // Without this, a feed that is quiet would be followed for ever after the receiver is gone.
        let item = tokio::select! {
            item = source.next() => item,
            () = events.closed() => return Ok(()),
        };
        match item {
            Some(Ok(Item::Event(event))) => {
                if events.send(event).await.is_err() {
                    return Ok(());
                }
            }
            Some(Ok(Item::Reconnecting { delay, error })) => eprintln!("{error}; again in {delay:?}"),
            Some(Ok(_)) => {}
            Some(Err(error)) => return Err(error.into()),
            None => return Ok(()),
        }
    }
}
