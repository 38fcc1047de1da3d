//! Publishing.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::{
    Request, Response, StatusCode,
    body::{Body as _, Incoming},
    header::{self, HeaderName, HeaderValue},
};
use tidings_http::{EventType, Frame};
use tidings_hub::{Publication, PublishError};

use super::{
    app::App,
    body::{Body, content},
    form::Form,
    refusal::Refusal,
};

/// What tells a publisher that its event was published before. The body is the ID in any case, and the status 200: that is what
/// clients of the protocol look at.
pub(super) const REPEATED: HeaderName = HeaderName::from_static("tidings-repeated");
/// What topics and types begin with that only this program publishes: a client must be able to trust them.
const OWN: &str = "tidings/";
/// The longest ID that a publisher can give, in bytes.
const MOST_ID_BYTES: usize = 1024;
/// How long a publisher may take for the body of its request.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// Publishes an event.
pub(super) async fn publish(app: &App, request: Request<Incoming>) -> Result<Response<Body>, Refusal> {
    app.access.check_origin(request.headers())?;
    app.access.check_key(request.headers())?;
    let body = read(app, request).await?;
    let form = Form::parse(&body)?;
    // Whatever its value is, and even if it has none.
    if form.all("private").next().is_some() {
        return Err(Refusal::bad("private: updates for some subscribers only are not supported"));
    }
    let frame = frame(&form)?;
    let topics: Vec<&str> = form.all("topic").collect();
    if topics.iter().any(|topic| topic.starts_with(OWN)) {
        return Err(Refusal::bad(format!("topic: what begins with {OWN} is the server's own")));
    }
    let key = match form.get("id") {
        Some(id) if id.len() > MOST_ID_BYTES => {
            return Err(Refusal::bad(format!("id: more than {MOST_ID_BYTES} bytes")));
        }
        id => id.map(|id| app.keys.key(&topics, id)),
    };
    let mut publication = Publication::new(&topics, frame);
    if let Some(key) = &key {
        publication = publication.key(key);
    }
    let published = app.hub.publish_with(&publication).map_err(|error| match error {
        PublishError::TooLarge { .. } => Refusal::too_large(format!("data: {error}")),
        PublishError::Topic(error) => Refusal::bad(format!("topic: {error}")),
        _ => Refusal::bad(error.to_string()),
    })?;
    let mut response = content("text/plain; charset=utf-8", published.id.to_string());
    if !published.is_new {
        response.headers_mut().insert(REPEATED, HeaderValue::from_static("true"));
    }
    Ok(response)
}

/// The event that a form describes.
fn frame<'a>(form: &'a Form<'_>) -> Result<Frame<'a>, Refusal> {
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
    Ok(frame)
}

/// Reads the body of a form, within its limits.
async fn read(app: &App, request: Request<Incoming>) -> Result<Bytes, Refusal> {
    let content_type = request.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    let essence = content_type.and_then(|value| value.split(|byte| *byte == b';').next()).unwrap_or_default();
    if !essence.trim_ascii().eq_ignore_ascii_case(b"application/x-www-form-urlencoded") {
        let reason = "content-type: not application/x-www-form-urlencoded";
        return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, reason));
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
        Err(_) => Err(Refusal::new(StatusCode::REQUEST_TIMEOUT, "the body did not come in time")),
    }
}
