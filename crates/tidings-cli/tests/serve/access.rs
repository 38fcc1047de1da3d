//! Who may publish, and whose pages may ask.

use std::process::Command;

use hyper::{
    Method, StatusCode, Version,
    header::{self, HeaderName},
};
use tidings_e2e::{client, hub, nginx};

use crate::support::{PROGRAM, raw, raw_to, start};

const FORM: [(&str, &str); 2] = [("topic", "a"), ("data", "1")];
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

#[tokio::test]
async fn publishing_needs_the_key() {
    let hub = start(&["--publish-key", "s3cret"]).await;
    for wrong in [None, Some("s3cret"), Some("Bearer"), Some("Bearer s3cre"), Some("Basic s3cret")] {
        let headers: Vec<_> = wrong.iter().map(|key| (header::AUTHORIZATION, key.as_bytes())).collect();
        let response = hub.post(&headers, &FORM).await;
        assert_eq!(response.status, StatusCode::UNAUTHORIZED, "{wrong:?}");
        assert_eq!(response.header(header::WWW_AUTHENTICATE), "Bearer");
        assert!(response.text().await.contains("key"));
    }
    for right in ["Bearer s3cret", "bearer s3cret"] {
        let response = hub.post(&[(header::AUTHORIZATION, right.as_bytes())], &FORM).await;
        assert_eq!(response.status, StatusCode::OK, "{right}");
    }
}

#[tokio::test]
async fn pages_of_other_origins_may_not_publish() {
    let hub = start(&["--cors-origin", "https://good.example"]).await;
    let own = hub.url("");
    for (origin, site, expected) in [
        (own.as_str(), None, StatusCode::OK),
        (&own, Some("same-origin"), StatusCode::OK),
        // A proxy has changed the host.
        ("https://hub.example", Some("same-origin"), StatusCode::OK),
        ("https://good.example", Some("cross-site"), StatusCode::OK),
        ("https://good.example", None, StatusCode::OK),
        ("https://evil.example", Some("cross-site"), StatusCode::FORBIDDEN),
        ("https://evil.example", None, StatusCode::FORBIDDEN),
        ("null", Some("cross-site"), StatusCode::FORBIDDEN),
        ("http://127.0.0.1:1", Some("same-site"), StatusCode::FORBIDDEN),
        ("http://", None, StatusCode::FORBIDDEN),
    ] {
        let mut headers = vec![(header::ORIGIN, origin.as_bytes())];
        headers.extend(site.map(|site| (SEC_FETCH_SITE, site.as_bytes())));
        let response = hub.post(&headers, &FORM).await;
        assert_eq!(response.status, expected, "{origin} {site:?}");
        if expected == StatusCode::FORBIDDEN {
            assert!(response.text().await.contains("--cors-origin"));
        }
        let response = client::request(Method::POST, &hub.url("/cut?client=x"), Version::HTTP_11, &headers).await;
        assert_eq!(response.status == StatusCode::FORBIDDEN, expected == StatusCode::FORBIDDEN, "{origin} {site:?}");
    }
}

/// Anybody can have a name lead to this machine, and read and write by it what is open to programs on this machine only.
#[tokio::test]
async fn names_that_lead_here_by_no_will_of_ours() {
    let names = ["--host", "hub.example", "--host", "Other.Example", "--cors-origin", "https://pages.example:8443"];
    let locked = [&names[..], &["--publish-key", "k"]].concat();
    let (open, known, locked) = (start(&[]).await, start(&names).await, start(&locked).await);
    for (hub, host, ours) in [
        (&open, "evil.example", false),
        (&open, "evil.example:3000", false),
        (&open, "127.0.0.1.evil.example", false),
        (&open, "hub.example", false),
        (&open, "", false),
        (&open, "a b", false),
        (&open, "localhost\r\nhost: evil.example", false),
        (&open, "192.0.2.7:3000", true),
        (&open, "[::1]:3000", true),
        (&open, "LocalHost:3000", true),
        (&open, "hub.localhost", true),
        (&known, "hub.example", true),
        (&known, "hub.example:3000", true),
        (&known, "OTHER.example", true),
        (&known, "pages.example", true),
        (&known, "evil.example", false),
        // They could read without a key.
        (&locked, "evil.example", false),
        (&locked, "hub.example", true),
    ] {
        for path in ["/", "/page.js", "/metrics", "/healthz", "/nothing", "/.well-known/mercure"] {
            let request = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
            let answer = raw(hub, request.as_bytes()).await;
            assert_eq!(answer.starts_with("HTTP/1.1 421 "), !ours, "{host} {path}: {answer:?}");
            assert_eq!(answer.contains("--host"), !ours, "{host} {path}: {answer:?}");
        }
        for path in ["/cut?client=x", hub::PATH] {
            let request =
                format!("POST {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
            let answer = raw(hub, request.as_bytes()).await;
            assert_eq!(answer.starts_with("HTTP/1.1 421 "), !ours, "{host} {path}: {answer:?}");
        }
    }
    // It is no browser that says no host.
    let answer = raw(&open, b"GET /healthz HTTP/1.0\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.0 200 "), "{answer:?}");
}

#[tokio::test]
#[ignore = "needs nginx: cargo xtask e2e"]
async fn behind_a_proxy_that_passes_the_name_on() {
    let (open, known) = (start(&[]).await, start(&["--host", "hub.example"]).await);
    for (hub, extra, status) in [
        (&open, "", "200"),
        (&open, "proxy_set_header Host $host;", "421"),
        (&known, "proxy_set_header Host $host;", "200"),
        (&known, "proxy_set_header Host $http_host;", "200"),
    ] {
        let proxy = nginx::start(hub.port(), extra).await;
        let request = b"GET /healthz HTTP/1.1\r\nhost: hub.example\r\nconnection: close\r\n\r\n";
        let answer = raw_to(proxy.port(Version::HTTP_11), request).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{extra}: {answer:?}");
    }
}

/// Behind a proxy without TLS that leaves the host as it is, the page is the hub's own if the name is known to be.
#[tokio::test]
async fn a_page_by_a_name() {
    let (open, locked) = (start(&["--host", "hub.example"]).await, start(&["--publish-key", "k"]).await);
    for (hub, host, origin, status) in [
        (&open, "evil.example:3000", "http://evil.example:3000", "421"),
        (&open, "127.0.0.1:3000", "http://evil.example:3000", "403"),
        (&open, "192.0.2.7:3000", "http://192.0.2.7:3000", "200"),
        (&open, "localhost:3000", "http://localhost:3000", "200"),
        (&open, "hub.example", "https://hub.example", "200"),
        (&open, "hub.example:8080", "http://hub.example:8080", "200"),
        (&open, "hub.example:8080", "http://hub.example", "403"),
        // What keeps them out is the key.
        (&locked, "127.0.0.1:3000", "http://127.0.0.1:3000", "401"),
    ] {
        let request = format!(
            "POST {} HTTP/1.1\r\nhost: {host}\r\norigin: {origin}\r\nconnection: close\r\ncontent-length: 7\r\n\
             content-type: application/x-www-form-urlencoded\r\n\r\ntopic=a",
            hub::PATH
        );
        let answer = raw(hub, request.as_bytes()).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{host} {origin}: {answer:?}");
    }
}

#[tokio::test]
async fn pages_of_the_given_origins_may_read() {
    let hub = start(&["--cors-origin", "https://good.example", "--cors-origin", "http://127.0.0.1:8080"]).await;
    for (origin, allowed) in
        [("https://good.example", true), ("http://127.0.0.1:8080", true), ("https://evil.example", false)]
    {
        let answer = if allowed { origin } else { "" };
        let asks = [(header::ORIGIN, origin.as_bytes())];
        let stream = hub.subscribe_with("match=a", &asks).await;
        assert_eq!(stream.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), answer);
        assert_eq!(stream.header(header::ACCESS_CONTROL_ALLOW_CREDENTIALS), "true");

        // What a browser asks before a page may publish with a key.
        let asks = [
            (header::ORIGIN, origin.as_bytes()),
            (header::ACCESS_CONTROL_REQUEST_METHOD, &b"POST"[..]),
            (header::ACCESS_CONTROL_REQUEST_HEADERS, &b"authorization"[..]),
        ];
        let response = client::request(Method::OPTIONS, &hub.url(hub::PATH), Version::HTTP_11, &asks).await;
        assert_eq!(response.status, StatusCode::OK);
        assert_eq!(response.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), answer);
        assert!(response.header(header::ACCESS_CONTROL_ALLOW_METHODS).contains("POST"));
        assert!(response.header(header::ACCESS_CONTROL_ALLOW_HEADERS).contains("authorization"));
    }
}

#[test]
fn arguments_that_are_refused() {
    for (arguments, reason) in [
        (&["--listen", "0.0.0.0:0"][..], "--publish-key"),
        (&["--listen", "[::]:0"], "--publish-key"),
        (&["--listen", "0.0.0.0:0", "--publish-key", ""], "--publish-key"),
        (&["--cors-origin", "*"], "--cors-origin"),
        (&["--cors-origin", "https://example.com/"], "--cors-origin"),
        (&["--listen", "localhost"], "--listen"),
        (&["--keep-events", "0"], "number of events"),
        (&["--keep-bytes", "100"], "largest event"),
        (&["--keep-for", "0"], "1 ms"),
        (&["--keep-alive", "0"], "keep-alive"),
        (&["--retry", "999999999999"], "reconnection time"),
        (&["--client-timeout", "0"], "--client-timeout"),
        (&["--slow-policy", "wait"], "--slow-policy"),
        (&["--host", "http://hub.example"], "--host"),
        (&["--host", "hub.example:3000"], "--host"),
        (&["--log", "loud"], "--log"),
    ] {
        let output = Command::new(PROGRAM).arg("serve").args(arguments).output().expect("it can be started");
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {errors}");
        assert!(errors.contains(reason), "{arguments:?}: {errors}");
    }
}
