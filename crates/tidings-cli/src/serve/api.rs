//! The requests.

use std::{convert::Infallible, net::SocketAddr};

use hyper::{
    Method, Request, Response, StatusCode,
    body::Incoming,
    header::{self, HeaderName},
};
use tidings_http::LastEventId;
use tower::{ServiceBuilder, service_fn, util::option_layer};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::{
    app::App,
    body::{Body, content, text},
    form::Form,
    metrics, page,
    publish::{self, publish},
    refusal::Refusal,
    subscribe::{self, subscribe},
};

/// Where the protocol lives.
const HUB: &str = "/.well-known/mercure";

/// Where a request comes from.
#[derive(Clone, Copy)]
pub(super) struct Peer(pub(super) SocketAddr);

/// All requests, with CORS for the origins that may.
pub(super) fn service(
    app: App,
) -> impl tower::Service<Request<Incoming>, Response = Response<Body>, Error = Infallible, Future: Send>
+ Clone
+ Send
+ 'static {
    // For nobody, it would be headers that each connection keeps.
    let cors = (!app.access.origins.is_empty()).then(|| cors(&app));
    let service = service_fn(move |request| handle(app.clone(), request));
    ServiceBuilder::new().layer(option_layer(cors)).service(service)
}

fn cors(app: &App) -> CorsLayer {
    let origins = app.access.origins.iter().map(|origin| origin.0.clone());
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, HeaderName::from_static(LastEventId::HEADER)])
        .expose_headers(subscribe::BEGINS_AFTER.into_iter().chain([publish::REPEATED]).collect::<Vec<_>>())
        .allow_credentials(true)
}

async fn handle(app: App, request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    let peer = request.extensions().get().map(|Peer(peer)| *peer);
    // Without its query, which may have secrets.
    let asked = (request.method().clone(), request.uri().path().to_owned());
    let response = answer(&app, request).await.unwrap_or_else(|refusal| {
        refusal.log(&app, peer, format_args!("{} {}", asked.0, asked.1));
        refusal.into_response()
    });
    Ok(response)
}

async fn answer(app: &App, request: Request<Incoming>) -> Result<Response<Body>, Refusal> {
    app.access.check_host(request.headers())?;
    match (request.uri().path(), request.method()) {
        (HUB, &Method::GET) => subscribe(app, &request),
        (HUB, &Method::POST) => publish(app, request).await,
        (HUB, _) => Err(Refusal::not_allowed("GET, POST")),
        ("/cut", &Method::POST) => cut(app, &request),
        ("/cut", _) => Err(Refusal::not_allowed("POST")),
        (path, &Method::GET | &Method::HEAD) => read_only(app, path),
        _ => Err(Refusal::not_allowed("GET, HEAD")),
    }
}

/// What is there to be looked at.
fn read_only(app: &App, path: &str) -> Result<Response<Body>, Refusal> {
    match path {
        "/healthz" => Ok(text(StatusCode::OK, "ok")),
        "/metrics" => Ok(content("text/plain; version=0.0.4; charset=utf-8", metrics::metrics(app))),
        _ => page::file(path).ok_or_else(|| Refusal::not_found("there is nothing here")),
    }
}

/// Ends the stream of a client that gave itself a name, for the page's button.
fn cut(app: &App, request: &Request<Incoming>) -> Result<Response<Body>, Refusal> {
    app.access.check_origin(request.headers())?;
    let query = Form::parse(request.uri().query().unwrap_or_default().as_bytes())?;
    if !app.cut_client(query.get("client").ok_or_else(|| Refusal::bad("client: missing"))?) {
        return Err(Refusal::not_found("client: no open stream has this name"));
    }
    let mut response = Response::new(Body::default());
    *response.status_mut() = StatusCode::NO_CONTENT;
    Ok(response)
}
