//! `CHAT_URL=http://127.0.0.1:8080/v1/chat/completions cargo run -p example-llm-proxy`
//!
//! Then open <http://127.0.0.1:3000>. `CHAT_URL` is anything that answers like the chat completions of `OpenAI`; `CHAT_KEY` is its
//! key, if it wants one. A URL that begins with https needs `--features tls`.
//!
//! What a page posts to `/chat` goes to the upstream as it is, with the key, and the events of the answer come back one by one.
//! Nothing runs ahead: an event is read from the upstream when the page can take it, and the upstream is let go of when the page
//! is. Whoever can reach this program can spend the key: put your own login before it.

#![forbid(unsafe_code)]

mod relay;

use std::{env, io, sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::{get, post},
};
use example_common::{address, until_stopped};
use tidings_axum::{EventStream, Listener, Options, Shutdown};
use tokio::{net::TcpListener, time::timeout};

/// How long answers may go on when the server is to stop.
const GRACE: Duration = Duration::from_secs(20);

struct Proxy {
    client: reqwest::Client,
    url: String,
    key: Option<String>,
    options: Options,
}

#[tokio::main]
async fn main() -> io::Result<()> {
    tracing_subscriber::fmt().with_writer(io::stderr).init();
    #[cfg(feature = "tls")]
    let _ = rustls::crypto::ring::default_provider().install_default();

    let shutdown = Shutdown::new();
    let proxy = Arc::new(Proxy {
        // No time-out for the whole of an answer: it may take minutes, and the page gets keep-alives while it does.
        client: reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(10))
            .build()
            .map_err(io::Error::other)?,
        url: env::var("CHAT_URL").map_err(|_| io::Error::other("set CHAT_URL"))?,
        key: env::var("CHAT_KEY").ok(),
        options: Options::builder().shutdown(&shutdown).build().map_err(io::Error::other)?,
    });
    let app = Router::new()
        .route("/", get(async || Html(include_str!("page.html"))))
        .route("/chat", post(chat))
        .with_state(proxy);

    let listener = TcpListener::bind(address()).await?;
    println!("http://{}", listener.local_addr()?);

    let stop = async move {
        until_stopped().await.expect("this system has signals");
        // Answers end by themselves, and cannot be gone on with: let them, unless Ctrl-C comes again.
        tokio::spawn(async move {
            let _ = timeout(GRACE, until_stopped()).await;
            shutdown.drain(Duration::ZERO);
        });
    };
    axum::serve(Listener::new(listener)?, app).with_graceful_shutdown(stop).await
}

async fn chat(State(proxy): State<Arc<Proxy>>, headers: HeaderMap, body: Bytes) -> Response {
    // Pages of other origins cannot post this type without being asked whether they may.
    if media_type(&headers) != "application/json" {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    }
    let mut request = proxy.client.post(&proxy.url).header(header::CONTENT_TYPE, "application/json").body(body);
    if let Some(key) = &proxy.key {
        request = request.bearer_auth(key);
    }
    match request.send().await {
        Ok(upstream) if is_event_stream(&upstream) => {
            EventStream(proxy.options.body(relay::events(upstream))).into_response()
        }
        Ok(upstream) => pass_on(upstream),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "the upstream does not answer");
            StatusCode::BAD_GATEWAY.into_response()
        }
    }
}

fn is_event_stream(upstream: &reqwest::Response) -> bool {
    upstream.status() == StatusCode::OK && media_type(upstream.headers()) == "text/event-stream"
}

/// The content type in lower case, without parameters.
fn media_type(headers: &HeaderMap) -> String {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// What is no event stream, an error above all, goes on as it is: its status, what it says, and when to come back.
fn pass_on(upstream: reqwest::Response) -> Response {
    let mut headers = HeaderMap::new();
    for name in [header::CONTENT_TYPE, header::RETRY_AFTER] {
        if let Some(value) = upstream.headers().get(&name) {
            headers.insert(name, value.clone());
        }
    }
    (upstream.status(), headers, Body::new(reqwest::Body::from(upstream))).into_response()
}
