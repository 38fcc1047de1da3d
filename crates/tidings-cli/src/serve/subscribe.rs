//! Subscribing.

use hyper::{
    Request, Response,
    body::Incoming,
    header::{HeaderName, HeaderValue},
};
use tidings_http::LastEventId;
use tidings_hub::Start;

use super::{
    app::App,
    body::{Body, events},
    form::Form,
    refusal::Refusal,
    selectors,
};

/// What tells a client that comes back after which event its stream begins: as the protocol has it, and as it had it before.
pub(super) const BEGINS_AFTER: [HeaderName; 2] =
    [HeaderName::from_static("mercure-last-event-id"), HeaderName::from_static(LastEventId::HEADER)];
/// What is asked for, and said, in place of an ID where there is nothing before.
const EARLIEST: &str = "earliest";
/// The longest name that a client can give itself, in bytes.
const MOST_NAME_BYTES: usize = 64;

/// Starts a stream of events. A last event ID is never an error: `EventSource` would give up.
pub(super) fn subscribe(app: &App, request: &Request<Incoming>) -> Result<Response<Body>, Refusal> {
    let query = Form::parse(request.uri().query().unwrap_or_default().as_bytes())?;
    let selected = selectors::selected(&query)?;
    let name = query.get("client");
    if name.is_some_and(|name| name.len() > MOST_NAME_BYTES) {
        return Err(Refusal::bad(format!("client: a name of more than {MOST_NAME_BYTES} bytes")));
    }
    let last_event_id = LastEventId::from_request(request.headers(), request.uri());
    let start = match last_event_id.as_str() {
        Some(EARLIEST) => Start::Earliest,
        Some(id) => Start::After(id.to_owned()),
        None => match query.get("last").map(str::parse) {
            Some(Ok(count)) => Start::Last(count),
            Some(Err(_)) => return Err(Refusal::bad("last: not a number of events")),
            None => Start::Live,
        },
    };
    let subscription = app.hub.subscribe(&selected.topics, &start);
    let begins_after = match start {
        Start::Live | Start::Last(_) => None,
        Start::Earliest => Some(HeaderValue::from_static(EARLIEST)),
        Start::After(_) => subscription.position().and_then(|id| match id.sequence() {
            0 => Some(HeaderValue::from_static(EARLIEST)),
            _ => HeaderValue::try_from(id.to_string()).ok(),
        }),
    };
    let open = app.open(name, subscription.id(), selected.vitals);
    let mut response = events(app.options.body(subscription), open);
    if let Some(id) = begins_after {
        response.headers_mut().extend(BEGINS_AFTER.map(|name| (name, id.clone())));
    }
    Ok(response)
}
