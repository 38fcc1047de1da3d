//! The client against servers that others have written, each with what is most used for it. Each is killed once and started again:
//! every event comes once, and in order.

#![forbid(unsafe_code)]

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use futures_util::StreamExt as _;
use http::Version;
use tidings_client::{
    EventSource, Item,
    machine::{Options, TRANSIENT_STATUSES},
};
use tidings_e2e::{nginx, port, process::installed, program::Program, wait};
use tokio::sync::oneshot;

/// The servers, and what they need, which `cargo xtask e2e` installs in this folder.
const SERVERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/foreign");
const INSTALLED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/foreign");

/// How many events are read, and after which of them the server is killed.
const EVENTS: u64 = 400;
const KILLED_AFTER: u64 = 150;
/// How long it is gone. The client tries to connect in the meantime.
const DOWN: Duration = Duration::from_millis(300);

fn script(name: &str) -> String {
    format!("{SERVERS}/{name}")
}

/// Something that `cargo xtask e2e` has installed for these tests.
fn ours(path: &str) -> PathBuf {
    let path = Path::new(INSTALLED).join(path);
    assert!(path.exists(), "{} is missing; `cargo xtask e2e` installs it, or says how", path.display());
    path
}

async fn php() -> Program {
    let port = port::free();
    let arguments = vec!["-S".to_owned(), format!("127.0.0.1:{port}"), script("feed.php")];
    Program::start(installed("php"), arguments, port).await
}

async fn node(name: &str) -> Program {
    let port = port::free();
    let modules = format!("NODE_PATH={}", ours("node_modules").display());
    let arguments = vec![modules, "node".to_owned(), script(name), port.to_string()];
    Program::start(installed("env"), arguments, port).await
}

async fn starlette() -> Program {
    let port = port::free();
    let arguments = vec![script("starlette_feed.py"), port.to_string()];
    Program::start(ours("venv/bin/python"), arguments, port).await
}

/// What most servers send as the data of an event.
fn two_lines(number: u64) -> String {
    format!("{number}\nzwölf")
}

fn json(number: u64) -> String {
    format!("\"{number}\\nzwölf\"")
}

/// Reads from the server, directly or through a proxy at this URL, while it is killed and started again.
async fn every_event_comes_once(mut server: Program, url: &str, data: fn(u64) -> String) {
    let options = Options::new().reconnection_time(Duration::ZERO).max_backoff(Duration::ZERO);
    let options = options.retry_statuses(TRANSIENT_STATUSES);
    let mut source = EventSource::builder(url).options(options).build().expect("the URL is one");
    let (half, killed) = oneshot::channel();
    let kill = async {
        killed.await.expect("the reader goes on");
        server.kill_and_restart(DOWN).await;
    };
    let (reconnections, ()) = tokio::join!(read(&mut source, data, half), kill);
    // Once because it was killed, and then for as long as it was gone.
    assert!(reconnections > 1, "{reconnections} reconnections");
}

/// Reads all events, and says when it has so many that the server is to be killed. Returns how often it had to reconnect.
async fn read(source: &mut EventSource, data: fn(u64) -> String, half: oneshot::Sender<()>) -> usize {
    let mut half = Some(half);
    let mut reconnections = 0;
    let mut number = 0;
    while number < EVENTS {
        match wait::within("the next item", source.next()).await {
            Some(Ok(Item::Event(event))) => {
                number += 1;
                assert_eq!(event.last_event_id(), number.to_string());
                assert_eq!(event.data(), data(number));
            }
            Some(Ok(Item::Reconnecting { .. })) => reconnections += 1,
            Some(Ok(_)) => {}
            other => panic!("after {number} events: {other:?}"),
        }
        if number == KILLED_AFTER
            && let Some(half) = half.take()
        {
            half.send(()).expect("it is waited for");
        }
    }
    reconnections
}

#[tokio::test]
#[ignore = "needs PHP: cargo xtask e2e"]
async fn php_with_echo_and_flush() {
    let server = php().await;
    let url = server.url("/");
    every_event_comes_once(server, &url, two_lines).await;
}

#[tokio::test]
#[ignore = "needs Node and koa: cargo xtask e2e"]
async fn koa_with_a_pass_through() {
    let server = node("koa.cjs").await;
    let url = server.url("/");
    every_event_comes_once(server, &url, two_lines).await;
}

#[tokio::test]
#[ignore = "needs Node and better-sse: cargo xtask e2e"]
async fn better_sse() {
    let server = node("better-sse.cjs").await;
    let url = server.url("/");
    every_event_comes_once(server, &url, json).await;
}

#[tokio::test]
#[ignore = "needs Python and sse-starlette: cargo xtask e2e"]
async fn sse_starlette() {
    let server = starlette().await;
    let url = server.url("/");
    every_event_comes_once(server, &url, two_lines).await;
}

/// While the server is gone, nginx answers with a 502.
#[tokio::test]
#[ignore = "needs nginx, Python and sse-starlette: cargo xtask e2e"]
async fn sse_starlette_behind_nginx() {
    let server = starlette().await;
    let proxy = nginx::start(server.port(), "").await;
    every_event_comes_once(server, &proxy.url(Version::HTTP_11, "/"), two_lines).await;
}
