//! Requests that are not as they should be get a 4xx with a reason.

use std::fmt::Write as _;

use hyper::{Method, StatusCode, Version, header};
use tidings_e2e::{client, hub};

use crate::support::{publish, publish_head, raw, start};

#[tokio::test]
async fn forms() {
    let hub = start(&["--max-event-bytes", "1000"]).await;
    let (long, large, many) = ("x".repeat(1025), "x".repeat(1000), "x".repeat(100_000));
    for (form, status, reason) in [
        (vec![], 400, "topic"),
        (vec![("data", "1")], 400, "topic"),
        (vec![("topic", ""), ("data", "1")], 400, "topic"),
        (vec![("topic", &long)], 400, "1024"),
        (vec![("topic", "a\nb")], 400, "control"),
        (vec![("topic", "a\0b")], 400, "control"),
        (vec![("topic", "a"), ("topic", "b\u{7f}")], 400, "control"),
        (vec![("topic", "a"), ("type", "a\nb")], 400, "type"),
        (vec![("topic", "a"), ("type", "a\rdata: b")], 400, "type"),
        (vec![("topic", "a"), ("type", "gap")], 400, "the server's own"),
        (vec![("topic", "a"), ("type", "tidings/vitals")], 400, "the server's own"),
        (vec![("topic", "a"), ("topic", "tidings/vitals")], 400, "the server's own"),
        (vec![("topic", "a"), ("retry", "soon")], 400, "retry"),
        (vec![("topic", "a"), ("retry", "-1")], 400, "retry"),
        (vec![("topic", "a"), ("retry", "+1")], 400, "retry"),
        (vec![("topic", "a"), ("retry", "1.5")], 400, "retry"),
        (vec![("topic", "a"), ("retry", "18446744073709551616")], 400, "retry"),
        (vec![("topic", "a"), ("id", &long)], 400, "id"),
        (vec![("topic", "a"), ("private", "on")], 400, "private"),
        (vec![("topic", "a"), ("data", &large)], 413, "1000"),
        (vec![("topic", "a"), ("data", &many)], 413, "the body"),
    ] {
        let response = hub.post(&[], &form).await;
        let shown: String = format!("{form:?}").chars().take(100).collect();
        assert_eq!(response.status, status, "{shown}");
        let text = response.text().await;
        assert!(text.contains(reason) && text.ends_with('\n'), "{shown}: {text:?}");
    }
    assert_eq!(hub.metric("tidings_open_streams").await, 0);
    publish(&hub, "a", "it is still there").await;
}

#[tokio::test]
async fn thousands_of_topics() {
    let hub = start(&[]).await;
    for (count, reason) in [(17, "too many"), (1000, "too many"), (2000, "more than 1024"), (100_000, "more than 1024")]
    {
        let numbers: Vec<String> = (0..count).map(|number: u32| number.to_string()).collect();
        let form: Vec<_> = numbers.iter().map(|number| ("topic", number.as_str())).collect();
        let response = hub.post(&[], &form).await;
        assert_eq!(response.status, StatusCode::BAD_REQUEST, "{count}");
        assert!(response.text().await.contains(reason), "{count}");
    }
    // The same topic again and again is one.
    let form: Vec<_> = (0..1000).map(|_| ("topic", "a")).collect();
    hub.publish(&form).await;

    for (count, status) in [(256, 200), (257, 400), (1000, 400), (5000, 400)] {
        let mut query = String::new();
        for number in 0..count {
            let _ = write!(query, "&match={number}");
        }
        let url = hub.url(&format!("{}?{query}", hub::PATH));
        let response = client::get(&url, Version::HTTP_11, &[]).await;
        assert_eq!(response.status, status, "{count}");
        if status != 200 {
            assert!(response.text().await.contains("more than") == (count > 1000), "{count}");
        }
    }
}

#[tokio::test]
async fn subscriptions() {
    let hub = start(&[]).await;
    let long = "x".repeat(1025);
    for (query, reason) in [
        ("", "match"),
        ("match=", "match"),
        ("other=a", "match"),
        ("match=a%0Ab", "control"),
        (&format!("topic={long}"), "1024"),
        ("match=a&last=x", "last"),
        ("match=a&last=-1", "last"),
    ] {
        let response = client::get(&hub.url(&format!("{}?{query}", hub::PATH)), Version::HTTP_11, &[]).await;
        assert_eq!(response.status, StatusCode::BAD_REQUEST, "{query}");
        assert!(response.text().await.contains(reason), "{query}");
    }
}

#[tokio::test]
async fn paths_and_methods() {
    let hub = start(&[]).await;
    for (method, path, status, allowed) in [
        (Method::GET, "/nothing", 404, ""),
        (Method::GET, "/.well-known/", 404, ""),
        (Method::GET, "/page.js/../../etc/passwd", 404, ""),
        (Method::GET, "//", 404, ""),
        (Method::PUT, hub::PATH, 405, "GET, POST"),
        (Method::HEAD, hub::PATH, 405, "GET, POST"),
        (Method::DELETE, "/healthz", 405, "GET, HEAD"),
        (Method::POST, "/", 405, "GET, HEAD"),
        (Method::GET, "/cut", 405, "POST"),
        (Method::POST, "/cut", 400, ""),
    ] {
        let response = client::request(method.clone(), &hub.url(path), Version::HTTP_11, &[]).await;
        assert_eq!(response.status, status, "{method} {path}");
        assert_eq!(response.header(header::ALLOW), allowed, "{method} {path}");
        assert_eq!(response.text().await.is_empty(), method == Method::HEAD, "{method} {path}");
    }
}

#[tokio::test]
async fn bodies_that_are_no_forms() {
    let hub = start(&[]).await;
    for content_type in ["", "application/json", "multipart/form-data; boundary=x", "text/plain"] {
        let headers = [(header::CONTENT_TYPE, content_type.as_bytes())];
        let url = hub.url(hub::PATH);
        let response = client::request_with(Method::POST, &url, Version::HTTP_11, &headers, "topic=a").await;
        assert_eq!(response.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{content_type}");
        assert!(response.text().await.contains("application/x-www-form-urlencoded"));
    }
    let headers = [(header::CONTENT_TYPE, &b"Application/X-WWW-Form-URLencoded ; charset=UTF-8"[..])];
    let response = client::request_with(Method::POST, &hub.url(hub::PATH), Version::HTTP_11, &headers, "topic=a").await;
    assert_eq!(response.status, StatusCode::OK);
    // Not UTF-8, and wrong escapes: they are replaced, as forms have it.
    let headers = [(header::CONTENT_TYPE, &b"application/x-www-form-urlencoded"[..])];
    let form = &b"topic=a&data=\xff%zz%"[..];
    let response = client::request_with(Method::POST, &hub.url(hub::PATH), Version::HTTP_11, &headers, form).await;
    assert_eq!(response.status, StatusCode::OK);
}

/// One that says how long it is before it comes, and one that does not.
#[tokio::test]
async fn bodies_that_are_too_long() {
    let hub = start(&["--max-event-bytes", "1000"]).await;
    let waits = publish_head("content-length: 100000000\r\nexpect: 100-continue");
    let answer = raw(&hub, waits.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer:?}");
    assert!(answer.contains("the body has more than"), "{answer:?}");

    let mut chunked = publish_head("transfer-encoding: chunked");
    chunked += "8\r\ntopic=a&\r\n";
    for _ in 0..200 {
        let _ = write!(chunked, "400\r\n{}\r\n", "x".repeat(1024));
    }
    chunked += "0\r\n\r\n";
    let answer = raw(&hub, chunked.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer:?}");
    assert!(answer.contains("the body has more than"), "{answer:?}");
    publish(&hub, "a", "it is still there").await;
}

#[tokio::test]
async fn bytes_that_are_no_http() {
    let hub = start(&[]).await;
    let many_headers = format!("GET / HTTP/1.1\r\nhost: localhost\r\n{}\r\n", "a: b\r\n".repeat(1000));
    let long_head = format!("GET / HTTP/1.1\r\nhost: localhost\r\na: {}\r\n\r\n", "x".repeat(1_000_000));
    let long_target = format!("GET /{} HTTP/1.1\r\nhost: localhost\r\n\r\n", "x".repeat(65_534));
    for (bytes, status) in [
        (&b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..], "400"),
        (b"hello\r\n\r\n", "400"),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", "400"),
        (b"POST /.well-known/mercure HTTP/1.1\r\nhost: hub\r\ncontent-length: -1\r\n\r\n", "400"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "400"),
        (many_headers.as_bytes(), "431"),
        (long_head.as_bytes(), "431"),
        (long_target.as_bytes(), "431"),
    ] {
        let answer = raw(&hub, bytes).await;
        let shown: String = bytes.escape_ascii().to_string().chars().take(60).collect();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{shown}: {answer:?}");
        let (head, reason) = answer.split_once("\r\n\r\n").expect("it has a head");
        assert!(head.contains("content-type: text/plain") && head.contains("connection: close"), "{shown}: {head:?}");
        assert!(head.contains(&format!("content-length: {}", reason.len())), "{shown}: {head:?}");
        assert!(reason.lines().count() == 1 && reason.ends_with('\n'), "{shown}: {reason:?}");
    }
    let broken = publish_head("transfer-encoding: chunked") + "not a length\r\n";
    let answer = raw(&hub, broken.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("the body"), "{answer:?}");
    publish(&hub, "a", "it is still there").await;
}
