//! The test of the programs that serve the same feed.

use std::time::Duration;

use tidings_codec::OwnedEvent;

use crate::{Program, Response};

/// Gets the page; reads events; comes back and gets those after them, once each; comes back with an ID that nobody gave; and
/// stops the program while streams are open.
///
/// # Panics
///
/// If it is not so.
pub fn test(path: &str) {
    let mut program = Program::start(path, &[]);
    assert!(program.get("/", &[]).text().contains("EventSource"));

    let mut response = program.get("/feed", &[]);
    assert_eq!(response.status, 200);
    assert_eq!(response.header("content-type"), "text/event-stream");
    let mut seen: Vec<OwnedEvent> = (0..3).map(|_| next(&mut response)).collect();
    drop(response);

    std::thread::sleep(Duration::from_millis(700));
    let last = seen.last().expect("there are three").last_event_id().to_owned();
    let mut response = program.get("/feed", &[("last-event-id", &last)]);
    seen.extend((0..4).map(|_| next(&mut response)));
    let numbers: Vec<u64> = seen.iter().map(number).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7], "nothing is lost, and nothing doubled");
    assert!(seen.iter().any(|event| event.event_type() == "note" && event.data().contains('\n')));

    let mut stranger = program.get("/feed", &[("last-event-id", "0-3")]);
    assert_eq!(next(&mut stranger).event_type(), "gap");
    assert_eq!(number(&next(&mut stranger)), 1, "it goes on with the oldest that is kept");

    program.terminate();
    let status = program.ends(Duration::from_secs(10));
    assert!(status.success(), "{status}");
    // What they were sent until then, and a whole response.
    for mut response in [response, stranger] {
        while response.event().is_some() {}
    }
}

fn next(response: &mut Response) -> OwnedEvent {
    response.event().expect("the feed does not end")
}

/// The number in the ID of an event.
fn number(event: &OwnedEvent) -> u64 {
    let number = event.last_event_id().split('-').nth(1).and_then(|number| number.parse().ok());
    number.expect("the ID has a number")
}
