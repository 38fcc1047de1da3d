//! Redirects: they are followed, but not by credentials, and not by the next attempt.

#![cfg(feature = "driver")]
#![allow(clippy::unwrap_used)]

mod common;

use std::sync::{Arc, OnceLock};

use common::{data, error, event, source};
use reqwest::{
    Method,
    header::{HeaderMap, HeaderName, HeaderValue},
};
use tidings_client::{ErrorKind, EventSourceBuilder};
use tidings_testkit::{Server, server::Request};

const SECRETS: [&str; 5] = ["authorization", "cookie", "proxy-authorization", "x-marked", "x-fresh"];

fn with_secrets(builder: EventSourceBuilder) -> EventSourceBuilder {
    let mut marked = HeaderValue::from_static("secret");
    marked.set_sensitive(true);
    builder
        .header("authorization", "Bearer secret")
        .header("cookie", "secret")
        .header("proxy-authorization", "secret")
        .header("x-marked", marked)
        .header("x-plain", "1")
        .fresh_headers(async |_| {
            Ok(HeaderMap::from_iter([(HeaderName::from_static("x-fresh"), HeaderValue::from_static("secret"))]))
        })
}

fn secrets(request: &Request) -> Vec<&str> {
    SECRETS.into_iter().filter(|name| request.header(name).is_some()).collect()
}

/// A server that redirects `/` with a status to a location, and has events elsewhere.
fn redirecting(status: u16, location: &str) -> Server {
    let location = location.to_owned();
    Server::start(move |_, exchange| match exchange.request.target.as_str() {
        "/" => exchange.respond(status, &[("location", &location)], "this way"),
        _ => exchange.respond_with_events("id: 1\ndata: a\n\n"),
    })
}

#[tokio::test]
async fn each_attempt_begins_at_the_url_that_was_given() {
    for status in [301, 302, 303, 307, 308] {
        let server = redirecting(status, "elsewhere?x#y");
        let mut source = with_secrets(source(&server)).build().unwrap();
        data(&mut source).await;
        data(&mut source).await;
        let requests = server.requests();
        let targets: Vec<_> = requests.iter().map(|request| request.target.as_str()).collect();
        assert_eq!(targets, ["/", "/elsewhere?x", "/", "/elsewhere?x"], "{status}");
        assert_eq!(source.url().as_str(), server.url("/"));
        for request in &requests {
            assert_eq!(secrets(request), SECRETS, "it is the same origin");
            assert_eq!(request.header("accept"), Some("text/event-stream"));
        }
        assert_eq!(requests[3].header("last-event-id"), Some("1"));
    }
}

#[tokio::test]
async fn credentials_stay_at_their_origin() {
    let other = Server::start(|_, exchange| exchange.respond_with_events("id: 1\ndata: a\n\n"));
    let server = redirecting(307, &other.url("/"));
    let mut source = with_secrets(source(&server)).build().unwrap();
    data(&mut source).await;
    data(&mut source).await;
    assert_eq!(other.requests().len(), 2);
    for request in other.requests() {
        assert_eq!(secrets(&request), [""; 0]);
        assert_eq!(request.header("x-plain"), Some("1"));
        assert_eq!(request.header("accept"), Some("text/event-stream"));
    }
    assert_eq!(other.requests()[1].header("last-event-id"), Some("1"));
    assert_eq!(secrets(&server.requests()[1]), SECRETS, "the next attempt has them again");
}

#[tokio::test]
async fn credentials_do_not_come_back_by_a_detour() {
    let first = Arc::new(OnceLock::<String>::new());
    let other = Server::start({
        let first = Arc::clone(&first);
        move |_, exchange| exchange.respond(302, &[("location", first.get().unwrap())], "")
    });
    let server = redirecting(302, &other.url("/"));
    first.set(server.url("/elsewhere")).unwrap();
    data(&mut with_secrets(source(&server)).build().unwrap()).await;
    assert_eq!(secrets(&server.requests()[0]), SECRETS);
    assert_eq!(secrets(&server.requests()[1]), [""; 0]);
}

#[tokio::test]
async fn methods_and_bodies() {
    for (status, method, expected) in [
        (301, Method::POST, "GET"),
        (302, Method::POST, "GET"),
        (303, Method::POST, "GET"),
        (303, Method::PUT, "GET"),
        (301, Method::PUT, "PUT"),
        (307, Method::POST, "POST"),
        (308, Method::POST, "POST"),
    ] {
        let server = redirecting(status, "/elsewhere");
        let builder = source(&server).method(method.clone()).header("content-type", "application/json").body("{}");
        data(&mut builder.build().unwrap()).await;
        let requests = server.requests();
        assert_eq!((requests[0].method.as_str(), &*requests[0].body), (method.as_str(), &b"{}"[..]));
        assert_eq!(requests[1].method, expected, "{status} {method}");
        let kept = expected != "GET";
        assert_eq!(requests[1].body, if kept { &b"{}"[..] } else { b"" });
        assert_eq!(requests[1].header("content-type").is_some(), kept);
    }
}

#[tokio::test]
async fn a_redirect_to_nowhere_is_the_answer() {
    let server = Server::start(|_, exchange| exchange.respond(302, &[], ""));
    assert_eq!(error(&mut source(&server).build().unwrap()).await.status().unwrap(), 302);
}

#[tokio::test]
async fn what_is_not_http_is_not_followed() {
    for location in ["ftp://example.com/", "file:///etc/passwd", "http://", "http://[/"] {
        let server = redirecting(302, location);
        assert_eq!(error(&mut source(&server).build().unwrap()).await.kind(), ErrorKind::Redirect, "{location}");
    }
}

#[tokio::test]
async fn a_loop_ends() {
    let server = redirecting(302, "/");
    let options = common::fast().max_failures(0);
    let error = event(&mut source(&server).options(options).build().unwrap()).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RedirectLoop);
    assert_eq!(server.requests().len(), 21);
}
