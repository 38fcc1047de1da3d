//! An endpoint that has nothing wrong: `tidings serve`. And a user who has seen enough.

use std::{
    process::{Child, Command},
    sync::mpsc,
};

use tidings_e2e::hub::{Hub, PATH};
use tidings_testkit::Server;
use tokio::task::spawn_blocking;

use crate::{
    common::{Run, run, spawn},
    support::{HEADERS, codes, report},
};

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_tidings");
const ORIGIN: &str = "https://example.com";

/// Runs it while the server is driven by this runtime.
pub(crate) async fn check(url: String, more: &[&str]) -> Run {
    let arguments: Vec<String> = ["check", &url].iter().chain(more).map(|&argument| argument.to_owned()).collect();
    spawn_blocking(move || run(&arguments, b"")).await.expect("it does not panic")
}

#[tokio::test]
async fn a_hub_is_clean() {
    let hub = Hub::start(PROGRAM, &["--cors-origin", ORIGIN, "--keep-alive", "1"]).await;
    let url = hub.url(&format!("{PATH}?match=tidings/vitals"));
    let json = check(url.clone(), &["--origin", ORIGIN, "--time", "4", "--json"]).await;
    let report = report(&json);
    assert_eq!((json.status, report["verdict"].as_str()), (Some(0), Some("clean")), "{report:#}");
    assert_eq!(Vec::from_iter(codes(&report, &["error", "warning", "hint"])), ["http1"], "{report:#}");
    let seen = &report["seen"];
    assert!(seen["stream"]["with_id"].as_u64() >= Some(3), "{report:#}");
    // The hub kept what came after that event: at least one.
    assert!(seen["resumed"]["expected"].as_array().is_some_and(|ids| !ids.is_empty()), "{report:#}");
    assert_eq!(seen["preflight"]["status"], 200);
    assert!(seen["arrival"]["vitals_after_ms"].is_array(), "{report:#}");

    let text = check(url, &["--origin", ORIGIN, "--time", "2", "--allow", "http1"]).await;
    assert_eq!((text.status, &*text.stderr), (Some(0), ""), "{text:?}");
    assert!(text.stdout.ends_with("\n\nclean: 0 errors, 0 warnings, 0 hints\n"), "{text:?}");
}

#[tokio::test]
async fn a_quiet_topic_with_keep_alives_is_clean() {
    let hub = Hub::start(PROGRAM, &["--keep-alive", "1"]).await;
    let json = check(hub.url(&format!("{PATH}?match=quiet")), &["--time", "4", "--json"]).await;
    let report = report(&json);
    assert_eq!(Vec::from_iter(codes(&report, &["error", "warning", "hint"])), ["http1"], "{report:#}");
    assert!(report["seen"]["stream"]["comments"].as_u64() >= Some(2), "{report:#}");
}

/// It comes while the client waits for what its coming back leads to.
#[test]
fn ctrl_c_tells_what_was_seen_so_far() {
    let (came_back, wait) = mpsc::channel();
    let server = Server::start(move |number, mut exchange| {
        if number > 0 {
            came_back.send(()).expect("the test waits");
            return exchange.until_closed();
        }
        exchange.head(200, &HEADERS);
        exchange.send("retry: 3000\n\nid: 1\ndata: a\n\n\u{FEFF}data: b\n\n");
    });
    let child = spawn(&["check", &server.url("/"), "--time", "600", "--json"]);
    wait.recv().expect("it comes back");
    let run = interrupt(child);
    let report = report(&run);
    assert!(report["seen"]["resumed"].is_null(), "{report:#}");
    assert_eq!(Vec::from_iter(codes(&report, &["error", "warning"])), ["bom-inside"], "{report:#}");
    assert_eq!(run.status, Some(1));
}

#[test]
fn ctrl_c_before_the_head_is_not_clean() {
    let (asked, wait) = mpsc::channel();
    let server = Server::start(move |_, exchange| {
        asked.send(()).expect("the test waits");
        exchange.until_closed();
    });
    let child = spawn(&["check", &server.url("/"), "--time", "600", "--json"]);
    wait.recv().expect("it connects");
    let run = interrupt(child);
    assert_eq!(Vec::from_iter(codes(&report(&run), &["error", "warning"])), ["no-head"], "{run:?}");
    assert_eq!(run.status, Some(1));
}

/// Sends it what Ctrl-C sends, and waits for its end.
fn interrupt(child: Child) -> Run {
    let sent = Command::new("sh").args(["-c", &format!("kill -INT {}", child.id())]).status();
    assert!(sent.is_ok_and(|status| status.success()));
    let output = child.wait_with_output().expect("it ends");
    Run {
        status: output.status.code(),
        stdout: String::from_utf8(output.stdout).expect("it is UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("it is UTF-8"),
    }
}
