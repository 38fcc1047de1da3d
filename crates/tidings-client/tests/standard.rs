//! What a browser's `EventSource` does (HTML 9.2.2 to 9.2.4), as web-platform-tests' `eventsource/` looks at it.

#![cfg(feature = "driver")]
#![allow(clippy::unwrap_used)]

mod common;

use std::time::{Duration, Instant};

use common::{data, done, error, event, next, source};
use tidings_client::{ErrorKind, Item, ReadyState};
use tidings_testkit::Server;

#[tokio::test]
async fn the_request_has_the_headers_of_the_standard() {
    let server = Server::start(|_, exchange| exchange.respond_with_events("data: 1\n\n"));
    let mut source = source(&server).build().unwrap();
    assert_eq!(data(&mut source).await, "1");

    let [request] = &server.requests()[..] else { panic!("one request") };
    assert_eq!((request.method.as_str(), request.target.as_str()), ("GET", "/"));
    assert_eq!(request.header("accept"), Some("text/event-stream"));
    assert_eq!(request.header("cache-control"), Some("no-cache"));
    assert_eq!(request.header("pragma"), Some("no-cache"));
    assert_eq!(request.header("last-event-id"), None);
    assert_eq!(source.url().as_str(), server.url("/"));
}

#[tokio::test]
async fn it_opens_and_comes_back_when_the_body_ends() {
    let server = Server::start(|number, exchange| exchange.respond_with_events(&format!("data: {number}\n\n")));
    let mut source = source(&server).build().unwrap();
    assert_eq!(source.ready_state(), ReadyState::Connecting);
    for number in ["0", "1", "2"] {
        let Some(Ok(Item::Open(head))) = next(&mut source).await else { panic!("it opens") };
        assert_eq!(head.status, 200);
        assert_eq!(source.ready_state(), ReadyState::Open);
        let Some(Ok(Item::Event(event))) = next(&mut source).await else { panic!("there is an event") };
        assert_eq!(event.data(), number);
        let Some(Ok(Item::Reconnecting { error, .. })) = next(&mut source).await else { panic!("it comes back") };
        assert_eq!(error.kind(), ErrorKind::End);
        assert!(error.will_retry());
        assert_eq!(source.ready_state(), ReadyState::Connecting);
    }
}

#[tokio::test]
async fn the_reconnection_time_of_the_stream_is_kept() {
    let server = Server::start(|_, exchange| exchange.respond_with_events("retry: 300\ndata: 1\n\n"));
    let mut source = source(&server).build().unwrap();
    data(&mut source).await;
    let ended = Instant::now();
    data(&mut source).await;
    assert!(ended.elapsed() >= Duration::from_millis(300));
    assert_eq!(source.reconnection_time(), Duration::from_millis(300));
}

#[tokio::test]
async fn statuses_that_are_not_200_fail() {
    for status in [205, 210, 299, 304, 400, 401, 404, 410, 429, 500, 503] {
        let server = Server::start(move |_, exchange| {
            exchange.respond(status, &[("content-type", "text/event-stream")], if status == 304 { "" } else { "no" });
        });
        let mut source = source(&server).build().unwrap();
        let error = error(&mut source).await;
        assert_eq!((error.kind(), error.status().unwrap().as_u16()), (ErrorKind::Status, status));
        assert_eq!(source.ready_state(), ReadyState::Closed);
        assert_eq!(server.requests().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn no_content_is_an_end_without_an_error() {
    let server = Server::start(|number, exchange| match number {
        0 => exchange.respond_with_events("data: 1\n\n"),
        _ => exchange.respond(204, &[], ""),
    });
    let mut source = source(&server).build().unwrap();
    assert_eq!(data(&mut source).await, "1");
    assert!(event(&mut source).await.is_none());
    assert_eq!(source.ready_state(), ReadyState::Closed);
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn content_types() {
    for (content_type, good) in [
        ("text/event-stream", true),
        ("TEXT/Event-Stream; Charset=UTF-8", true),
        ("text/event-stream;charset=windows-1251", true),
        ("text/event-stream;bogus", true),
        ("text/x-bogus", false),
        ("text/event-streams", false),
        ("text/html", false),
    ] {
        let server = Server::start(move |_, exchange| {
            exchange.respond(200, &[("content-type", content_type)], "data: \u{e9}\n\n");
        });
        let mut source = source(&server).build().unwrap();
        if good {
            assert_eq!(data(&mut source).await, "\u{e9}", "{content_type}");
        } else {
            assert_eq!(error(&mut source).await.kind(), ErrorKind::ContentType, "{content_type}");
        }
    }
}

#[tokio::test]
async fn without_a_content_type_it_fails() {
    let server = Server::start(|_, exchange| exchange.respond(200, &[], "data: 1\n\n"));
    assert_eq!(error(&mut source(&server).build().unwrap()).await.kind(), ErrorKind::ContentType);
}

#[tokio::test]
async fn the_last_event_id_is_kept_over_connections() {
    let server = Server::start(|number, exchange| {
        exchange.respond_with_events(match number {
            0 => "id: \u{2026}\ndata: a\n\ndata: b\n\n",
            1 => "data: c\n\n",
            2 => "data: d\n\nid: 2\n\nid: 3\n",
            3 => "id\ndata: e\n\n",
            _ => "data: f\n\n",
        });
    });
    let mut source = source(&server).build().unwrap();
    let mut ids = Vec::new();
    for expected in ["a", "b", "c", "d", "e", "f"] {
        let event = event(&mut source).await.unwrap().unwrap();
        assert_eq!(event.data(), expected);
        ids.push(event.last_event_id().to_owned());
    }
    assert_eq!(ids, ["\u{2026}", "\u{2026}", "\u{2026}", "\u{2026}", "", ""]);
    let sent: Vec<_> =
        server.requests().iter().map(|request| request.header_bytes("last-event-id").map(<[u8]>::to_vec)).collect();
    let first = Some("\u{2026}".as_bytes().to_vec());
    assert_eq!(sent, [None, first.clone(), first, Some(b"2".to_vec()), None]);
}

#[tokio::test]
async fn each_connection_may_begin_with_a_byte_order_mark() {
    let server = Server::start(|_, exchange| exchange.respond_with_events("\u{feff}data: 1\n\n\u{feff}data: 2\n\n"));
    let mut source = source(&server).build().unwrap();
    assert_eq!(data(&mut source).await, "1");
    assert_eq!(data(&mut source).await, "1");
}

#[tokio::test]
async fn what_is_not_complete_at_the_end_is_dropped_with_its_id() {
    let server = Server::start(|number, exchange| match number {
        0 => exchange.respond_with_events("id: 1\ndata: a\n\nid: 2\ndata: b\n"),
        _ => exchange.respond_with_events("data: c\n\n"),
    });
    let mut source = source(&server).build().unwrap();
    assert_eq!(data(&mut source).await, "a");
    assert_eq!(data(&mut source).await, "c");
    assert_eq!(server.requests()[1].header("last-event-id"), Some("1"));
}

#[tokio::test]
async fn closing_closes_the_connection_and_nothing_comes_after_it() {
    let server = Server::start(|_, mut exchange| {
        exchange.event_stream();
        exchange.send("data: 1\n\ndata: 2\n\n");
        exchange.until_closed();
    });
    let mut source = source(&server).build().unwrap();
    assert_eq!(data(&mut source).await, "1");
    source.close();
    assert_eq!(source.ready_state(), ReadyState::Closed);
    assert!(next(&mut source).await.is_none());
    assert!(next(&mut source).await.is_none());
    done(server).await;
}

#[tokio::test]
async fn dropping_closes_the_connection() {
    let server = Server::start(|_, mut exchange| {
        exchange.event_stream();
        exchange.send("data: 1\n\n");
        exchange.until_closed();
    });
    let mut source = source(&server).build().unwrap();
    assert_eq!(data(&mut source).await, "1");
    drop(source);
    done(server).await;
}

#[test]
fn what_is_no_url_of_http_is_an_error_at_once() {
    for url in ["", "feed", "//example.com/", "ftp://example.com/", "http://", "mailto:a@example.com"] {
        assert_eq!(tidings_client::EventSource::new(url).unwrap_err().kind(), ErrorKind::Url, "{url}");
    }
}
