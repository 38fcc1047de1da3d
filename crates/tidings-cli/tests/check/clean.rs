//! An endpoint that has nothing wrong: `tidings serve`. And a user who has seen enough.

use std::{
    process::{Child, Command},
    sync::mpsc,
};

use serde_json::Value;
use tidings_e2e::hub::{Hub, PATH};
use tidings_testkit::Server;
use tokio::task::spawn_blocking;

use crate::{
    common::{Run, finish, run, spawn},
    support::{HEADERS, certainly, certainly_async, codes, report},
};

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_tidings");
const ORIGIN: &str = "https://example.com";

/// Runs it while the server is driven by this runtime.
pub(crate) async fn check(url: String, more: &[&str]) -> Run {
    let arguments: Vec<String> = ["check", &url].iter().chain(more).map(|&argument| argument.to_owned()).collect();
    spawn_blocking(move || run(&arguments, b"")).await.expect("it does not panic")
}

/// The only hint of a server that speaks HTTP/1.1, and has nothing wrong. That the machine is busy is not its fault.
fn has_nothing_wrong(report: &Value) -> bool {
    let mut codes = codes(report, &["error", "warning", "hint"]);
    codes.remove("busy");
    Vec::from_iter(codes) == ["http1"]
}

#[tokio::test]
async fn a_hub_is_clean() {
    let hub = Hub::start(PROGRAM, &["--cors-origin", ORIGIN, "--keep-alive", "1"]).await;
    let url = hub.url(&format!("{PATH}?match=tidings/vitals"));
    certainly_async(async || {
        let json = check(url.clone(), &["--origin", ORIGIN, "--time", "4", "--json"]).await;
        let report = report(&json);
        let seen = &report["seen"];
        let clean = (json.status, report["verdict"].as_str()) == (Some(0), Some("clean")) && has_nothing_wrong(&report);
        let with_ids = seen["stream"]["with_id"].as_u64() >= Some(3);
        // The hub kept what came after that event: at least one.
        let resumed = seen["resumed"]["expected"].as_array().is_some_and(|ids| !ids.is_empty());
        let allowed = seen["preflight"]["status"] == 200;
        let vitals = seen["arrival"]["vitals_after_ms"].is_array();
        let all = [clean, with_ids, resumed, allowed, vitals];
        if all == [true; 5] { Ok(()) } else { Err(format!("{all:?}: {report:#}")) }
    })
    .await;
    certainly_async(async || {
        let allowed = ["--allow", "http1", "--allow", "busy"];
        let text = check(url.clone(), &[&["--origin", ORIGIN, "--time", "2"], &allowed[..]].concat()).await;
        let clean = text.stdout.ends_with("\n\nclean: 0 errors, 0 warnings, 0 hints\n");
        if clean && (text.status, &*text.stderr) == (Some(0), "") { Ok(()) } else { Err(format!("{text:?}")) }
    })
    .await;
}

#[tokio::test]
async fn a_quiet_topic_with_keep_alives_is_clean() {
    let hub = Hub::start(PROGRAM, &["--keep-alive", "1"]).await;
    let url = hub.url(&format!("{PATH}?match=quiet"));
    certainly_async(async || {
        let report = report(&check(url.clone(), &["--time", "4", "--json"]).await);
        let kept_alive = report["seen"]["stream"]["comments"].as_u64() >= Some(2);
        if kept_alive && has_nothing_wrong(&report) { Ok(()) } else { Err(format!("{report:#}")) }
    })
    .await;
}

/// It comes while the client waits for what its coming back leads to.
#[test]
fn ctrl_c_tells_what_was_seen_so_far() {
    certainly(|| {
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
        let codes = Vec::from_iter(codes(&report, &["error", "warning"]));
        let so_far = report["seen"]["resumed"].is_null() && codes == ["bom-inside"] && run.status == Some(1);
        if so_far { Ok(()) } else { Err(format!("{report:#}")) }
    });
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
    finish(child, b"")
}
