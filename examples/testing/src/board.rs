//! The test of the programs that serve the same board: state, and its changes through a hub.

use std::time::Duration;

use serde_json::Value;
use tidings_codec::OwnedEvent;

use crate::{Program, Response};

/// How many events the programs keep.
const KEPT: u64 = 100;
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// Gets the page and the state; follows its changes; comes back and gets those that were missed, once each; misses more than are
/// kept; comes back after a restart; sends what cannot be used; and stops the program while streams are open.
///
/// # Panics
///
/// If it is not so.
pub fn test(path: &str) {
    let mut program = Program::start(path, &[]);
    assert!(program.get("/", &[]).text().contains("EventSource"));
    refuses(&program);

    let first = follows(&program);
    let mut response = misses(&program, &first);

    program.terminate();
    let status = program.ends(Duration::from_secs(10));
    assert!(status.success(), "{status}");
    assert!(response.event().is_none(), "it ended as a whole response");

    let restarted = Program::start(path, &[]);
    let id = set(&restarted, 1);
    let mut response = feed(&restarted, &first);
    is_gap(&mut response, "unknown-id");
    assert_eq!(next(&mut response).last_event_id(), id, "it goes on with what there is");
    assert_eq!(state(&restarted), (id, Some(1.0)));
}

/// Nothing is lost and nothing doubled between the state, its changes, and those that came while nobody was there. Returns
/// the ID of the first change.
fn follows(program: &Program) -> String {
    let before = state(program);
    assert_eq!(before.1, None);
    let mut ids: Vec<String> = (1..=3).map(|price| set(program, price)).collect();
    // The page gives the ID of the state in the query: it cannot set headers.
    let mut response = program.get(&format!("/feed?lastEventId={}", before.0), &[]);
    assert_eq!(response.status, 200);
    assert_eq!(response.header("content-type"), "text/event-stream");
    let mut seen: Vec<OwnedEvent> = (1..=3).map(|_| next(&mut response)).collect();
    drop(response);

    ids.extend((4..=6).map(|price| set(program, price)));
    let mut response = feed(program, seen[2].last_event_id());
    ids.push(set(program, 7));
    seen.extend((4..=7).map(|_| next(&mut response)));
    assert_eq!(seen.iter().map(OwnedEvent::last_event_id).collect::<Vec<_>>(), ids);
    for (event, price) in seen.iter().zip(1..) {
        assert_eq!(event.event_type(), "price");
        assert_eq!(json(event.data()), serde_json::json!({ "name": "gold", "price": f64::from(price) }));
    }

    assert_eq!(state(program), (ids[6].clone(), Some(7.0)), "the state goes up to the last change");
    let mut response = feed(program, &ids[6]);
    let mut stranger = program.get("/feed", &[]);
    let id = set(program, 8);
    assert_eq!(next(&mut response).last_event_id(), id, "nothing that is in the state comes again");
    assert_eq!(next(&mut stranger).last_event_id(), id, "who has no ID gets what is new");
    ids.swap_remove(0)
}

/// More changes than are kept: a gap first, and then all that are kept.
fn misses(program: &Program, first: &str) -> Response {
    let ids: Vec<String> = (0..=KEPT).map(|price| set(program, price)).collect();
    let mut response = feed(program, first);
    is_gap(&mut response, "evicted");
    for id in &ids[1..] {
        assert_eq!(next(&mut response).last_event_id(), id);
    }
    response
}

/// What cannot be used is the client's fault, and changes nothing.
fn refuses(program: &Program) {
    let long = format!("name=gold&price=1&more={}", "x".repeat(8192));
    assert_eq!(program.post("/prices", &[FORM], &long).status, 413);
    for body in ["", "name=gold", "price=1", "name=gold&price=high", "name=gold&price=inf", "name=a%0Ab&price=1"] {
        let status = program.post("/prices", &[FORM], body).status;
        assert!((400..500).contains(&status), "{status}: {body}");
    }
    assert_eq!(state(program).1, None);
}

/// The ID in the state, and the price of gold.
fn state(program: &Program) -> (String, Option<f64>) {
    let response = program.get("/prices", &[]);
    assert_eq!(response.header("content-type"), "application/json");
    let state = json(&response.text());
    let id = state["lastEventId"].as_str().expect("it is text").to_owned();
    (id, state["prices"]["gold"].as_f64())
}

/// Sets the price of gold. Returns the ID of the event.
fn set(program: &Program, price: u64) -> String {
    let response = program.post("/prices", &[FORM], &format!("name=gold&price={price}"));
    assert_eq!(response.status, 200);
    response.text()
}

/// Comes back with this last event ID, as browsers do.
fn feed(program: &Program, last: &str) -> Response {
    program.get("/feed", &[("last-event-id", last)])
}

fn next(response: &mut Response) -> OwnedEvent {
    response.event().expect("the feed does not end")
}

fn is_gap(response: &mut Response, reason: &str) {
    let gap = next(response);
    assert_eq!(gap.event_type(), "gap");
    assert_eq!(json(gap.data())["reason"], reason);
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("it is JSON")
}
