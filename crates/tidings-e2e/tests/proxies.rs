//! Whether the event streams of each adapter come through proxies as they are by default, with HTTP/1.1 and HTTP/2 clients.

#![forbid(unsafe_code)]

use std::time::{Duration, Instant};

use http::{Version, header};
use tidings_codec::OwnedItem;
use tidings_e2e::{
    Proxy, client, haproxy, nginx,
    server::{Adapter, Server},
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_e2e-server");
const VERSIONS: [Version; 2] = [Version::HTTP_11, Version::HTTP_2];

async fn through_nginx(adapter: Adapter) {
    let server = Server::start(PROGRAM, adapter, &[]).await;
    let proxy = nginx::start(server.port(), "").await;
    keep_alives(&server, &proxy).await;
    each_event_before_the_next(&server, &proxy).await;
    gone_at_once(&server, &proxy).await;
}

async fn through_haproxy(adapter: Adapter) {
    let server = Server::start(PROGRAM, adapter, &[]).await;
    let proxy = haproxy::start(server.port(), "").await;
    keep_alives(&server, &proxy).await;
    each_event_before_the_next(&server, &proxy).await;

    // By default it goes on until it cannot write any more: only keep-alives tell.
    let server = Server::start(PROGRAM, adapter, &[]).await;
    let proxy = haproxy::start(server.port(), "option abortonclose").await;
    gone_at_once(&server, &proxy).await;
}

/// Keep-alives come through, and with them the server finds out that the client has gone.
async fn keep_alives(server: &Server, proxy: &Proxy) {
    for version in VERSIONS {
        let mut response = client::get(&proxy.url(version, "/quiet"), version, &[]).await;
        response.begin().await;
        for _ in 0..3 {
            assert_eq!(response.item().await, Some(OwnedItem::Comment(String::new())));
        }
        assert_eq!(server.open_streams().await, 1);
        drop(response);
        server.has_open_streams(0).await;
    }
}

/// The server sends an event only when the one before it has come through.
async fn each_event_before_the_next(server: &Server, proxy: &Proxy) {
    for version in VERSIONS {
        let mut response = client::get(&proxy.url(version, "/step"), version, &[]).await;
        assert_eq!(response.header(header::CONTENT_TYPE), "text/event-stream");
        assert_eq!(response.header(header::CACHE_CONTROL), "no-cache, no-transform");
        for _ in 0..5 {
            server.next().await;
            let event = response.event().await.expect("the stream does not end");
            assert_eq!(event.data(), event.last_event_id());
        }
    }
}

/// When the client goes, the server knows it long before the next keep-alive.
async fn gone_at_once(server: &Server, proxy: &Proxy) {
    for version in VERSIONS {
        let response = client::get(&proxy.url(version, "/step"), version, &[]).await;
        server.has_open_streams(1).await;
        let start = Instant::now();
        drop(response);
        server.has_open_streams(0).await;
        let time = start.elapsed();
        assert!(time < Duration::from_secs(10), "it took {time:?} ({version:?})");
    }
}

/// The tests of one adapter.
macro_rules! tests {
    ($($module:ident: $adapter:ident;)*) => {$(
        mod $module {
            use tidings_e2e::server::Adapter;

            #[tokio::test]
            #[ignore = "needs nginx: cargo xtask e2e"]
            async fn through_nginx() {
                super::through_nginx(Adapter::$adapter).await;
            }

            #[tokio::test]
            #[ignore = "needs HAProxy: cargo xtask e2e"]
            async fn through_haproxy() {
                super::through_haproxy(Adapter::$adapter).await;
            }
        }
    )*};
}

tests! {
    axum: Axum;
    actix: Actix;
    warp: Warp;
}
