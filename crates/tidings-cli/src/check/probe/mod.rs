//! The requests. All of them are bounded in time and in bytes, and what was seen is noted as soon as it is, so that the user
//! can end it at any time.

mod clock;
mod coding;
mod fault;
mod request;
mod resume;

use std::{
    mem,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use reqwest::{
    Client, Method, Response, Url,
    header::{HeaderMap, HeaderName, HeaderValue},
};
use tokio::time::Instant;

use super::{
    observation::{Asked, End, FaultKind, Head, Observation, Preflight},
    observer::{Moment, Observer, beginning},
};
use clock::{Clock, Deadline};
use coding::Coding;
pub(super) use fault::chain;
use request::{Ask, shown};

/// How much of a body is looked at.
const BYTES: u64 = 16 * 1024 * 1024;
/// How much is shown of a body that is no event stream.
const EXCERPT: usize = 200;
/// How long that may take.
const EXCERPT_TIME: Duration = Duration::from_secs(1);
/// How long requests beside the first may take.
const BESIDE: Duration = Duration::from_secs(5);

/// What is to be asked for.
pub(super) struct Plan {
    pub(super) client: Client,
    pub(super) url: Url,
    pub(super) method: Method,
    pub(super) headers: HeaderMap,
    pub(super) body: Option<Bytes>,
    pub(super) origin: Option<(String, HeaderValue)>,
    pub(super) time: Duration,
}

/// What was seen so far.
pub(super) struct Seen {
    observation: Observation,
    observer: Observer,
    started: Instant,
    clock: Clock,
}

impl Seen {
    pub(super) fn new(plan: &Plan) -> Self {
        let asked = Asked {
            method: plan.method.to_string(),
            url: shown(&plan.url),
            origin: plan.origin.as_ref().map(|(origin, _)| origin.clone()),
            headers: plan.headers.keys().map(HeaderName::to_string).collect(),
            time: milliseconds(plan.time),
        };
        let observation = Observation { asked, ..Observation::default() };
        Self { observation, observer: Observer::default(), started: Instant::now(), clock: Clock::new() }
    }

    /// All that was seen, whether or not the probe came to its end.
    pub(super) fn finish(mut self) -> Observation {
        let watched = self.watched();
        let seen = &mut self.observation;
        if seen.head.is_none() && seen.fault.is_none() {
            seen.fault = Some(fault::no_head(self.started.elapsed()));
        }
        if seen.head.as_ref().is_some_and(|head| head.status == 200) && seen.end == End::None {
            seen.end = End::Interrupted;
            seen.watched = watched;
        }
        seen.late = milliseconds(self.clock.longest());
        self.observer.finish(seen.end == End::Stream);
        seen.arrival = mem::take(&mut self.observer.arrival);
        seen.stream = mem::take(&mut self.observer.stream);
        self.observation
    }

    /// For how long it was watched up to now, in milliseconds. What may have come since it last looked was not.
    fn watched(&self) -> u64 {
        let last = self.observer.arrival.last.unwrap_or(0);
        let late = self.clock.late(self.started + Duration::from_millis(last));
        milliseconds(self.started.elapsed().saturating_sub(late))
    }

    /// Now, for what is seen now.
    fn moment(&self) -> Moment {
        let last = self.observer.arrival.last.unwrap_or(0);
        let clock = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_millis() as i64);
        Moment {
            at: milliseconds(self.started.elapsed()),
            late: milliseconds(self.clock.late(self.started + Duration::from_millis(last))),
            clock,
        }
    }
}

/// Makes all requests.
pub(super) async fn probe(plan: &Plan, seen: &mut Seen) {
    let deadline = seen.clock.deadline(plan.time);
    let Some(response) = first(plan, seen, deadline).await else { return };
    watch(response, seen, deadline).await;
    if seen.observer.arrival.first.is_none() && seen.observation.end == End::Time {
        uncompressed(plan, seen).await;
    }
    if plan.method == Method::GET {
        let ids = seen.observer.stream.ids.iter().cloned().collect();
        resume::resume(plan, ids, &mut seen.clock, &mut seen.observation.resumed).await;
    }
    if let Some((_, origin)) = &plan.origin {
        let preflight = preflight(plan, &mut seen.clock, origin).await;
        seen.observation.preflight = Some(preflight);
    }
}

/// The first request, up to the head. Returns the response if it is to be watched.
async fn first(plan: &Plan, seen: &mut Seen, deadline: Deadline) -> Option<Response> {
    let mut ask = Ask::new(plan);
    loop {
        seen.started = Instant::now();
        let lost = seen.clock.lost();
        let mut response = match seen.clock.until(deadline, ask.send()).await {
            Some(Ok(response)) => response,
            Some(Err(error)) => {
                seen.observation.fault = Some(fault::of(&error, &ask.url).await);
                return None;
            }
            None => {
                seen.observation.fault = Some(fault::no_head(plan.time));
                seen.observation.other_request = other_request(plan, &mut seen.clock).await;
                return None;
            }
        };
        match ask.follow(&response) {
            Ok(Some(redirect)) => seen.observation.redirects.push(redirect),
            Ok(None) => {
                let lost = milliseconds(seen.clock.lost().saturating_sub(lost));
                let Moment { at, late, .. } = seen.moment();
                // A server on the same machine could do nothing either.
                seen.observation.head = Some(head(&response, at, late.max(lost)));
                if response.status() == 200 {
                    return Some(response);
                }
                let end = seen.clock.deadline(plan.time.min(EXCERPT_TIME));
                let beginning = seen.clock.until(end, response.chunk()).await;
                seen.observation.excerpt = beginning.and_then(Result::ok).flatten().map(|chunk| excerpt(&chunk));
                return None;
            }
            Err(fault) => {
                seen.observation.fault = Some(fault);
                return None;
            }
        }
    }
}

/// Watches a body until its end, or that of the time.
async fn watch(mut response: Response, seen: &mut Seen, deadline: Deadline) {
    let head = seen.observation.head.as_ref();
    let is_event_stream = head.is_some_and(Head::is_event_stream);
    let coding = Coding::new(head.and_then(|head| head.first("content-encoding")).unwrap_or_default());
    seen.observation.end = match coding {
        None => End::Coding,
        Some(mut coding) => loop {
            let chunk = match seen.clock.until(deadline, response.chunk()).await {
                None => break End::Time,
                Some(Err(error)) => break End::Broken(chain(&error.without_url())),
                Some(Ok(None)) => break End::Stream,
                Some(Ok(Some(chunk))) => chunk,
            };
            if !is_event_stream && seen.observation.excerpt.is_none() {
                seen.observation.excerpt = Some(excerpt(&chunk));
            }
            let moment = seen.moment();
            if coding.decode(&chunk, |bytes| seen.observer.feed(bytes, moment)).is_err() {
                break End::Coding;
            }
            if seen.observer.stream.bytes > BYTES {
                break End::TooMuch;
            }
        },
    };
    seen.observation.watched = seen.watched();
}

/// What a compressed stream that is silent does uncompressed.
async fn uncompressed(plan: &Plan, seen: &mut Seen) {
    let compressed = seen.observation.head.as_ref().is_some_and(|head| head.first("content-encoding").is_some());
    if !compressed {
        return;
    }
    let end = seen.clock.deadline(plan.time.min(BESIDE));
    let started = Instant::now();
    let mut ask = Ask::new(plan);
    ask.headers.insert(reqwest::header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    let Some(mut response) = ask.response(&mut seen.clock, end).await else { return };
    if let Some(Ok(Some(_))) = seen.clock.until(end, response.chunk()).await {
        seen.observation.uncompressed = Some(milliseconds(started.elapsed()));
    }
}

/// The status of another request to the same URL.
async fn other_request(plan: &Plan, clock: &mut Clock) -> Option<u16> {
    let mut ask = Ask::new(plan);
    ask.method = Method::HEAD;
    ask.body = None;
    let end = clock.deadline(plan.time.min(BESIDE));
    let response = clock.until(end, ask.send()).await;
    response?.ok().map(|response| response.status().as_u16())
}

/// What `fetch` asks before it makes the request from a page of another origin: without credentials.
async fn preflight(plan: &Plan, clock: &mut Clock, origin: &HeaderValue) -> Preflight {
    let mut asked_headers: Vec<String> = plan.headers.keys().map(HeaderName::to_string).collect();
    asked_headers
        .retain(|name| !matches!(&**name, "accept" | "accept-language" | "content-language" | "cookie" | "origin"));
    asked_headers.push("last-event-id".to_owned());
    asked_headers.sort_unstable();
    asked_headers.dedup();
    let request = plan.client.request(Method::OPTIONS, plan.url.clone()).header("origin", origin);
    let request = request.header("access-control-request-method", plan.method.as_str());
    let request = request.header("access-control-request-headers", asked_headers.join(","));
    let end = clock.deadline(plan.time.min(BESIDE));
    let response = clock.until(end, request.send()).await.and_then(Result::ok);
    Preflight {
        status: response.as_ref().map(|response| response.status().as_u16()),
        asked_headers,
        headers: response.map(|response| request::headers(response.headers())).unwrap_or_default(),
    }
}

fn head(response: &Response, after: u64, late: u64) -> Head {
    Head {
        status: response.status().as_u16(),
        version: format!("{:?}", response.version()),
        after,
        late,
        headers: request::headers(response.headers()),
    }
}

fn excerpt(chunk: &[u8]) -> String {
    beginning(chunk, EXCERPT)
}

fn milliseconds(time: Duration) -> u64 {
    time.as_millis() as u64
}

/// What a fault is about, for those who make one.
fn fault(kind: FaultKind, text: impl Into<String>) -> super::observation::Fault {
    super::observation::Fault { kind, text: text.into() }
}
