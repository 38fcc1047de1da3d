//! The routes with axum.

use axum::{
    Router,
    extract::{RawQuery, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use tidings_axum::{EventStream, LastEventId};
use tokio::net::TcpListener;
use tower_http::{compression::CompressionLayer, cors::CorsLayer};

use crate::{session, settings::Settings, stop, streams::Streams};

/// Serves until SIGTERM.
pub(crate) async fn serve(settings: Settings, streams: Streams) {
    let stop = stop(&streams);
    let listener = TcpListener::bind(("127.0.0.1", settings.port)).await.expect("the port is free");
    axum::serve(listener, routes(&settings, streams)).with_graceful_shutdown(stop).await.expect("it never fails");
}

fn routes(settings: &Settings, streams: Streams) -> Router {
    let mut routes = Router::new()
        .route("/feed", get(feed))
        .route("/kinds", get(kinds))
        .route("/quiet", get(quiet))
        .route("/step", get(step))
        .route("/next", post(next))
        .route("/echo", get(echo))
        .route("/login", post(login))
        .route("/private", get(private))
        .route("/open", get(open))
        .with_state(streams);
    if let Some(origin) = &settings.origin {
        let origin: HeaderValue = origin.parse().expect("the origin is ASCII");
        routes = routes.layer(CorsLayer::new().allow_origin(origin).allow_credentials(true));
    }
    if settings.compress {
        routes = routes.layer(CompressionLayer::new());
    }
    routes
}

async fn feed(State(streams): State<Streams>, RawQuery(query): RawQuery, last: LastEventId) -> impl IntoResponse {
    EventStream(streams.feed(query.as_deref(), &last))
}

async fn kinds(State(streams): State<Streams>, last: LastEventId) -> impl IntoResponse {
    EventStream(streams.kinds(&last))
}

async fn quiet(State(streams): State<Streams>) -> impl IntoResponse {
    EventStream(streams.quiet())
}

async fn step(State(streams): State<Streams>) -> impl IntoResponse {
    EventStream(streams.step())
}

async fn next(State(streams): State<Streams>) {
    streams.next();
}

async fn echo(State(streams): State<Streams>, RawQuery(query): RawQuery, last: LastEventId) -> impl IntoResponse {
    EventStream(streams.echo(query.as_deref(), &last))
}

async fn login() -> impl IntoResponse {
    [(header::SET_COOKIE, session::LOGIN)]
}

async fn private(State(streams): State<Streams>, headers: HeaderMap) -> Response {
    match session::user(headers.get(header::COOKIE).map(HeaderValue::as_bytes)) {
        Some(user) => EventStream(streams.private(&user)).into_response(),
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}

async fn open(State(streams): State<Streams>) -> String {
    streams.shutdown().open_streams().to_string()
}
