//! Networks and servers as they are.

#![cfg(feature = "driver")]
#![allow(clippy::unwrap_used)]

mod common;

use std::{
    collections::HashSet,
    error::Error as _,
    fmt::Write as _,
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    sync::{Arc, Mutex},
    time::Duration,
};

use common::{causes, data, done, error, event, fast, next, source};
use reqwest::{
    Method,
    dns::{Addrs, Name, Resolve, Resolving},
    header::{AUTHORIZATION, HeaderMap},
};
use tidings_client::{
    ErrorKind, EventId, EventSource, Item, ReadyState, client_builder,
    machine::{Options, TRANSIENT_STATUSES},
};
use tidings_testkit::{Server, server::Exchange};

const TICK: Duration = Duration::from_millis(200);

/// Why it reconnects the next time, with events passed over.
async fn reconnecting(source: &mut EventSource) -> tidings_client::Error {
    loop {
        match next(source).await {
            Some(Ok(Item::Reconnecting { error, .. })) => return error,
            Some(Ok(_)) => {}
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_server_that_refuses_and_then_recovers() {
    // Not where outgoing connections begin: one of them could take the port.
    let listener = TcpListener::bind((Ipv4Addr::new(127, 0, 0, 2), 0)).unwrap();
    let address: SocketAddr = listener.local_addr().unwrap();
    drop(listener);
    let mut source = EventSource::builder(format!("http://{address}/")).options(fast()).build().unwrap();
    for _ in 0..3 {
        let error = reconnecting(&mut source).await;
        assert_eq!(error.kind(), ErrorKind::Transport);
        assert!(error.will_retry());
        let refused = |error: &io::Error| error.kind() == io::ErrorKind::ConnectionRefused;
        assert!(causes(&error).into_iter().any(|cause| cause.downcast_ref().is_some_and(refused)), "{error:?}");
    }
    let _server = Server::start_at(address, |_, exchange| exchange.respond_with_events("data: 1\n\n"));
    assert_eq!(data(&mut source).await, "1");
}

/// A resolver that knows no name until it is told one.
struct Resolver(Arc<Mutex<Option<SocketAddr>>>);

impl Resolve for Resolver {
    fn resolve(&self, _: Name) -> Resolving {
        let known = *self.0.lock().unwrap();
        Box::pin(async move {
            let address = known.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no such host"))?;
            Ok(Box::new([address].into_iter()) as Addrs)
        })
    }
}

#[tokio::test]
async fn a_name_that_nobody_knows_yet() {
    let server = Server::start(|_, exchange| exchange.respond_with_events("data: 1\n\n"));
    let known = Arc::default();
    let client = client_builder().unwrap().dns_resolver(Resolver(Arc::clone(&known))).build().unwrap();
    let builder = EventSource::builder("http://user:secret@feed.test/?token=secret");
    let mut source = builder.client(client).options(fast()).build().unwrap();
    let error = reconnecting(&mut source).await;
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert!(error.will_retry());
    assert!(causes(&error).iter().any(|cause| cause.to_string() == "no such host"), "{error:?}");
    let told: String = causes(&error).iter().map(ToString::to_string).collect();
    assert!(!told.contains("secret") && !format!("{error} {error:?}").contains("secret"), "{error:?}");
    *known.lock().unwrap() = Some(server.address());
    assert_eq!(data(&mut source).await, "1");
}

#[tokio::test]
async fn death_in_the_middle_of_an_event_loses_nothing() {
    let server = Server::start(|number, mut exchange| {
        exchange.head(200, &[("content-type", "text/event-stream"), ("content-length", "1000")]);
        exchange.send(match number {
            0 => "id: 1\ndata: a\n\nid: 2\ndata: b\n\nid: 3\nda",
            _ => "id: 3\ndata: c\n\n",
        });
    });
    let mut source = source(&server).build().unwrap();
    assert_eq!([data(&mut source).await, data(&mut source).await], ["a", "b"]);
    assert_eq!(reconnecting(&mut source).await.kind(), ErrorKind::Transport);
    assert_eq!(data(&mut source).await, "c");
    assert_eq!(server.requests()[1].header("last-event-id"), Some("2"));
}

#[tokio::test]
async fn a_half_close_is_the_end_of_the_body() {
    let server = Server::start(|_, mut exchange| {
        exchange.event_stream();
        exchange.send("data: 1\n\n");
        exchange.half_close();
        exchange.until_closed();
    });
    let mut source = source(&server).build().unwrap();
    assert_eq!(data(&mut source).await, "1");
    assert_eq!(reconnecting(&mut source).await.kind(), ErrorKind::End);
    drop(source);
    done(server).await;
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_given_up() {
    let server = Server::start(|_, mut exchange| {
        exchange.event_stream();
        exchange.send("data: 1\n\n");
        exchange.until_closed();
    });
    let mut source = source(&server).options(fast().idle_timeout(TICK)).build().unwrap();
    assert_eq!(data(&mut source).await, "1");
    // The user's own time does not count.
    tokio::time::sleep(2 * TICK).await;
    let waiting = std::time::Instant::now();
    assert_eq!(reconnecting(&mut source).await.kind(), ErrorKind::IdleTimeout);
    assert!(waiting.elapsed() >= TICK);
    assert_eq!(data(&mut source).await, "1");
    drop(source);
    done(server).await;
}

#[tokio::test]
async fn keep_alives_keep_it_alive() {
    let was_late = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let late = std::sync::Arc::clone(&was_late);
    let server = Server::start(move |_, mut exchange| {
        exchange.event_stream();
        for _ in 0..8 {
            let before = std::time::Instant::now();
            std::thread::sleep(TICK / 4);
            // On a busy machine: then it proves nothing.
            late.fetch_or(before.elapsed() > TICK, std::sync::atomic::Ordering::SeqCst);
            exchange.send(":\n");
        }
        exchange.send("data: 1\n\n");
        exchange.until_closed();
    });
    // Half a second and more without an event, but never that long without a byte.
    let mut source = source(&server).options(fast().idle_timeout(2 * TICK)).build().unwrap();
    loop {
        match next(&mut source).await {
            Some(Ok(Item::Open(_))) => {}
            Some(Ok(Item::Event(_))) => break,
            other => assert!(was_late.load(std::sync::atomic::Ordering::SeqCst), "{other:?}"),
        }
    }
    drop(source);
    done(server).await;
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_given_up() {
    let server = Server::start(|number, exchange| match number {
        0 => exchange.until_closed(),
        _ => exchange.respond_with_events("data: 1\n\n"),
    });
    let mut source = source(&server).options(fast().connect_timeout(TICK)).build().unwrap();
    assert_eq!(reconnecting(&mut source).await.kind(), ErrorKind::ConnectTimeout);
    assert_eq!(data(&mut source).await, "1");
    done(server).await;
}

/// The status is final, whether or not the reason that comes with it has an end.
#[tokio::test]
async fn an_answer_that_refuses_is_heard_though_its_body_does_not_end() {
    let server = Server::start(|_, mut exchange| {
        exchange.head(403, &[]);
        exchange.send("no");
        exchange.until_closed();
    });
    let mut source = source(&server).options(fast().connect_timeout(TICK)).build().unwrap();
    let error = error(&mut source).await;
    assert_eq!((error.kind(), &error.body().unwrap()[..]), (ErrorKind::Status, &b"no"[..]));
    drop(source);
    done(server).await;
}

#[tokio::test]
async fn what_is_no_http_is_a_transport_error() {
    let garbage: [fn(&mut Exchange) -> bool; 4] = [
        |exchange| exchange.send("SSH-2.0-OpenSSH_9.9\r\n"),
        |exchange| exchange.send([0, 159, 146, 150].repeat(1000)),
        |exchange| exchange.send("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nx: \r\n\u{0}\r\n\r\n"),
        // A head without end: 10 MB of it are not taken.
        |exchange| {
            exchange.send("HTTP/1.1 200 OK\r\n");
            let taken = (0..10_000).take_while(|_| exchange.send(format!("x: {}\r\n", "x".repeat(1000)))).count();
            assert!(taken < 10_000);
            true
        },
    ];
    for (number, send) in garbage.into_iter().enumerate() {
        let server = Server::start(move |_, mut exchange| assert!(send(&mut exchange)));
        let mut source = source(&server).options(fast().max_failures(0)).build().unwrap();
        assert_eq!(error(&mut source).await.kind(), ErrorKind::Transport, "{number}");
        drop(source);
        done(server).await;
    }
}

#[tokio::test]
async fn an_event_without_end_is_an_error_and_all_memory_it_takes_is_bounded() {
    let server = Server::start(|_, mut exchange| {
        exchange.event_stream();
        exchange.send("id: 1\ndata: 1\n\ndata: ");
        while exchange.send([b'x'; 10_000]) {}
    });
    let mut source = source(&server).options(fast().max_event_bytes(1024 * 1024)).build().unwrap();
    assert_eq!(data(&mut source).await, "1");
    let error = error(&mut source).await;
    assert_eq!(error.kind(), ErrorKind::Decode);
    let reason = error.decode_error().expect("the codec has said it").to_string();
    assert!(reason.contains("1048576") && !error.to_string().contains(&reason), "it says it twice: {error}: {reason}");
    assert_eq!((source.ready_state(), source.last_event_id()), (ReadyState::Closed, "1"));
    done(server).await; // it is let go of: else it would send for ever
}

#[tokio::test]
async fn nothing_is_read_ahead_of_the_user() {
    let (full, filled) = tokio::sync::oneshot::channel();
    let full = std::sync::Mutex::new(Some(full));
    let server = Server::start(move |_, mut exchange| {
        exchange.event_stream();
        // Until the buffers of the system and of the client are full, and nobody reads for a second.
        exchange.set_write_timeout(Duration::from_secs(1));
        let mut sent = 0_u64;
        while exchange.send("data: 0123456789\n\n".repeat(4000)) && sent < 256 {
            sent += 1;
        }
        full.lock().unwrap().take().unwrap().send(sent).unwrap();
    });
    let mut source = source(&server).build().unwrap();
    data(&mut source).await;
    let sent = filled.await.unwrap();
    assert!(sent < 256, "the client has taken {sent} times 72 kB, for one event");
}

#[tokio::test]
async fn a_fresh_token_for_every_attempt() {
    let server = Server::start(|number, exchange| {
        let good = exchange.request.header("authorization") == Some("Bearer 2");
        match (number, good) {
            (_, true) => exchange.respond_with_events("data: 1\n\n"),
            (_, false) => exchange.respond(401, &[], "no"),
        }
    });
    let tokens = std::sync::atomic::AtomicU32::new(0);
    let attempts = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let mut source = source(&server)
        .header("authorization", "Bearer none")
        .options(fast().retry_statuses([401]))
        .fresh_headers({
            let attempts = std::sync::Arc::clone(&attempts);
            move |attempt| {
                attempts.lock().unwrap().push((attempt.failures, attempt.status));
                let token = tokens.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                async move {
                    if token == 1 {
                        return Err("the issuer is away".into());
                    }
                    Ok(HeaderMap::from_iter([(AUTHORIZATION, format!("Bearer {token}").parse()?)]))
                }
            }
        })
        .build()
        .unwrap();
    let unauthorized = reconnecting(&mut source).await;
    assert_eq!((unauthorized.status().unwrap().as_u16(), &unauthorized.body().unwrap()[..]), (401, &b"no"[..]));
    let away = reconnecting(&mut source).await;
    assert_eq!(away.kind(), ErrorKind::Headers);
    assert_eq!(away.source().unwrap().to_string(), "the issuer is away");
    assert_eq!(data(&mut source).await, "1");
    assert_eq!(*attempts.lock().unwrap(), [(0, None), (1, Some(401)), (2, None)]);
}

#[tokio::test]
async fn a_busy_server_is_left_alone_as_long_as_it_wants() {
    let server = Server::start(|number, exchange| match number {
        0 => exchange.respond(503, &[("retry-after", "1")], "busy"),
        _ => exchange.respond_with_events("data: 1\n\n"),
    });
    let mut source = source(&server).options(fast().retry_statuses(TRANSIENT_STATUSES)).build().unwrap();
    let Some(Ok(Item::Reconnecting { delay, error })) = next(&mut source).await else { panic!("it tries again") };
    assert_eq!((delay, error.status().unwrap().as_u16()), (Duration::from_secs(1), 503));
    let waiting = std::time::Instant::now();
    assert_eq!(data(&mut source).await, "1");
    assert!(waiting.elapsed() >= Duration::from_millis(900));
}

#[tokio::test]
async fn any_method_headers_and_body() {
    let server = Server::start(|_, exchange| exchange.respond_with_events("data: 1\n\n"));
    let mut source = source(&server)
        .method(Method::POST)
        .header("accept", "text/event-stream, application/json")
        .header("x-tenant", "7")
        .body("{\"stream\":true}")
        .header("last-event-id", "no such thing")
        .build()
        .unwrap();
    for _ in 0..2 {
        assert_eq!(data(&mut source).await, "1");
    }
    for request in server.requests() {
        assert_eq!((request.method.as_str(), &*request.body), ("POST", &b"{\"stream\":true}"[..]));
        assert_eq!(request.header("accept"), Some("text/event-stream, application/json"));
        assert_eq!(request.header("x-tenant"), Some("7"));
        assert_eq!(request.header("last-event-id"), None);
    }
}

#[tokio::test]
async fn it_goes_on_where_an_earlier_one_was() {
    let server = Server::start(|_, exchange| exchange.respond_with_events("data: 1\n\n"));
    let options = fast().last_event_id(EventId::from_static("42"));
    let mut source = source(&server).options(options).build().unwrap();
    assert_eq!(event(&mut source).await.unwrap().unwrap().last_event_id(), "42");
    assert_eq!(server.requests()[0].header("last-event-id"), Some("42"));
}

#[tokio::test]
async fn an_id_that_no_header_can_have_is_an_error() {
    let server = Server::start(|_, exchange| exchange.respond_with_events("id: a\u{1}b\ndata: 1\n\n"));
    let mut source = source(&server).build().unwrap();
    assert_eq!(data(&mut source).await, "1");
    assert_eq!(error(&mut source).await.kind(), ErrorKind::LastEventId);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn waiting_can_be_given_up_at_any_point() {
    let server = Server::start(|number, mut exchange| {
        exchange.event_stream();
        for event in 0..50 {
            std::thread::sleep(Duration::from_millis(1));
            exchange.send(format!("id: {number}-{event}\nda"));
            exchange.send(format!("ta: {number}-{event}\n\n"));
        }
    });
    let mut source = source(&server).build().unwrap();
    let mut seen = Vec::new();
    let mut given_up = 0;
    while seen.len() < 150 {
        tokio::select! {
            biased;
            event = source.next_event() => seen.push(event.unwrap().unwrap().data().to_owned()),
            () = tokio::time::sleep(Duration::from_micros(300)) => given_up += 1,
        }
    }
    let expected: Vec<_> = (0..3).flat_map(|number| (0..50).map(move |event| format!("{number}-{event}"))).collect();
    assert_eq!(seen, expected);
    assert!(given_up > 3);
}

#[tokio::test]
async fn comments_on_request() {
    let server = Server::start(|_, exchange| exchange.respond_with_events(": hello\n\n"));
    let mut source = source(&server).options(fast().comments(true)).build().unwrap();
    assert!(matches!(next(&mut source).await, Some(Ok(Item::Open(_)))));
    let Some(Ok(Item::Comment(text))) = next(&mut source).await else { panic!("there is a comment") };
    assert_eq!(text, "hello");
}

#[tokio::test]
async fn many_share_a_client() {
    let server = Server::start(|_, mut exchange| {
        exchange.event_stream();
        exchange.send(format!("data: {}\n\n", exchange.request.target.clone()));
        exchange.until_closed();
    });
    let client = client_builder().unwrap().build().unwrap();
    let mut sources = Vec::new();
    let mut seen = HashSet::new();
    for number in 0..20 {
        let builder = EventSource::builder(server.url(&format!("/{number}"))).client(client.clone());
        let mut source = builder.options(fast()).build().unwrap();
        seen.insert(data(&mut source).await);
        sources.push(source);
    }
    assert_eq!(seen.len(), 20);
    drop(sources);
    done(server).await;
}

#[tokio::test]
async fn errors_have_no_secrets() {
    let server = Server::start(|_, exchange| drop(exchange));
    let url = server.url("/private?token=secret").replace("//", "//user:secret@");
    let builder = EventSource::builder(url).header("authorization", "Bearer secret");
    let mut source = builder.options(fast().max_failures(0)).build().unwrap();
    let error = error(&mut source).await;
    let mut texts = format!("{error} {error:?} {source:?}");
    for cause in causes(&error) {
        write!(texts, " {cause} {cause:?}").unwrap();
    }
    assert!(!texts.contains("secret") && !texts.contains("private"), "{texts}");
}

/// Runs a test of this file again, in a process that finds no certificates.
#[cfg(all(feature = "tls", target_os = "linux"))]
#[test]
fn plain_http_needs_no_certificates() {
    let mut this = std::process::Command::new(std::env::current_exe().unwrap());
    this.env("SSL_CERT_FILE", "none").env("SSL_CERT_DIR", "none");
    let output = this.args(["--exact", "comments_on_request", "without_certificates", "--include-ignored"]).output();
    let output = output.unwrap();
    assert!(output.status.success() && String::from_utf8_lossy(&output.stdout).contains("2 passed"), "{output:?}");
}

#[cfg(all(feature = "tls", target_os = "linux"))]
#[test]
#[ignore = "for plain_http_needs_no_certificates"]
fn without_certificates() {
    assert_eq!(EventSource::new("https://127.0.0.1/").unwrap_err().kind(), ErrorKind::Client);
    assert_eq!(client_builder().unwrap_err().kind(), ErrorKind::Client);
}

#[test]
fn a_header_that_cannot_be_sent_is_an_error_at_once() {
    for (name, value) in [("x y", "1"), ("x", "1\n2"), ("", "1")] {
        let builder = EventSource::builder("http://127.0.0.1/").header(name, value).header("x", "1");
        assert_eq!(builder.build().unwrap_err().kind(), ErrorKind::Header, "{name:?} {value:?}");
    }
}

#[test]
fn it_can_be_sent_to_another_thread() {
    fn is_send<T: Send + Unpin>() {}
    is_send::<EventSource>();
    is_send::<tidings_client::Error>();
    assert_eq!(size_of::<tidings_client::Error>(), size_of::<usize>());
    assert!(size_of::<EventSource>() <= 1300, "{}", size_of::<EventSource>());
    let _ = Options::new();
}
