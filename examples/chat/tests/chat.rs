//! The chat as clients see it.

use std::time::Duration;

use example_testing::{Program, Response};
use serde_json::{Value, json};
use tidings_codec::OwnedEvent;

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const KEY: (&str, &str) = ("authorization", "Bearer secret");

fn start() -> Program {
    Program::start(env!("CARGO_BIN_EXE_example-chat"), &[("CHAT_KEY", "secret")])
}

fn enter(program: &Program, name: &str, last: Option<&str>) -> Response {
    let last = last.map(|last| ("last-event-id", last));
    program.get(&format!("/rooms/lobby?name={name}"), last.as_slice())
}

/// Says something in the lobby, and returns the ID.
fn say(program: &Program, form: &str) -> String {
    let response = program.post("/rooms/lobby", &[FORM], form);
    assert_eq!(response.status, 200, "{form}");
    response.text()
}

/// The next event that is not about how many are there.
fn next(response: &mut Response) -> OwnedEvent {
    loop {
        let event = response.event().expect("it does not end");
        if event.event_type() != "present" {
            return event;
        }
    }
}

/// The next event is this message.
fn hears(response: &mut Response, name: &str, text: &str) {
    let event = next(response);
    assert_eq!(event.event_type(), "said");
    let said: Value = serde_json::from_str(event.data()).expect("it is JSON");
    assert_eq!((&said["name"], &said["text"]), (&json!(name), &json!(text)));
}

/// Waits until the room has so many in it.
fn counts(response: &mut Response, count: &str) {
    while {
        let event = response.event().expect("it does not end");
        assert_eq!((event.event_type(), event.last_event_id().contains('-')), ("present", true), "{event:?}");
        event.data() != count
    } {}
}

#[test]
fn those_who_enter_get_the_last_messages_and_those_who_come_back_what_they_missed() {
    let program = start();
    let ids: Vec<String> = (0..60).map(|number| say(&program, &format!("name=ann&text={number}"))).collect();
    program.post("/rooms/other", &[FORM], "name=ann&text=elsewhere");
    let mut bob = enter(&program, "bob", None);
    for number in 10..60 {
        hears(&mut bob, "ann", &number.to_string());
    }
    say(&program, "name=ann&text=live");
    hears(&mut bob, "ann", "live");
    drop(bob);

    let mut bob = enter(&program, "bob", Some(&ids[57]));
    for text in ["58", "59", "live"] {
        hears(&mut bob, "ann", text);
    }
    say(&program, "name=bob&text=back");
    hears(&mut bob, "bob", "back");

    let mut stranger = enter(&program, "eve", Some("22222222-3"));
    assert_eq!(next(&mut stranger).event_type(), "gap");
    hears(&mut stranger, "ann", "0");
}

#[test]
fn what_is_said_stays_data() {
    let program = start();
    let mut bob = enter(&program, "bob", None);
    say(&program, "name=%3Cb%3E&text=%3Cscript%3Ealert(1)%3C/script%3E%0Adata:+more%0D%0A%0D%0Aevent:+banned%0A%0Aend");
    hears(&mut bob, "<b>", "<script>alert(1)</script>\ndata: more\r\n\r\nevent: banned\n\nend");
    let page = program.get("/", &[]);
    assert!(page.header("content-security-policy").starts_with("default-src 'self'"));
    assert_eq!(page.header("x-content-type-options"), "nosniff");
}

#[test]
fn what_is_said_twice_with_a_key_is_one_message() {
    let program = start();
    let mut bob = enter(&program, "bob", None);
    let first = say(&program, "name=ann&text=once&key=1");
    assert_eq!(say(&program, "name=ann&text=once&key=1"), first);
    assert_ne!(say(&program, "name=eve&text=mine&key=1"), first, "a key is its owner's");
    hears(&mut bob, "ann", "once");
    hears(&mut bob, "eve", "mine");
}

#[test]
fn all_are_told_how_many_are_there() {
    let program = start();
    let mut ann = enter(&program, "ann", None);
    counts(&mut ann, "1");
    let mut bob = enter(&program, "bob", None);
    counts(&mut bob, "2");
    counts(&mut ann, "2");
    drop(bob);
    counts(&mut ann, "1");
}

#[test]
fn who_is_banned_is_sent_away_and_stays_away() {
    let program = start();
    let (mut ann, mut eve, mut eve_too) =
        (enter(&program, "ann", None), enter(&program, "eve", None), enter(&program, "eve", None));
    let ban = |headers: &[_]| program.post("/rooms/lobby/ban", headers, "name=eve").status;
    assert_eq!(ban(&[FORM]), 401);
    assert_eq!(ban(&[FORM, ("authorization", "Bearer secrets")]), 401);
    say(&program, "name=eve&text=spam");
    hears(&mut eve, "eve", "spam");
    assert_eq!(ban(&[FORM, KEY]), 204);

    for stream in [&mut eve, &mut eve_too] {
        while let Some(event) = stream.event() {
            assert!(["said", "present"].contains(&event.event_type()), "{event:?}");
        }
    }
    drop((eve, eve_too));
    assert_eq!(enter(&program, "eve", None).status, 403);
    assert_eq!(enter(&program, "%20eve", None).status, 403);
    assert_eq!(program.post("/rooms/lobby", &[FORM], "name=eve&text=again").status, 403);
    assert_eq!(program.get("/rooms/other?name=eve", &[]).status, 200, "it counts for one room");

    hears(&mut ann, "eve", "spam");
    let banned = next(&mut ann);
    assert_eq!((banned.event_type(), banned.data()), ("banned", r#"{"name":"eve"}"#));
    say(&program, "name=bob&text=thanks");
    hears(&mut ann, "bob", "thanks");
}

#[test]
fn what_cannot_be_is_refused() {
    let program = start();
    for (path, form, status) in [
        ("/rooms/a%20b", "name=ann&text=hi", 404),
        ("/rooms/*", "name=ann&text=hi", 404),
        ("/rooms/lobby", "name=ann&text=+", 400),
        ("/rooms/lobby", "name=a%0Ab&text=hi", 400),
        ("/rooms/lobby", "name=ann", 422),
    ] {
        assert_eq!(program.post(path, &[FORM], form).status, status, "{path} {form}");
    }
    let long = |letters| format!("name=ann&text={}", "x".repeat(letters));
    assert_eq!(program.post("/rooms/lobby", &[FORM], &long(2001)).status, 400);
    assert_eq!(program.post("/rooms/lobby", &[FORM], &long(40_000)).status, 413);
    let key = format!("name=ann&text=hi&key={}", "x".repeat(2000));
    assert_eq!(program.post("/rooms/lobby", &[FORM], &key).status, 400);
    assert_eq!(program.get("/rooms/lobby", &[]).status, 400);
    assert_eq!(program.get("/rooms/*?name=ann", &[]).status, 404);
    say(&program, &long(2000));
}

#[test]
fn without_a_key_nobody_can_ban() {
    let program = Program::start(env!("CARGO_BIN_EXE_example-chat"), &[("CHAT_KEY", "")]);
    assert_eq!(program.post("/rooms/lobby/ban", &[FORM, ("authorization", "Bearer ")], "name=eve").status, 401);
}

#[test]
fn it_stops_while_people_are_there() {
    let mut program = start();
    let mut ann = enter(&program, "ann", None);
    counts(&mut ann, "1");
    program.terminate();
    assert!(program.ends(Duration::from_secs(10)).success());
    assert!(ann.event().is_none(), "it ended as a whole response");
}
