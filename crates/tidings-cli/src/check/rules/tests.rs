//! Each rule finds what it is for, and nothing else.

use super::{
    super::{
        observation::{Asked, End, Fault, FaultKind, Head, Observation, Preflight, Redirect, Resumed},
        observer::{Burst, Spots},
    },
    Code, Severity, findings, worst,
};

const ORIGIN: &str = "https://example.com";

fn headers(headers: &[(&str, &str)]) -> Vec<(String, String)> {
    headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// An endpoint that has nothing wrong: ten seconds with an event each.
fn clean() -> Observation {
    let mut seen = Observation {
        asked: Asked { method: "GET".to_owned(), origin: Some(ORIGIN.to_owned()), ..Asked::default() },
        head: Some(Head {
            status: 200,
            version: "HTTP/2.0".to_owned(),
            after: 3,
            late: 0,
            headers: headers(&[
                ("content-type", "text/event-stream"),
                ("cache-control", "no-cache, no-transform"),
                ("x-accel-buffering", "no"),
                ("access-control-allow-origin", ORIGIN),
            ]),
        }),
        end: End::Time,
        watched: 10_000,
        ..Observation::default()
    };
    let burst = |at| Burst { at, quiet: 1000, bytes: 50, events: 1, ..Burst::default() };
    seen.arrival.bursts = (1..=9).map(|second| burst(1000 * second)).collect();
    (seen.arrival.first, seen.arrival.last, seen.arrival.longest_quiet) = (Some(4), Some(9000), 1000);
    (seen.stream.bytes, seen.stream.events, seen.stream.with_id, seen.stream.data_fields) = (450, 9, 9, 9);
    seen.stream.line_ends.lf = 27;
    seen.stream.retry = Some(3000);
    seen.resumed = Some(Resumed {
        last_event_id: "6".to_owned(),
        status: Some(200),
        expected: strings(&["7", "8", "9"]),
        came: strings(&["7", "8", "9", "10"]),
        told_gap: false,
    });
    seen.preflight = Some(Preflight {
        status: Some(204),
        asked_headers: strings(&["authorization", "last-event-id"]),
        headers: headers(&[
            ("access-control-allow-origin", ORIGIN),
            ("access-control-allow-headers", "Authorization, Last-Event-ID"),
        ]),
    });
    seen
}

fn head(seen: &mut Observation) -> &mut Head {
    seen.head.as_mut().expect("it has a head")
}

/// Sets a header, or takes it away if there is no value.
fn set(seen: &mut Observation, name: &str, value: &str) {
    let headers = &mut head(seen).headers;
    headers.retain(|(found, _)| found != name);
    if !value.is_empty() {
        headers.push((name.to_owned(), value.to_owned()));
    }
}

fn resumed(seen: &mut Observation) -> &mut Resumed {
    seen.resumed.as_mut().expect("it was tried")
}

fn preflight(seen: &mut Observation) -> &mut Preflight {
    seen.preflight.as_mut().expect("it was tried")
}

fn no_response(seen: &mut Observation, kind: FaultKind) {
    *seen = Observation { fault: Some(Fault { kind, text: "text".to_owned() }), ..Observation::default() };
}

fn spot() -> Spots {
    Spots { count: 1, first: 7, samples: vec!["x".to_owned()] }
}

/// When the head came, and when the first bytes of the body.
fn first_bytes(seen: &mut Observation, head_after: u64, first: u64) {
    head(seen).after = head_after;
    (seen.arrival.first, seen.arrival.bursts[0].at) = (Some(first), first);
}

fn redirect(seen: &mut Observation, redirect: Redirect) {
    seen.redirects.push(redirect);
}

/// No byte came.
fn silent(seen: &mut Observation) {
    seen.arrival = super::super::observer::Arrival::default();
    seen.stream = super::super::observer::Stream::default();
    seen.resumed = None;
}

/// Bursts that end in the middle of an event, but the last.
fn broken_bursts(seen: &mut Observation, bytes: u64) {
    for burst in &mut seen.arrival.bursts[..8] {
        (burst.bytes, burst.ends_inside) = (bytes, true);
    }
}

type Case = (&'static str, &'static [&'static str], fn(&mut Observation));

const CONNECTION: &[Case] = &[
    ("dns", &["dns"], |seen| no_response(seen, FaultKind::Dns)),
    ("refused", &["no-connection"], |seen| no_response(seen, FaultKind::Connection)),
    ("TLS", &["tls"], |seen| no_response(seen, FaultKind::Tls)),
    ("garbage", &["bad-response"], |seen| no_response(seen, FaultKind::Response)),
    ("no head", &["no-head"], |seen| no_response(seen, FaultKind::Timeout)),
    ("no head, but of another request", &["head-withheld"], |seen| {
        no_response(seen, FaultKind::Timeout);
        seen.other_request = Some(405);
    }),
    ("late head", &["head-late"], |seen| first_bytes(seen, 1000, 1050)),
    ("late head, and the body later", &[], |seen| first_bytes(seen, 1000, 1051)),
    ("head that is not late", &[], |seen| first_bytes(seen, 999, 1000)),
    ("head that was seen late", &["busy"], |seen| {
        first_bytes(seen, 1300, 1300);
        (head(seen).late, seen.late) = (301, 301);
    }),
    ("late head that was seen later", &["head-late", "busy"], |seen| {
        first_bytes(seen, 1300, 1300);
        (head(seen).late, seen.late) = (300, 300);
    }),
    ("late head, and the body perhaps with it", &["head-late"], |seen| {
        first_bytes(seen, 1000, 1250);
        seen.arrival.bursts[0].late = 200;
    }),
    ("late head, and the body whenever", &["busy"], |seen| {
        first_bytes(seen, 1000, 1400);
        (seen.arrival.bursts[0].late, seen.late) = (400, 400);
    }),
    ("a machine that was hardly busy", &[], |seen| seen.late = 249),
    ("broken off", &["cut-off"], |seen| seen.end = End::Broken("reset".to_owned())),
    ("redirect", &["redirect"], |seen| redirect(seen, Redirect::default())),
    ("redirect to http", &["redirect-insecure", "redirect"], |seen| {
        redirect(seen, Redirect { insecure: true, ..Redirect::default() });
    }),
    ("redirect to GET", &["redirect-method", "redirect"], |seen| {
        redirect(seen, Redirect { method_lost: true, ..Redirect::default() });
    }),
    ("redirect without headers", &["redirect-origin", "redirect"], |seen| {
        redirect(seen, Redirect { headers_lost: true, ..Redirect::default() });
    }),
    ("loop", &["redirect-loop"], |seen| {
        no_response(seen, FaultKind::RedirectLoop);
        redirect(seen, Redirect::default());
    }),
    ("no location", &["redirect-broken"], |seen| no_response(seen, FaultKind::RedirectBroken)),
];

const HEAD: &[Case] = &[
    ("404", &["status"], |seen| head(seen).status = 404),
    ("503", &["status"], |seen| head(seen).status = 503),
    ("204", &["status-204"], |seen| head(seen).status = 204),
    ("no type", &["content-type-missing"], |seen| set(seen, "content-type", "")),
    ("near miss", &["content-type-near-miss"], |seen| set(seen, "content-type", "text/event-steam")),
    ("near miss, other", &["content-type-near-miss"], |seen| set(seen, "content-type", "application/event-stream")),
    ("near miss, short", &["content-type-near-miss"], |seen| set(seen, "content-type", "event-stream;x=y")),
    ("JSON", &["content-type"], |seen| set(seen, "content-type", "application/json")),
    ("plain", &["content-type"], |seen| set(seen, "content-type", "text/plain; charset=utf-8")),
    ("two types", &["content-type-twice"], |seen| {
        head(seen).headers.push(("content-type".to_owned(), "text/plain".to_owned()));
    }),
    ("UTF-8", &[], |seen| set(seen, "content-type", "Text/Event-Stream;charset=\"UTF-8\"")),
    ("Latin", &["charset"], |seen| set(seen, "content-type", "text/event-stream; charset=iso-8859-1")),
    ("no cache-control", &["cache-control-missing"], |seen| set(seen, "cache-control", "")),
    ("cacheable", &["cacheable"], |seen| set(seen, "cache-control", "public, no-transform, max-age=60")),
    ("transformable", &["transformable"], |seen| set(seen, "cache-control", "no-store")),
    ("age", &["from-cache"], |seen| set(seen, "age", "7")),
    ("age of nothing", &[], |seen| set(seen, "age", "0")),
    ("hit", &["from-cache"], |seen| set(seen, "cf-cache-status", "HIT")),
    ("miss", &[], |seen| set(seen, "x-cache", "MISS")),
    ("buffering asked for", &["x-accel-buffering"], |seen| set(seen, "x-accel-buffering", "yes")),
    ("no x-accel-buffering", &["x-accel-buffering-missing"], |seen| set(seen, "x-accel-buffering", "")),
    ("nginx has taken it", &[], |seen| {
        set(seen, "x-accel-buffering", "");
        set(seen, "server", "nginx/1.22.1");
    }),
    ("length", &["content-length"], |seen| set(seen, "content-length", "450")),
    ("compressed", &["compressed"], |seen| set(seen, "content-encoding", "gzip")),
    ("identity", &[], |seen| set(seen, "content-encoding", "identity")),
    ("held by a compressor", &["compression-holds-back"], |seen| {
        silent(seen);
        set(seen, "content-encoding", "gzip");
        seen.uncompressed = Some(3);
    }),
    ("another coding", &["coding-unknown"], |seen| {
        silent(seen);
        set(seen, "content-encoding", "br");
        seen.end = End::Coding;
    }),
    ("HTTP/1.1", &["http1"], |seen| {
        head(seen).version = "HTTP/1.1".to_owned();
        set(seen, "transfer-encoding", "chunked");
    }),
    ("not framed", &["not-framed", "http1"], |seen| head(seen).version = "HTTP/1.0".to_owned()),
];

const ARRIVAL: &[Case] = &[
    ("silent", &["silent"], silent),
    ("nothing, and the end", &[], |seen| {
        silent(seen);
        seen.end = End::Stream;
    }),
    ("times in a heap", &["buffered"], |seen| {
        let burst = &mut seen.arrival.bursts[4];
        (burst.quiet, burst.events, burst.stamps) = (3000, 4, Some((50_000, 53_500)));
    }),
    ("times that were seen late", &[], |seen| {
        let burst = &mut seen.arrival.bursts[4];
        (burst.late, burst.quiet, burst.events, burst.stamps) = (250, 3000, 4, Some((50_000, 53_500)));
    }),
    ("old times", &[], |seen| seen.arrival.bursts[4].stamps = Some((50_000, 51_501))),
    ("times that are close", &[], |seen| seen.arrival.bursts[4].stamps = Some((50_000, 50_999))),
    ("keep-alives in a heap", &["buffered"], |seen| seen.arrival.bursts[4].keep_alives = 2),
    ("keep-alives that were seen late", &[], |seen| {
        (seen.arrival.bursts[4].keep_alives, seen.arrival.bursts[4].late) = (2, 250);
    }),
    ("one keep-alive", &[], |seen| seen.arrival.bursts[4].keep_alives = 1),
    ("comments at the beginning", &[], |seen| {
        (seen.arrival.bursts[0].keep_alives, seen.arrival.bursts[0].quiet) = (2, 3);
    }),
    ("vitals that are late", &["buffered"], |seen| seen.arrival.vitals_after_ms = Some((3, 1003))),
    ("a clock that is wrong", &[], |seen| seen.arrival.vitals_after_ms = Some((90_000, 90_100))),
    ("whole pages", &["buffered"], |seen| broken_bursts(seen, 8192)),
    ("pauses within events", &["pauses-within-events"], |seen| broken_bursts(seen, 1000)),
    ("one pause within an event", &[], |seen| seen.arrival.bursts[4].ends_inside = true),
    ("heaps", &["heaps"], |seen| seen.arrival.bursts[3..5].iter_mut().for_each(|burst| burst.events = 3)),
    ("heaps that were seen late", &[], |seen| {
        seen.arrival.bursts[3..5].iter_mut().for_each(|burst| (burst.events, burst.late) = (3, 250));
    }),
    ("one heap", &[], |seen| seen.arrival.bursts[3].events = 3),
    ("quiet for long", &["keep-alive-missing"], |seen| seen.arrival.longest_quiet = 20_000),
    ("quiet", &["keep-alive-unseen"], |seen| (seen.arrival.last, seen.watched) = (Some(1000), 19_000)),
    ("quiet, with keep-alives", &[], |seen| {
        (seen.arrival.last, seen.watched, seen.stream.comments) = (Some(1000), 19_000, 1);
    }),
    ("the end", &["ends"], |seen| seen.end = End::Stream),
    ("too much", &["too-much"], |seen| seen.end = End::TooMuch),
];

const STREAM: &[Case] = &[
    ("BOM", &["bom"], |seen| seen.stream.begins_with_bom = true),
    ("BOM inside", &["bom-inside"], |seen| seen.stream.wrong.bom_inside = spot()),
    ("no UTF-8", &["invalid-utf8"], |seen| seen.stream.wrong.invalid_utf8 = spot()),
    ("mixed", &["mixed-line-ends"], |seen| seen.stream.line_ends.crlf = 1),
    ("CR", &["bare-cr"], |seen| (seen.stream.line_ends.lf, seen.stream.line_ends.cr) = (0, 27)),
    ("CRLF", &[], |seen| (seen.stream.line_ends.lf, seen.stream.line_ends.crlf) = (0, 27)),
    ("HTML", &["markup"], |seen| seen.stream.wrong.markup = spot()),
    ("JSON", &["json-without-data"], |seen| seen.stream.wrong.json_without_data = spot()),
    ("misspelt", &["misspelt-field"], |seen| seen.stream.wrong.misspelt_field = spot()),
    ("unknown", &["unknown-field"], |seen| seen.stream.wrong.unknown_field = spot()),
    ("split", &["split-data"], |seen| seen.stream.wrong.split_data = spot()),
    ("joined", &["joined-events"], |seen| seen.stream.wrong.joined_events = spot()),
    ("no data", &["event-without-data"], |seen| seen.stream.wrong.event_without_data = spot()),
    ("long line", &["long-line"], |seen| seen.stream.wrong.long_line = spot()),
    ("large event", &["large-event"], |seen| seen.stream.wrong.large_event = spot()),
    ("unfinished", &["unfinished-event", "ends"], |seen| {
        (seen.stream.unfinished, seen.end) = (true, End::Stream);
    }),
    ("unfinished for long", &["unfinished-event"], |seen| seen.stream.unfinished = true),
    ("unfinished, and held back", &["buffered"], |seen| {
        (seen.stream.unfinished, seen.arrival.bursts[4].keep_alives) = (true, 2);
    }),
    ("unfinished just now", &[], |seen| (seen.stream.unfinished, seen.arrival.last) = (true, Some(9001))),
    ("retry with unit", &["retry-invalid"], |seen| {
        (seen.stream.wrong.retry_invalid, seen.stream.retry) = (spot(), None);
    }),
    ("retry 3", &["retry-extreme"], |seen| seen.stream.retry = Some(3)),
    ("retry 600000", &["retry-extreme"], |seen| seen.stream.retry = Some(600_000)),
    ("retry 100", &[], |seen| seen.stream.retry = Some(100)),
    ("no retry", &["retry-missing"], |seen| seen.stream.retry = None),
    ("NUL", &["id-nul"], |seen| seen.stream.wrong.id_nul = spot()),
];

const IDS: &[Case] = &[
    ("no IDs", &["ids-missing"], |seen| (seen.stream.with_id, seen.stream.without_id) = (0, 9)),
    ("no IDs, for a POST", &[], |seen| {
        (seen.stream.with_id, seen.stream.without_id, seen.asked.method) = (0, 9, "POST".to_owned());
    }),
    ("some IDs", &["ids-partial"], |seen| (seen.stream.with_id, seen.stream.without_id) = (8, 1)),
    ("the same ID", &["id-repeated"], |seen| seen.stream.wrong.id_repeated = spot()),
    ("refused", &["resume-refused"], |seen| resumed(seen).status = Some(400)),
    ("not answered", &["resume-refused"], |seen| resumed(seen).status = None),
    ("repeats", &["resume-repeats"], |seen| resumed(seen).came = strings(&["5", "6", "7", "8", "9"])),
    ("hole", &["resume-holes"], |seen| resumed(seen).came = strings(&["7", "9"])),
    ("gap", &[], |seen| (resumed(seen).came, resumed(seen).told_gap) = (strings(&["9"]), true)),
    ("order", &["resume-order"], |seen| resumed(seen).came = strings(&["9", "7", "8"])),
    ("ignored", &["resume-ignored"], |seen| resumed(seen).came = strings(&["10"])),
    ("nothing to expect", &[], |seen| (resumed(seen).expected, resumed(seen).came) = (Vec::new(), Vec::new())),
];

const CORS: &[Case] = &[
    ("no CORS", &["cors-not-allowed"], |seen| set(seen, "access-control-allow-origin", "")),
    ("another origin", &["cors-not-allowed"], |seen| set(seen, "access-control-allow-origin", "https://example.org")),
    ("no origin was given", &[], |seen| {
        set(seen, "access-control-allow-origin", "https://example.org");
        seen.asked.origin = None;
    }),
    ("all", &[], |seen| set(seen, "access-control-allow-origin", "*")),
    ("all, with cookies", &["cors-credentials-star"], |seen| {
        set(seen, "access-control-allow-origin", "*");
        set(seen, "access-control-allow-credentials", "true");
    }),
    ("twice", &["cors-twice"], |seen| {
        head(seen).headers.push(("access-control-allow-origin".to_owned(), ORIGIN.to_owned()));
    }),
    ("a list", &["cors-twice"], |seen| {
        set(seen, "access-control-allow-origin", "https://example.com, https://example.org");
    }),
    ("preflight 405", &["cors-preflight"], |seen| preflight(seen).status = Some(405)),
    ("preflight for nobody", &["cors-preflight"], |seen| drop(preflight(seen).headers.remove(0))),
    ("preflight without answer", &["cors-preflight"], |seen| preflight(seen).status = None),
    ("preflight without headers", &["cors-preflight-headers"], |seen| drop(preflight(seen).headers.remove(1))),
    ("preflight without Authorization", &["cors-preflight-headers"], |seen| preflight(seen).headers[1].1 = "*".into()),
    ("preflight without the method", &["cors-preflight-headers"], |seen| seen.asked.method = "PUT".to_owned()),
];

#[test]
fn what_is_clean_has_no_findings() {
    assert_eq!(findings(&clean()), []);
    assert_eq!(worst(&[]), None);
}

/// Without a rule its cases fail; and there is a case for each code.
#[test]
fn each_rule_finds_what_it_is_for() {
    let mut found = Vec::new();
    for (name, expected, change) in [CONNECTION, HEAD, ARRIVAL, STREAM, IDS, CORS].concat() {
        let mut seen = clean();
        change(&mut seen);
        let codes: Vec<Code> = findings(&seen).iter().map(|finding| finding.code).collect();
        let names: Vec<&str> = codes.iter().map(|code| code.name()).collect();
        assert_eq!(names, expected, "{name}");
        found.extend(codes);
    }
    let missing: Vec<&Code> = Code::ALL.iter().filter(|code| !found.contains(code)).collect();
    assert!(missing.is_empty(), "no case for {missing:?}");
}

#[test]
fn the_worst_comes_first() {
    let mut seen = clean();
    seen.end = End::Stream;
    seen.stream.begins_with_bom = true;
    seen.stream.wrong.id_nul = spot();
    let findings = findings(&seen);
    let severities: Vec<Severity> = findings.iter().map(|finding| finding.code.severity()).collect();
    assert_eq!(severities, [Severity::Error, Severity::Warning, Severity::Hint]);
    assert_eq!(worst(&findings), Some(Severity::Error));
}

#[test]
fn no_two_codes_have_the_same_name() {
    let mut names: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Code::ALL.len());
}

/// A page that says that it is none of what is looked for, whatever its headers.
#[test]
fn a_page_is_not_judged_as_an_event_stream() {
    let mut seen = clean();
    set(&mut seen, "content-type", "text/html");
    set(&mut seen, "cache-control", "");
    seen.stream.data_fields = 0;
    let codes: Vec<&str> = findings(&seen).iter().map(|finding| finding.code.name()).collect();
    assert_eq!(codes, ["content-type"]);
}
