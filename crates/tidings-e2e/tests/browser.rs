//! What a browser makes of the event streams of each adapter: its own `EventSource`, on a page of another origin.

#![forbid(unsafe_code)]

use std::time::Duration;

use serde_json::{Value, json};
use tidings_e2e::{
    chromium::Chromium,
    page::Page,
    server::{Adapter, Server},
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_e2e-server");

/// Starts a server that lets a page read it, and the page. `path` is what the page calls `url`.
async fn start(adapter: Adapter, html: &'static str, path: &str, mut settings: Value) -> (Server, Page, Chromium) {
    let page = Page::serve(html).await;
    let server = Server::start(PROGRAM, adapter, &[&page.origin()]).await;
    settings["url"] = server.url(path).into();
    settings["login"] = server.url("/login").into();
    page.tell(settings);
    let browser = Chromium::open(&page.origin());
    (server, page, browser)
}

/// Default and named events, lines, text that is not ASCII, IDs, and after the end the reconnection time and the last event ID.
async fn kinds(adapter: Adapter) {
    let html = include_str!("../pages/kinds.html");
    let (_server, mut page, _browser) = start(adapter, html, "/kinds", json!({})).await;
    let report = page.report().await;
    let event = |kind: &str, data: &str, id: &str| json!({ "type": kind, "data": data, "lastEventId": id });
    let expected = json!([
        "open",
        event("message", "plain", ""),
        event("greeting", "two\nlines, and one that is empty:\n", ""),
        event("greeting", "grüß dich 🎉", ""),
        event("message", " : a space, a colon", ""),
        event("message", "", ""),
        event("message", "with an ID", "№ 7"),
        "reconnects",
        "open",
        event("back", "№ 7", "№ 7"),
    ]);
    assert_eq!(report["seen"], expected);
    // The server says 200 ms, and the page may hear of the end a little late; of itself the browser waits some seconds.
    let after = report["after"].as_f64().expect("it is a number");
    assert!((150.0..2000.0).contains(&after), "it came back after {after} ms");
}

/// `open` does not wait for an event, keep-alives are not seen, and `close()` frees the server's side.
async fn quiet(adapter: Adapter) {
    let html = include_str!("../pages/quiet.html");
    let (server, mut page, _browser) = start(adapter, html, "/quiet", json!({})).await;
    assert_eq!(page.report().await, "open");
    assert_eq!(server.open_streams().await, 1);
    tokio::time::sleep(Duration::from_millis(500)).await; // five keep-alives
    assert_eq!(server.open_streams().await, 1);
    page.tell("close");
    assert_eq!(page.report().await, json!(["open"]));
    server.has_open_streams(0).await;
}

/// A server that is killed twice in the middle of the stream: nothing is lost, and nothing seen twice.
async fn restarts(adapter: Adapter) {
    const COUNT: usize = 400;
    const BYTES: usize = 20_000;
    let path = format!("/feed?count={COUNT}&every=2&bytes={BYTES}");
    let settings = json!({ "count": COUNT, "bytes": BYTES, "milestones": [50, 200] });
    let html = include_str!("../pages/restarts.html");
    let (mut server, mut page, _browser) = start(adapter, html, &path, settings).await;
    // The second time it is still down when the browser comes back.
    for (milestone, down) in [(50, Duration::ZERO), (200, Duration::from_millis(500))] {
        assert_eq!(page.report().await, json!({ "milestone": milestone }));
        server.kill_and_restart(down).await;
    }
    let all: Vec<usize> = (1..=COUNT).collect();
    assert_eq!(page.report().await, json!({ "seen": all, "opened": 3 }));
}

/// The framework's own CORS middleware lets the browser send its cookie, and the page read the stream.
async fn private(adapter: Adapter) {
    let html = include_str!("../pages/private.html");
    let (server, mut page, _browser) = start(adapter, html, "/private", json!({})).await;
    let welcome = json!({ "data": "ada", "origin": server.url("") });
    let expected = json!({ "before": "failed", "without": "failed", "with": welcome });
    assert_eq!(page.report().await, expected);
}

/// The tests of one adapter.
macro_rules! tests {
    ($($module:ident: $adapter:ident;)*) => {$(
        mod $module {
            use tidings_e2e::server::Adapter;

            #[tokio::test]
            #[ignore = "needs Chromium: cargo xtask e2e"]
            async fn kinds() {
                super::kinds(Adapter::$adapter).await;
            }

            #[tokio::test]
            #[ignore = "needs Chromium: cargo xtask e2e"]
            async fn quiet() {
                super::quiet(Adapter::$adapter).await;
            }

            #[tokio::test]
            #[ignore = "needs Chromium: cargo xtask e2e"]
            async fn restarts() {
                super::restarts(Adapter::$adapter).await;
            }

            #[tokio::test]
            #[ignore = "needs Chromium: cargo xtask e2e"]
            async fn private() {
                super::private(Adapter::$adapter).await;
            }
        }
    )*};
}

tests! {
    axum: Axum;
    actix: Actix;
    warp: Warp;
}
