//! The page that the browser opens, and what it reports.

use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    response::Html,
    routing::{get, post},
};
use bytes::Bytes;
use http::{StatusCode, header};
use serde_json::Value;
use tokio::{
    net::TcpListener,
    sync::{
        Mutex,
        mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    },
    task::JoinHandle,
};

use crate::wait;

/// What pages load.
const SCRIPT: &str = include_str!("../pages/report.js");

/// The server of one page, on an origin of its own.
///
/// The page has to load `/report.js`. It then has `await told()`, which waits for what the test [tells](Self::tell) it next,
/// and `await report(value)`, which hands any JSON to the test.
#[derive(Debug)]
pub struct Page {
    port: u16,
    reports: UnboundedReceiver<Value>,
    told: UnboundedSender<Value>,
    server: JoinHandle<()>,
}

impl Page {
    /// Serves a page.
    pub async fn serve(html: &'static str) -> Self {
        let (sender, reports) = unbounded_channel();
        let (told, to_tell) = unbounded_channel();
        let to_tell = Arc::new(Mutex::new(to_tell));
        let routes = Router::new()
            .route("/", get(move || async move { Html(html) }))
            .route("/report.js", get(|| async { ([(header::CONTENT_TYPE, "text/javascript")], SCRIPT) }))
            .route("/report", post(take).with_state(sender))
            .route("/told", get(tell).with_state(to_tell));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        let server = tokio::spawn(async move {
            axum::serve(listener, routes).await.expect("it never ends");
        });
        Self { port, reports, told, server }
    }

    /// Its origin, which is also its address.
    pub fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The next thing that the page reports.
    ///
    /// # Panics
    ///
    /// If it reports nothing, or that something went wrong.
    pub async fn report(&mut self) -> Value {
        let report = wait::within("a report of the page", self.reports.recv()).await;
        let report = report.expect("the server has the sender");
        assert!(report.get("wrong").is_none(), "the page says: {report}");
        report
    }

    /// Tells the page something.
    pub fn tell(&self, value: impl Into<Value>) {
        self.told.send(value.into()).expect("the server has the receiver");
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn take(State(reports): State<UnboundedSender<Value>>, body: Bytes) -> StatusCode {
    let Ok(report) = serde_json::from_slice(&body) else { return StatusCode::BAD_REQUEST };
    // Nobody waits any more when the test is over.
    let _ = reports.send(report);
    StatusCode::NO_CONTENT
}

async fn tell(State(to_tell): State<Arc<Mutex<UnboundedReceiver<Value>>>>) -> String {
    let next = to_tell.lock().await.recv().await;
    next.unwrap_or_default().to_string()
}
