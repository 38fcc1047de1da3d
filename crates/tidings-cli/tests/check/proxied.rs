//! Through a proxy that buffers.

use std::{
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    time::Duration,
};

use tidings_e2e::{
    hub::{Hub, PATH},
    nginx,
};
use tokio::{join, time::sleep};

use crate::{
    clean::{PROGRAM, check},
    support::{codes, report},
};

/// nginx as it is by default, before a server that does not forbid it to buffer.
const DEFAULT: &str = "proxy_ignore_headers X-Accel-Buffering;";

/// A slow stream does not fill the first buffer, and the head waits in it.
#[tokio::test]
#[ignore = "needs nginx: cargo xtask e2e"]
async fn a_head_that_waits_in_the_buffer_of_nginx() {
    let hub = Hub::start(PROGRAM, &[]).await;
    let proxy = nginx::start(hub.port(), DEFAULT).await;
    let url = proxy.url(hyper::Version::HTTP_11, &format!("{PATH}?match=tidings/vitals"));
    let run = check(url, &["--time", "3", "--json"]).await;
    let report = report(&run);
    assert_eq!(Vec::from_iter(codes(&report, &["error", "warning", "hint"])), ["head-withheld"], "{report:#}");
    assert_eq!(run.status, Some(1));
}

/// Events come when a buffer is full.
#[tokio::test]
#[ignore = "needs nginx: cargo xtask e2e"]
async fn events_that_wait_in_the_buffers_of_nginx() {
    let hub = Hub::start(PROGRAM, &[]).await;
    let proxy = nginx::start(hub.port(), DEFAULT).await;
    let url = proxy.url(hyper::Version::HTTP_11, &format!("{PATH}?match=tidings/vitals&match=filling"));
    let done = AtomicBool::new(false);
    // Some 2 KB a second: a buffer in two seconds.
    let filling = "x".repeat(400);
    let publish = async {
        while !done.load(Relaxed) {
            hub.publish(&[("topic", "filling"), ("data", &filling)]).await;
            sleep(Duration::from_millis(200)).await;
        }
    };
    let checked = async {
        let run = check(url, &["--time", "8", "--json"]).await;
        done.store(true, Relaxed);
        run
    };
    let (run, ()) = join!(checked, publish);
    let report = report(&run);
    assert!(codes(&report, &["error"]).contains("buffered"), "{report:#}");
    let what = report["findings"][0]["what"].as_str().expect("it is text");
    for evidence in ["came together", "later than others"] {
        assert!(what.contains(evidence), "no {evidence:?} in {what:?}");
    }
}

/// The same proxy, and nothing is held back: the server forbids it.
#[tokio::test]
#[ignore = "needs nginx: cargo xtask e2e"]
async fn nginx_that_does_not_buffer_is_clean() {
    let hub = Hub::start(PROGRAM, &[]).await;
    let proxy = nginx::start(hub.port(), "").await;
    let url = proxy.url(hyper::Version::HTTP_11, &format!("{PATH}?match=tidings/vitals"));
    let run = check(url, &["--time", "4", "--json"]).await;
    let report = report(&run);
    assert_eq!(Vec::from_iter(codes(&report, &["error", "warning"])), [""; 0], "{report:#}");
    assert_eq!(run.status, Some(0));
}
