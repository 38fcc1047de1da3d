//! The events of one response, or why there are none.

#![cfg(feature = "driver")]
#![allow(clippy::unwrap_used)]

mod common;

use std::time::Duration;

use common::done;
use futures_util::StreamExt as _;
use reqwest::Response;
use tidings_client::{DecoderOptions, ErrorKind, EventId, EventsError, client_builder, events, events_with};
use tidings_testkit::Server;

async fn get(server: &Server) -> Response {
    client_builder().unwrap().build().unwrap().get(server.url("/")).send().await.unwrap()
}

#[tokio::test]
async fn events_of_a_response() {
    let server = Server::start(|_, mut exchange| {
        exchange.head(200, &[("content-type", "text/event-stream; charset=utf-8")]);
        for chunk in ["\u{feff}id: 1\nda", "ta: a\n\n", "event: x\ndata: b\n\ndata: c"] {
            exchange.send(chunk);
        }
    });
    let mut events = events(get(&server).await).await.unwrap();
    let mut seen = Vec::new();
    while let Some(event) = events.next().await {
        let event = event.unwrap();
        seen.push((event.event_type().to_owned(), event.data().to_owned()));
    }
    assert_eq!(seen, [("message".into(), "a".into()), ("x".into(), "b".into())]);
    assert_eq!(events.last_event_id(), "1");
    assert_eq!(server.requests().len(), 1, "there is no reconnection");
}

#[tokio::test]
async fn what_was_complete_comes_before_the_error() {
    let server = Server::start(|_, mut exchange| {
        exchange.head(200, &[("content-type", "text/event-stream"), ("content-length", "1000")]);
        exchange.send("data: a\n\ndata: b\n");
    });
    let mut events = events(get(&server).await).await.unwrap();
    assert_eq!(events.next().await.unwrap().unwrap().data(), "a");
    let Some(Err(EventsError::Body(error))) = events.next().await else { panic!("it was cut") };
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert!(!error.will_retry());
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn options_of_the_decoder() {
    let server = Server::start(|_, exchange| exchange.respond_with_events("data: a\n\ndata: 12345678901\n\n"));
    let options = DecoderOptions::new().max_event_bytes(10).last_event_id(EventId::from_static("7"));
    let mut events = events_with(get(&server).await, options).await.unwrap();
    assert_eq!(events.next().await.unwrap().unwrap().last_event_id(), "7");
    assert!(matches!(events.next().await, Some(Err(EventsError::Decode(_)))));
}

#[tokio::test]
async fn the_error_has_what_the_api_says() {
    let json = [("content-type", "application/json"), ("x-request-id", "42")];
    let server = Server::start(move |_, exchange| exchange.respond(429, &json, "{\"error\":\"slow down\"}"));
    let error = events(get(&server).await).await.unwrap_err();
    assert_eq!((error.kind(), error.status().unwrap().as_u16()), (ErrorKind::Status, 429));
    assert_eq!(error.to_string(), "the status is 429");
    assert_eq!(error.body().unwrap(), "{\"error\":\"slow down\"}");
    assert_eq!(error.head().unwrap().headers["x-request-id"], "42");
}

#[tokio::test]
async fn a_page_is_no_event_stream() {
    let server = Server::start(|_, exchange| exchange.respond(200, &[("content-type", "text/html")], "<p>Log in"));
    let error = events(get(&server).await).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ContentType);
    assert_eq!(error.to_string(), "the content type is \"text/html\", not text/event-stream");
    assert_eq!(error.body().unwrap(), "<p>Log in");
}

#[tokio::test]
async fn of_a_body_without_end_only_the_beginning_is_kept() {
    let server = Server::start(|_, mut exchange| {
        // In pieces that do not add up to the limit.
        exchange.head(500, &[("transfer-encoding", "chunked")]);
        let piece = format!("2711\r\n{}\r\n", "x".repeat(10_001));
        while exchange.send(&piece) {}
    });
    let error = events(get(&server).await).await.unwrap_err();
    assert_eq!(error.body().unwrap().len(), 64 * 1024);
    done(server).await; // it is let go of: else it would send for ever
}

#[tokio::test]
async fn of_a_body_that_stalls_what_came_is_kept() {
    let server = Server::start(|_, mut exchange| {
        exchange.head(500, &[]);
        exchange.send("so");
        exchange.until_closed();
    });
    let response = get(&server).await;
    let error = tokio::time::timeout(Duration::from_secs(15), events(response)).await.unwrap().unwrap_err();
    assert_eq!(error.body().unwrap(), "so");
    done(server).await;
}
