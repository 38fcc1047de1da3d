//! What line ends and NULs in any field of any adapter can do: nothing.

#![forbid(unsafe_code)]

use http::Version;
use tidings_codec::OwnedItem;
use tidings_e2e::{
    client::{self, Response},
    server::{Adapter, Server},
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_e2e-server");

/// Each is followed by fields that must not be read as such.
const BREAKS: [&str; 5] = ["\n", "\r", "\r\n", "\n\n", "\r\r"];
const INJECTED: &str = "event: injected\nid: injected\nretry: 666\ndata: injected\n\n";

async fn every_field(adapter: Adapter) {
    let server = Server::start(PROGRAM, adapter, &[]).await;
    for line_break in BREAKS {
        let text = format!("before{line_break}{INJECTED}");
        data(&server, &text).await;
        comments(&server, &text).await;
        last_event_id(&server, &text).await;
        for name in ["type", "id"] {
            nothing(&server, &[("data", "x"), (name, &text)]).await;
        }
    }
    data(&server, "a\0b").await;
    comments(&server, "a\0b").await;
    last_event_id(&server, "a\0b").await;
    nothing(&server, &[("data", "x"), ("id", "a\0b")]).await;
    header_that_is_not_utf8(&server).await;
}

/// All of the text is data of one event.
async fn data(server: &Server, text: &str) {
    let mut response = echo(server, &[("data", text)]).await;
    let Some(OwnedItem::Event(event)) = response.item().await else { panic!("no event for {text:?}") };
    assert_eq!(event.data(), text.replace("\r\n", "\n").replace('\r', "\n"));
    assert_eq!((event.event_type(), event.last_event_id()), ("message", ""));
    only_comments(response, "").await;
}

/// All of the text is comments, of a frame and of keep-alives.
async fn comments(server: &Server, text: &str) {
    only_comments(echo(server, &[("comment", text)]).await, text).await;
}

/// The last event ID that a client says it has, if it is sent back as the ID of an event.
async fn last_event_id(server: &Server, text: &str) {
    let mut response = echo(server, &[("data", "x"), ("lastEventId", text)]).await;
    let Some(OwnedItem::Event(event)) = response.item().await else { panic!("no event for {text:?}") };
    assert_eq!(event.last_event_id(), text.replace(['\r', '\n', '\0'], "\u{fffd}"));
    assert_eq!((event.event_type(), event.data()), ("message", "x"));
    only_comments(response, "").await;
}

/// A header may have any bytes but line ends and NULs.
async fn header_that_is_not_utf8(server: &Server) {
    let header = (http::HeaderName::from_static("last-event-id"), &b"a\xff\xc3\xbc\tb"[..]);
    let mut response = client::get(&server.url("/echo?data=x"), Version::HTTP_11, &[header]).await;
    response.begin().await;
    let event = response.event().await.expect("the stream does not end");
    assert_eq!((event.last_event_id(), event.data()), ("a\u{fffd}\u{fc}\tb", "x"));
}

/// What cannot be written ends the stream, and nothing of it is written.
async fn nothing(server: &Server, query: &[(&str, &str)]) {
    let mut response = echo(server, query).await;
    assert_eq!(response.item().await, None, "{query:?}");
    assert!(!response.is_cut(), "{query:?}");
}

/// What comes next are comments, which have the lines of this text, twice.
async fn only_comments(mut response: Response, text: &str) {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    for _ in 0..2 {
        for line in text.split('\n') {
            assert_eq!(response.item().await, Some(OwnedItem::Comment(line.to_owned())));
        }
    }
}

/// Asks for an echo, and reads up to where it begins.
async fn echo(server: &Server, query: &[(&str, &str)]) -> Response {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    let mut response = client::get(&server.url(&format!("/echo?{query}")), Version::HTTP_11, &[]).await;
    response.begin().await;
    response
}

#[tokio::test]
async fn axum() {
    every_field(Adapter::Axum).await;
}

#[tokio::test]
async fn actix() {
    every_field(Adapter::Actix).await;
}

#[tokio::test]
async fn warp() {
    every_field(Adapter::Warp).await;
}
