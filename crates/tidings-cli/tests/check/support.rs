//! What these tests share: a defect is a script of the server, and the codes that are to be found.
//!
//! What is found depends on when things happen, and a machine that has too much to do lets everybody come too late: the scripts, too.
//! So what is found then proves nothing, and is tried again. Whether it was so is not guessed: somebody looks at the clock all the time.

use std::{
    collections::BTreeSet,
    panic::resume_unwind,
    sync::{
        LazyLock, Mutex,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;
use tidings_testkit::{Server, server::Exchange};

use crate::common::{Run, run};

/// An event with an ID, and a reconnection time: nothing is wrong with it.
pub(crate) const GOOD: &str = "retry: 3000\n\nid: 1\ndata: a\n\n";
/// Headers that nothing is wrong with.
pub(crate) const HEADERS: [(&str, &str); 3] =
    [("content-type", "text/event-stream"), ("cache-control", "no-cache, no-transform"), ("x-accel-buffering", "no")];

/// A defect: its name, arguments beside the URL, the codes that are to be found, and what the server does.
pub(crate) type Case = (&'static str, &'static [&'static str], &'static [&'static str], fn(Exchange));

/// How often something is tried while the machine is too busy for it.
const TRIES: usize = 8;
/// Who is kept from looking at the clock for so long comes too late.
const LATE: Duration = Duration::from_millis(200);
/// How many cases run at once: they mostly wait, but to start them takes time.
const AT_ONCE: usize = 6;

/// Runs all cases, some at the same time.
pub(crate) fn check_all(cases: &[Case]) {
    let next = Mutex::new(cases.iter());
    thread::scope(|scope| {
        let work = || {
            while let Some(case) = { next.lock().expect("nobody panics with it").next() } {
                certainly(|| check(case));
            }
        };
        let runs: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(work)).collect();
        for run in runs {
            run.join().unwrap_or_else(|panic| resume_unwind(panic));
        }
    });
}

/// Tries it until it succeeds, or fails while the machine was not too busy.
pub(crate) fn certainly(attempt: impl Fn() -> Result<(), String>) {
    for attempts_left in (0..TRIES).rev() {
        let before = late();
        let Err(failure) = attempt() else { return };
        assert!(late() > before && attempts_left > 0, "{failure}");
    }
}

/// The same with what is asynchronous.
pub(crate) async fn certainly_async(attempt: impl AsyncFn() -> Result<(), String>) {
    for attempts_left in (0..TRIES).rev() {
        let before = late();
        let Err(failure) = attempt().await else { return };
        assert!(late() > before && attempts_left > 0, "{failure}");
    }
}

/// How often somebody who looks at the clock all the time was kept from it.
pub(crate) fn late() -> u64 {
    static TIMES: LazyLock<&'static AtomicU64> = LazyLock::new(|| {
        let times: &AtomicU64 = Box::leak(Box::default());
        // One for each core, since one alone may be lucky.
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            thread::spawn(move || {
                loop {
                    let before = Instant::now();
                    thread::sleep(LATE / 20);
                    if before.elapsed() > LATE {
                        times.fetch_add(1, Relaxed);
                    }
                }
            });
        }
        times
    });
    TIMES.load(Relaxed)
}

/// Runs it for text and for JSON. Hints beside the expected ones do not matter.
fn check((name, arguments, expected, script): &Case) -> Result<(), String> {
    let script = *script;
    let server = Server::start(move |_, exchange| script(exchange));
    let url = server.url("/feed?secret=7");
    // Where the server ends it, nobody waits for the time.
    let time: &[&str] = if arguments.contains(&"--time") { &[] } else { &["--time", "60"] };
    let arguments = [&["check", &url], *arguments, time].concat();
    let for_json = [&arguments[..], &["--json"]].concat();
    let (json, text) = thread::scope(|scope| {
        let text = scope.spawn(|| run(&arguments, b""));
        (run(&for_json, b""), text.join().expect("it does not panic"))
    });
    for run in [&json, &text] {
        assert_eq!(run.stderr, "", "{name}");
        assert!(!run.stdout.contains("secret"), "{name}: {}", run.stdout);
        assert!(!run.stdout.replace('\n', "").contains(char::is_control), "{name}: {:?}", run.stdout);
    }
    let report = report(&json);
    assert_status(&json, &report);
    let found = codes(&report, &["error", "warning", "hint"]);
    let has_stream = report["seen"]["stream"]["data_fields"] != 0;
    assert!(!has_stream || found.contains("http1"), "{name}: {report:#}");

    let serious = codes(&report, &["error", "warning"]);
    for code in *expected {
        if !found.contains(*code) {
            return Err(format!("{name}: no {code} in {report:#}"));
        }
        let told =
            ["error", "warning", "hint"].iter().any(|severity| text.stdout.contains(&format!("{severity}: {code}: ")));
        if !told {
            return Err(format!("{name}: no {code} in {}", text.stdout));
        }
    }
    let unexpected: Vec<&String> = serious.iter().filter(|code| !expected.contains(&code.as_str())).collect();
    if !unexpected.is_empty() || text.status != json.status {
        return Err(format!("{name}: {unexpected:?} in {report:#}, {}", text.stdout));
    }
    Ok(())
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

/// The same body with the good headers, to be sent at once, so that nothing comes between head and body.
pub(crate) fn in_one_piece(body: &str) -> String {
    let headers = HEADERS.map(|(name, value)| format!("{name}: {value}\r\n")).concat();
    format!("HTTP/1.1 200 -\r\nconnection: close\r\n{headers}\r\n{body}")
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
