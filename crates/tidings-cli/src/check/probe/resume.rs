//! Coming back with a last event ID.

use std::time::Duration;

use reqwest::header::{HeaderName, HeaderValue};

use super::{
    super::{
        observation::Resumed,
        observer::{Moment, Observer},
    },
    BYTES, Plan,
    clock::Clock,
    coding::Coding,
    request::Ask,
};

/// How many events are to come again.
const AGAIN: usize = 3;
/// How long they may take.
const TIME: Duration = Duration::from_secs(3);
/// The type of the event with which a hub says that some events are not kept any more.
const GAP: &str = "gap";
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Connects again with the ID of an event before the last, and looks whether those after it come. It is noted as it comes.
pub(super) async fn resume(plan: &Plan, mut ids: Vec<String>, clock: &mut Clock, seen: &mut Option<Resumed>) {
    let Some(before) = ids.len().checked_sub(1) else { return };
    let expected = ids.split_off(ids.len() - before.min(AGAIN));
    let Some(last_event_id) = ids.pop() else { return };
    // Browsers send whatever the ID is; a control character cannot be sent.
    let Ok(value) = HeaderValue::from_bytes(last_event_id.as_bytes()) else { return };
    let mut ask = Ask::new(plan);
    ask.headers.insert(LAST_EVENT_ID, value);
    let deadline = clock.deadline(plan.time.min(TIME));
    let response = ask.response(clock, deadline).await;
    let status = response.as_ref().map(|response| response.status().as_u16());
    let seen = seen.insert(Resumed { last_event_id, status, expected, ..Resumed::default() });
    let Some(mut response) = response.filter(|response| response.status() == 200) else { return };
    let coding = response.headers().get("content-encoding").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let Some(mut coding) = Coding::new(coding) else { return };
    let mut observer = Observer::default();
    while let Some(Ok(Some(chunk))) = clock.until(deadline, response.chunk()).await {
        // When it comes does not matter here.
        if coding.decode(&chunk, |bytes| observer.feed(bytes, Moment::default())).is_err() {
            return;
        }
        let stream = &observer.stream;
        seen.came = stream.ids.iter().cloned().collect();
        seen.told_gap = stream.types.contains_key(GAP);
        let all = !seen.expected.is_empty() && seen.expected.iter().all(|id| seen.came.contains(id));
        if all || seen.came.contains(&seen.last_event_id) || stream.bytes > BYTES {
            return;
        }
    }
}
