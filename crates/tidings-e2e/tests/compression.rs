//! Whether events come one by one, also behind the middleware that compresses responses.

#![forbid(unsafe_code)]

use std::io::Write as _;

use bytes::Bytes;
use flate2::write::GzDecoder;
use http::{Version, header};
use tidings_codec::{BytesDecoder, OwnedItem};
use tidings_e2e::{
    client,
    server::{Adapter, Server},
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_e2e-server");

/// The server sends an event only when the one before it can be read. Returns whether the events were compressed.
async fn each_event_before_the_next(adapter: Adapter) -> bool {
    let server = Server::start(PROGRAM, adapter, &["--compress"]).await;
    let accept = [(header::ACCEPT_ENCODING, &b"gzip"[..])];
    let mut response = client::get(&server.url("/step"), Version::HTTP_11, &accept).await;
    let compressed = match response.header(header::CONTENT_ENCODING) {
        "" | "identity" => false,
        "gzip" => true,
        other => panic!("a coding that was not asked for: {other:?}"),
    };
    let mut gzip = GzDecoder::new(Vec::new());
    let mut decoder = BytesDecoder::new();
    for number in 1..=5 {
        server.next().await;
        let event = loop {
            if let Some(item) = decoder.next() {
                let OwnedItem::Event(event) = item.expect("no event is that large") else { continue };
                break event;
            }
            let mut chunk = response.chunk().await.expect("the stream does not end");
            if compressed {
                gzip.write_all(&chunk).expect("it is gzip");
                gzip.flush().expect("it is gzip");
                chunk = Bytes::from(std::mem::take(gzip.get_mut()));
            }
            decoder.push(chunk);
        };
        assert_eq!(event.data(), number.to_string());
    }
    compressed
}

#[tokio::test]
async fn axum() {
    let compressed = each_event_before_the_next(Adapter::Axum).await;
    assert!(!compressed, "by default tower-http leaves event streams alone");
}

#[tokio::test]
async fn actix() {
    let compressed = each_event_before_the_next(Adapter::Actix).await;
    assert!(!compressed, "actix-web leaves alone what says that it is encoded");
}

#[tokio::test]
async fn warp() {
    let compressed = each_event_before_the_next(Adapter::Warp).await;
    assert!(compressed, "warp compresses whatever it is told to");
}
