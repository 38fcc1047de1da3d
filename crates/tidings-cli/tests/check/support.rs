//! What these tests share: a defect is a script of the server, and the codes that are to be found.

use std::{collections::BTreeSet, panic::resume_unwind, thread};

use serde_json::Value;
use tidings_testkit::{Server, server::Exchange};

use crate::common::{Run, run};

/// An event with an ID, and a reconnection time: nothing is wrong with it.
pub(crate) const GOOD: &str = "retry: 3000\n\nid: 1\ndata: a\n\n";
/// Headers that nothing is wrong with.
pub(crate) const HEADERS: [(&str, &str); 3] =
    [("content-type", "text/event-stream"), ("cache-control", "no-cache, no-transform"), ("x-accel-buffering", "no")];
/// What any of the scripts has: HTTP/1.1, and a body that ends with the connection.
const ALWAYS: [&str; 2] = ["http1", "not-framed"];

/// A defect: its name, arguments beside the URL, the codes that are to be found, and what the server does.
pub(crate) type Case = (&'static str, &'static [&'static str], &'static [&'static str], fn(Exchange));

/// Runs all cases, at the same time: each mostly waits.
pub(crate) fn check_all(cases: &[Case]) {
    thread::scope(|scope| {
        let runs: Vec<_> = cases.iter().map(|case| scope.spawn(move || check(case))).collect();
        for run in runs {
            run.join().unwrap_or_else(|panic| resume_unwind(panic));
        }
    });
}

/// Runs it for text and for JSON. Hints beside the expected ones do not matter.
fn check((name, arguments, expected, script): &Case) {
    let script = *script;
    let server = Server::start(move |_, exchange| script(exchange));
    let url = server.url("/feed?secret=7");
    let arguments: Vec<&str> = ["check", &url].iter().chain(*arguments).copied().collect();
    let for_json = [&arguments[..], &["--json"]].concat();
    let (json, text) = thread::scope(|scope| {
        let text = scope.spawn(|| run(&arguments, b""));
        (run(&for_json, b""), text.join().expect("it does not panic"))
    });
    let report = report(&json);
    let found = codes(&report, &["error", "warning", "hint"]);
    let serious = codes(&report, &["error", "warning"]);
    for code in *expected {
        assert!(found.contains(*code), "{name}: no {code} in {report:#}");
    }
    let unexpected: Vec<&String> = serious.iter().filter(|code| !expected.contains(&code.as_str())).collect();
    assert!(unexpected.is_empty(), "{name}: {unexpected:?} in {report:#}");
    assert_status(&json, &report);

    for code in *expected {
        let told =
            ["error", "warning", "hint"].iter().any(|severity| text.stdout.contains(&format!("{severity}: {code}: ")));
        assert!(told, "{name}: no {code} in {}", text.stdout);
    }
    assert_eq!(text.status, json.status, "{name}");
    for run in [&json, &text] {
        assert_eq!(run.stderr, "", "{name}");
        assert!(!run.stdout.contains("secret"), "{name}: {}", run.stdout);
        assert!(!run.stdout.replace('\n', "").contains(char::is_control), "{name}: {:?}", run.stdout);
    }
    let hints: Vec<&str> = ALWAYS.into_iter().filter(|code| found.contains(*code)).collect();
    let has_stream = report["seen"]["stream"]["data_fields"] != 0;
    assert!(!has_stream || hints.contains(&"http1"), "{name}: {report:#}");
}

/// The exit status is what the verdict says, and that what the findings come to.
fn assert_status(run: &Run, report: &Value) {
    let (verdict, status) = if !codes(report, &["error"]).is_empty() {
        ("broken", 1)
    } else if !codes(report, &["warning"]).is_empty() {
        ("warnings", 3)
    } else {
        ("clean", 0)
    };
    assert_eq!((report["verdict"].as_str(), run.status), (Some(verdict), Some(status)), "{report:#}");
}

/// What it says as JSON.
pub(crate) fn report(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"))
}

/// The codes of the findings that are so bad.
pub(crate) fn codes(report: &Value, severities: &[&str]) -> BTreeSet<String> {
    let findings = report["findings"].as_array().expect("there are findings").iter();
    let wanted = findings.filter(|finding| severities.iter().any(|severity| finding["severity"] == *severity));
    wanted.map(|finding| finding["code"].as_str().expect("a finding has a code").to_owned()).collect()
}

/// Answers with these headers and this event stream; a client that comes back gets what came after its last event ID.
pub(crate) fn respond(mut exchange: Exchange, headers: &[(&str, &str)], body: impl AsRef<[u8]>) {
    let body = body.as_ref();
    exchange.head(200, headers);
    let last_event_id = exchange.request.header("last-event-id").map(|id| format!("id: {id}\n"));
    let start = last_event_id.map_or(0, |line| after(body, line.as_bytes()));
    exchange.send(&body[start..]);
}

/// The headers with one set, or left out if it has no value.
pub(crate) fn with<'a>(name: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    let others = HEADERS.into_iter().filter(|(found, _)| *found != name);
    others.chain([(name, value)].into_iter().filter(|(_, value)| !value.is_empty())).collect()
}

/// Where the event with this line ends.
fn after(body: &[u8], line: &[u8]) -> usize {
    let find = |from: usize, what: &[u8]| body[from..].windows(what.len()).position(|window| window == what);
    let Some(at) = find(0, line) else { return body.len() };
    find(at, b"\n\n").map_or(body.len(), |end| at + end + 2)
}
