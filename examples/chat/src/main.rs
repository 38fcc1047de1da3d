//! `CHAT_KEY=secret cargo run -p example-chat`
//!
//! Then open <http://127.0.0.1:3000> in two windows. Whoever has the key opens <http://127.0.0.1:3000/#key=secret>, and can ban; without
//! `CHAT_KEY` nobody can.
//!
//! A room is a topic of the hub. Who enters gets the last messages, who comes back those that were missed, and all are told how
//! many are there. Names are taken on trust, and a ban is one of a name: put your own login before it.

#![forbid(unsafe_code)]

mod refused;
mod rooms;

use std::{env, io, sync::Arc, time::Duration};

use axum::{
    Form, Router,
    extract::{DefaultBodyLimit, Path, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::IntoResponse,
    routing::{get, post},
};
use example_common::{address, until_stopped};
use refused::Refused;
use rooms::Rooms;
use serde::Deserialize;
use subtle::ConstantTimeEq as _;
use tidings_axum::{EventStream, LastEventId, Listener, Options, Shutdown};
use tidings_hub::Hub;
use tokio::net::TcpListener;

struct Chat {
    rooms: Rooms,
    options: Options,
    key: Option<String>,
}

#[tokio::main]
async fn main() -> io::Result<()> {
    // Messages are kept for a day, unless there are too many.
    let hub = Hub::builder().keep_events(10_000).keep_bytes(16 * 1024 * 1024).keep_for(Duration::from_hours(24));
    let shutdown = Shutdown::new();
    let options = Options::builder().reconnection_time(Duration::from_secs(1)).shutdown(&shutdown);
    let chat = Arc::new(Chat {
        rooms: Rooms::new(hub.build().map_err(io::Error::other)?),
        options: options.build().map_err(io::Error::other)?,
        key: env::var("CHAT_KEY").ok().filter(|key| !key.is_empty()),
    });
    let app = Router::new()
        .route("/", get(async || file("text/html", include_str!("chat.html"))))
        .route("/chat.css", get(async || file("text/css", include_str!("chat.css"))))
        .route("/chat.js", get(async || file("text/javascript", include_str!("chat.js"))))
        .route("/rooms/{room}", get(enter).post(say))
        .route("/rooms/{room}/ban", post(ban))
        .layer(DefaultBodyLimit::max(32 * 1024))
        .with_state(chat);

    let listener = TcpListener::bind(address()).await?;
    println!("http://{}", listener.local_addr()?);

    let stop = async move {
        until_stopped().await.expect("this system has signals");
        // The open streams end at different moments, and their clients come back at different moments.
        shutdown.drain(Duration::from_millis(500));
    };
    axum::serve(Listener::new(listener)?, app).with_graceful_shutdown(stop).await
}

/// A file of the page. Its policy lets no script run but the page's own, whatever somebody may have said.
fn file(content_type: &'static str, content: &'static str) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, content_type),
        (header::CONTENT_SECURITY_POLICY, "default-src 'self'; img-src data:; frame-ancestors 'none'; base-uri 'none'"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, content)
}

#[derive(Deserialize)]
struct Person {
    name: String,
}

async fn enter(
    State(chat): State<Arc<Chat>>,
    Path(room): Path<String>,
    Query(person): Query<Person>,
    last: LastEventId,
) -> Result<impl IntoResponse, Refused> {
    let events = chat.rooms.enter(&room, &person.name, &last)?;
    Ok(EventStream(chat.options.body(events)))
}

#[derive(Deserialize)]
struct Message {
    name: String,
    text: String,
    /// Chosen by the client, so that it can send the message again when it does not know whether it got through.
    key: Option<String>,
}

async fn say(
    State(chat): State<Arc<Chat>>,
    Path(room): Path<String>,
    Form(message): Form<Message>,
) -> Result<String, Refused> {
    let id = chat.rooms.say(&room, &message.name, &message.text, message.key.as_deref())?;
    Ok(id.to_string())
}

async fn ban(
    State(chat): State<Arc<Chat>>,
    Path(room): Path<String>,
    headers: HeaderMap,
    Form(person): Form<Person>,
) -> Result<StatusCode, Refused> {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
    let may = chat.key.as_ref().zip(given).is_some_and(|(key, given)| key.as_bytes().ct_eq(given).into());
    if !may {
        return Err(Refused::NoModerator);
    }
    chat.rooms.ban(&room, &person.name)?;
    Ok(StatusCode::NO_CONTENT)
}
