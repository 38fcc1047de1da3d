//! The hub and its page behind nginx.

use std::time::Duration;

use hyper::{Method, StatusCode, Version, header};
use tidings_codec::OwnedItem;
use tidings_e2e::{Proxy, client, hub::PATH, nginx, tab::Tab};

use crate::{
    page::{RETRY, cut, has_arrived, is, publish_by_form, text},
    support::{LAST_EVENT_ID, data_until, next, publish, raw_to, start},
};

const VERSIONS: [Version; 2] = [Version::HTTP_11, Version::HTTP_2];

#[tokio::test]
#[ignore = "needs Chromium and nginx: cargo xtask e2e"]
async fn the_page_lives() {
    let hub = start(&["--retry", RETRY]).await;
    let proxy = nginx::start(hub.port(), "").await;
    let mut tab = Tab::open(&proxy.url(Version::HTTP_11, "/")).await;
    is(&mut tab, "open").await;
    publish(&hub, "demo/hello", "from elsewhere").await;
    tab.until(&has_arrived("from elsewhere", "message")).await;
    publish_by_form(&mut tab, "from the page").await;
    cut(&mut tab, &hub, "while it was away").await;
    assert_eq!(tab.complaints().await, []);
}

/// While the server is away nginx says so, which ends an `EventSource` for good: the page has to open another.
#[tokio::test]
#[ignore = "needs Chromium and nginx: cargo xtask e2e"]
async fn the_page_survives_the_server() {
    let mut hub = start(&["--retry", RETRY]).await;
    let proxy = nginx::start(hub.port(), "").await;
    let mut tab = Tab::open(&proxy.url(Version::HTTP_11, "/")).await;
    is(&mut tab, "open").await;
    publish(&hub, "demo/hello", "before").await;
    tab.until(&has_arrived("before", "message")).await;

    hub.kill_and_restart(Duration::from_secs(4)).await;
    tab.until(&format!("{}.includes('The server was started anew')", text("notices"))).await;
    is(&mut tab, "open").await;
    let complaints = tab.complaints().await;
    assert!(complaints.iter().any(|complaint| complaint.text.contains("502")), "it was never refused: {complaints:?}");
    assert!(complaints.iter().all(|complaint| complaint.source == "network"), "{complaints:?}");
    publish(&hub, "demo/hello", "after").await;
    tab.until(&has_arrived("after", "message")).await;
    publish_by_form(&mut tab, "from the page").await;
    cut(&mut tab, &hub, "while it was away").await;
}

#[tokio::test]
#[ignore = "needs nginx: cargo xtask e2e"]
async fn a_client_comes_back_and_has_lost_nothing() {
    let hub = start(&[]).await;
    let proxy = nginx::start(hub.port(), "").await;
    for version in VERSIONS {
        let url = proxy.url(version, &format!("{PATH}?match=a"));
        let mut stream = client::get(&url, version, &[]).await;
        let seen = publish(&hub, "a", "seen").await;
        assert_eq!(next(&mut stream).await.1, "seen");
        publish(&hub, "a", "on its way").await;
        drop(stream);
        publish(&hub, "a", "missed").await;

        let mut stream = client::get(&url, version, &[(LAST_EVENT_ID, seen.as_bytes())]).await;
        publish(&hub, "a", "live").await;
        publish(&hub, "a", "end").await;
        assert_eq!(data_until(&mut stream, "end").await, ["on its way", "missed", "live"], "{version:?}");
    }
}

/// A stream on which nothing happens lives longer than nginx waits for a server that says nothing.
#[tokio::test]
#[ignore = "needs nginx: cargo xtask e2e"]
async fn keep_alives_outlive_the_time_out() {
    const TIME_OUT: &str = "proxy_read_timeout 2s;";
    let (hub, silent) = (start(&["--keep-alive", "1"]).await, start(&[]).await);
    let proxy = nginx::start(hub.port(), TIME_OUT).await;
    let proxy_of_silent = nginx::start(silent.port(), TIME_OUT).await;
    let outlives = async |version| {
        let mut stream = client::get(&proxy.url(version, &format!("{PATH}?match=a")), version, &[]).await;
        for _ in 0..3 {
            while stream.item().await.expect("the stream does not end") != OwnedItem::Comment(String::new()) {}
        }
        stream
    };
    let (mut one, mut two, ()) =
        tokio::join!(outlives(Version::HTTP_11), outlives(Version::HTTP_2), is_cut_off(&proxy_of_silent));
    publish(&hub, "a", "still there").await;
    for stream in [&mut one, &mut two] {
        assert_eq!(next(stream).await.1, "still there");
    }
}

/// Without keep-alives in time, nginx ends the stream.
async fn is_cut_off(proxy: &Proxy) {
    let request = format!("GET {PATH}?match=a HTTP/1.1\r\nhost: hub\r\nconnection: close\r\n\r\n");
    let answer = raw_to(proxy.port(Version::HTTP_11), request.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 200 ") && !answer.contains("\n:"), "{answer:?}");
}

/// Where browsers do not say whose page asks (over plain HTTP, from another machine), it is told by the host that was called.
#[tokio::test]
#[ignore = "needs nginx: cargo xtask e2e"]
async fn pages_publish_if_nginx_leaves_the_host() {
    let hub = start(&[]).await;
    for (extra, expected) in [("", StatusCode::FORBIDDEN), ("proxy_set_header Host $http_host;", StatusCode::OK)] {
        let proxy = nginx::start(hub.port(), extra).await;
        let headers = [
            (header::ORIGIN, proxy.url(Version::HTTP_11, "")),
            (header::CONTENT_TYPE, "application/x-www-form-urlencoded".to_owned()),
        ];
        let headers = headers.each_ref().map(|(name, value)| (name.clone(), value.as_bytes()));
        let url = proxy.url(Version::HTTP_11, PATH);
        let response = client::request_with(Method::POST, &url, Version::HTTP_11, &headers, "topic=a").await;
        assert_eq!(response.status, expected, "{extra}");
    }
}
