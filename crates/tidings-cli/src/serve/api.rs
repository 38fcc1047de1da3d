//! The requests.

use std::{convert::Infallible, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Body as _, Incoming},
    header,
};
use tidings_http::{EventType, Frame, LastEventId};
use tidings_hub::{Publication, PublishError, Start};
use tower::{ServiceBuilder, service_fn};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::{
    app::App,
    body::{Body, content, events, text},
    form::Form,
    metrics, page,
    refusal::Refusal,
    selectors,
};

/// Where the protocol lives.
const HUB: &str = "/.well-known/mercure";
/// What topics and types begin with that only this program publishes: a client must be able to trust them.
const OWN: &str = "tidings/";
/// How long a publisher may take for the body of its request.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// All requests, with CORS for the origins that may.
pub(super) fn service(
    app: App,
) -> impl tower::Service<Request<Incoming>, Response = Response<Body>, Error = Infallible, Future: Send>
+ Clone
+ Send
+ 'static {
    let origins = app.access.origins.iter().map(|origin| origin.0.clone());
    let cors = CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::HeaderName::from_static(LastEventId::HEADER),
        ])
        .allow_credentials(true);
    ServiceBuilder::new().layer(cors).service(service_fn(move |request| handle(app.clone(), request)))
}

async fn handle(app: App, request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    let response = match (request.uri().path(), request.method()) {
        (HUB, &Method::GET) => subscribe(&app, &request),
        (HUB, &Method::POST) => publish(&app, request).await,
        (HUB, _) => Ok(not_allowed("GET, POST")),
        ("/cut", &Method::POST) => cut(&app, &request),
        ("/cut", _) => Ok(not_allowed("POST")),
        (path, &Method::GET | &Method::HEAD) => Ok(read_only(&app, path)),
        _ => Ok(not_allowed("GET, HEAD")),
    };
    Ok(response.unwrap_or_else(Refusal::into_response))
}

/// What is there to be looked at.
fn read_only(app: &App, path: &str) -> Response<Body> {
    match path {
        "/healthz" => text(StatusCode::OK, "ok"),
        "/metrics" => content("text/plain; version=0.0.4; charset=utf-8", metrics::metrics(app)),
        _ => page::file(path).unwrap_or_else(|| text(StatusCode::NOT_FOUND, "there is nothing here")),
    }
}

fn not_allowed(allowed: &'static str) -> Response<Body> {
    let mut response = text(StatusCode::METHOD_NOT_ALLOWED, format!("this takes {allowed} only"));
    response.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static(allowed));
    response
}

/// Starts a stream of events. A last event ID is never an error: `EventSource` would give up.
fn subscribe(app: &App, request: &Request<Incoming>) -> Result<Response<Body>, Refusal> {
    let query = Form::parse(request.uri().query().unwrap_or_default().as_bytes())?;
    let topics = selectors::topics(&query).map_err(|error| Refusal::bad(format!("match: {error}")))?;
    let last_event_id = LastEventId::from_request(request.headers(), request.uri());
    let start = match last_event_id.as_str() {
        Some("earliest") => Start::Earliest,
        Some(id) => Start::After(id.to_owned()),
        None => match query.get("last").map(str::parse) {
            Some(Ok(count)) => Start::Last(count),
            Some(Err(_)) => return Err(Refusal::bad("last: not a number of events")),
            None => Start::Live,
        },
    };
    let subscription = app.hub.subscribe(&topics, &start);
    if let Some(name) = query.get("client").filter(|name| name.len() <= 64) {
        app.name_client(name, subscription.id());
    }
    Ok(events(app.options.body(subscription)))
}

/// Publishes an event.
async fn publish(app: &App, request: Request<Incoming>) -> Result<Response<Body>, Refusal> {
    app.access.check_origin(request.headers())?;
    app.access.check_key(request.headers())?;
    let body = read(app, request).await?;
    let form = Form::parse(&body)?;
    if form.get("private").is_some() {
        return Err(Refusal::bad("private: updates for some subscribers only are not supported"));
    }
    let mut frame = Frame::event(form.all("data").next().unwrap_or_default());
    if let Some(event_type) = form.get("type") {
        if event_type.starts_with(OWN) || event_type == tidings_hub::GAP.as_str() {
            return Err(Refusal::bad(format!(
                "type: {} and what begins with {OWN} are the server's own",
                tidings_hub::GAP
            )));
        }
        let event_type = EventType::new(event_type).map_err(|error| Refusal::bad(format!("type: {error}")))?;
        frame = frame.event_type(event_type);
    }
    if let Some(retry) = form.get("retry") {
        let digits = Some(retry).filter(|retry| retry.bytes().all(|byte| byte.is_ascii_digit()));
        let milliseconds = digits.and_then(|digits| digits.parse().ok());
        let milliseconds = milliseconds.ok_or_else(|| Refusal::bad("retry: not a number of milliseconds"))?;
        frame = frame.retry(Duration::from_millis(milliseconds));
    }
    let topics: Vec<&str> = form.all("topic").collect();
    if topics.iter().any(|topic| topic.starts_with(OWN)) {
        return Err(Refusal::bad(format!("topic: what begins with {OWN} is the server's own")));
    }
    let mut publication = Publication::new(&topics, frame);
    if let Some(id) = form.get("id") {
        publication = publication.key(id);
    }
    match app.hub.publish_with(&publication) {
        Ok(published) => Ok(content("text/plain; charset=utf-8", published.id.to_string())),
        Err(error @ PublishError::TooLarge { .. }) => Err(Refusal::too_large(format!("data: {error}"))),
        Err(PublishError::Topic(error)) => Err(Refusal::bad(format!("topic: {error}"))),
        Err(error) => Err(Refusal::bad(format!("id: {error}"))),
    }
}

/// Ends the stream of a client that gave itself a name, for the page's button.
fn cut(app: &App, request: &Request<Incoming>) -> Result<Response<Body>, Refusal> {
    app.access.check_origin(request.headers())?;
    let query = Form::parse(request.uri().query().unwrap_or_default().as_bytes())?;
    app.cut_client(query.get("client").ok_or_else(|| Refusal::bad("client: missing"))?);
    let mut response = Response::new(Body::default());
    *response.status_mut() = StatusCode::NO_CONTENT;
    Ok(response)
}

/// Reads the body of a form, within its limits.
async fn read(app: &App, request: Request<Incoming>) -> Result<Bytes, Refusal> {
    let content_type = request.headers().get(header::CONTENT_TYPE).map(header::HeaderValue::as_bytes);
    let essence = content_type.and_then(|value| value.split(|byte| *byte == b';').next()).unwrap_or_default();
    if !essence.trim_ascii().eq_ignore_ascii_case(b"application/x-www-form-urlencoded") {
        let reason = "content-type: not application/x-www-form-urlencoded".to_owned();
        return Err(Refusal { status: StatusCode::UNSUPPORTED_MEDIA_TYPE, reason });
    }
    // A byte of data can take three in a form.
    let limit = app.max_event_bytes.saturating_mul(3).saturating_add(64 * 1024);
    let too_large = || Refusal::too_large(format!("the body has more than {limit} bytes"));
    if request.body().size_hint().lower() > limit as u64 {
        return Err(too_large()); // before a client that waits to be told goes on
    }
    let body = tokio::time::timeout(BODY_TIMEOUT, Limited::new(request.into_body(), limit).collect()).await;
    match body {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
        Ok(Err(error)) => Err(Refusal::bad(format!("the body cannot be read: {error}"))),
        Err(_) => {
            let reason = "the body did not come in time".to_owned();
            Err(Refusal { status: StatusCode::REQUEST_TIMEOUT, reason })
        }
    }
}
