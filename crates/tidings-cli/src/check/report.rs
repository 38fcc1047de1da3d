//! The report: for people, and as JSON.

use std::fmt::Write as _;

use serde::Serialize;

use super::{
    code::Severity,
    observation::{End, Head, Observation},
    rules::{Finding, worst},
};

/// Where text is broken.
const WIDTH: usize = 100;
/// How wide the names of facts are, with the space behind.
const NAMES: usize = 16;

#[derive(Serialize)]
struct Document<'a> {
    verdict: &'static str,
    findings: Vec<Told<'a>>,
    seen: &'a Observation,
}

#[derive(Serialize)]
struct Told<'a> {
    code: super::code::Code,
    severity: Severity,
    what: &'a str,
    why: &'static str,
    mend: &'static str,
}

/// One JSON object in one line.
pub(super) fn json(seen: &Observation, findings: &[Finding]) -> String {
    let told = findings.iter().map(|finding| Told {
        code: finding.code,
        severity: finding.code.severity(),
        what: &finding.what,
        why: finding.code.why(),
        mend: finding.code.mend(),
    });
    let document = Document { verdict: verdict(findings), findings: told.collect(), seen };
    // Nothing in it can fail: all keys are text.
    let text = serde_json::to_string(&document).unwrap_or_default();
    // JSON leaves DEL and the controls after it as they are, and terminals obey some of them.
    let mut escaped = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        if c.is_control() {
            let _ = write!(escaped, "\\u{:04x}", c as u32);
        } else {
            escaped.push(c);
        }
    }
    escaped + "\n"
}

fn verdict(findings: &[Finding]) -> &'static str {
    match worst(findings) {
        Some(Severity::Error) => "broken",
        Some(Severity::Warning) => "warnings",
        Some(Severity::Hint) | None => "clean",
    }
}

/// For people.
pub(super) fn text(seen: &Observation, findings: &[Finding]) -> String {
    let mut text = String::new();
    line(&mut text, 0, &format!("{} {}", seen.asked.method, seen.asked.url));
    for (name, fact) in facts(seen) {
        line(&mut text, NAMES + 2, &format!("  {name:NAMES$}{fact}"));
    }
    for finding in findings {
        text.push('\n');
        let code = finding.code;
        line(&mut text, 2, &format!("{}: {}: {}", code.severity().name(), code.name(), finding.what));
        line(&mut text, 2, &format!("  {}", code.why()));
        line(&mut text, 8, &format!("  Mend: {}", code.mend()));
    }
    let count = |severity| findings.iter().filter(|finding| finding.code.severity() == severity).count();
    let counts = [Severity::Error, Severity::Warning, Severity::Hint]
        .map(|severity| number(count(severity) as u64, severity.name()));
    text.push('\n');
    line(&mut text, 0, &format!("{}: {}", verdict(findings), counts.join(", ")));
    text
}

/// What was seen, in short.
fn facts(seen: &Observation) -> Vec<(&'static str, String)> {
    let mut facts: Vec<(&'static str, String)> = Vec::new();
    for redirect in &seen.redirects {
        facts.push(("redirect", format!("{} to {}", redirect.status, redirect.to)));
    }
    let Some(head) = &seen.head else { return facts };
    facts.push(("status", format!("{}, {}, after {}", head.status, head.version, duration(head.after))));
    facts.extend(header_facts(head));
    facts.extend(seen.excerpt.as_ref().map(|excerpt| ("body", format!("{excerpt:?}"))));
    if seen.has_stream() {
        facts.push(("body", body(seen)));
        if seen.arrival.first.is_some() {
            stream_facts(seen, &mut facts);
        }
    }
    facts.extend(resumed(seen));
    if let Some(preflight) = &seen.preflight {
        let status = preflight.status.map_or_else(|| "no answer".to_owned(), |status| format!("status {status}"));
        facts.push(("preflight", format!("{status}, for {}", preflight.asked_headers.join(", "))));
    }
    facts
}

fn header_facts(head: &Head) -> impl Iterator<Item = (&'static str, String)> {
    let names = [
        "content-type",
        "cache-control",
        "content-length",
        "content-encoding",
        "transfer-encoding",
        "server",
        "via",
        "access-control-allow-origin",
    ];
    names.into_iter().filter_map(|name| {
        let values: Vec<&str> = head.all(name).collect();
        // The longest name is wider than its column.
        let name = name.strip_prefix("access-control-").unwrap_or(name);
        let name = name.strip_prefix("transfer-").unwrap_or(name);
        (!values.is_empty()).then(|| (name, values.join(" | ")))
    })
}

fn body(seen: &Observation) -> String {
    let end = match &seen.end {
        End::None | End::Time => "open still".to_owned(),
        End::Stream => "ended".to_owned(),
        End::Broken(_) => "broken off".to_owned(),
        End::TooMuch => "not read further".to_owned(),
        End::Coding => "not readable".to_owned(),
        End::Interrupted => "interrupted".to_owned(),
    };
    match seen.arrival.first {
        None => format!("nothing in {}, {end}", duration(seen.watched)),
        Some(first) => format!(
            "first byte after {}, {} in {}, {end}",
            duration(first),
            number(seen.stream.bytes, "byte"),
            duration(seen.watched)
        ),
    }
}

fn stream_facts(seen: &Observation, facts: &mut Vec<(&'static str, String)>) {
    let stream = &seen.stream;
    let types: Vec<String> = stream.types.iter().map(|(name, count)| format!("{count} {name}")).collect();
    let types = if types.is_empty() { String::new() } else { format!(" ({})", types.join(", ")) };
    let ids = if stream.events == 0 { String::new() } else { format!(", {} with ID", stream.with_id) };
    facts.push(("events", format!("{}{types}{ids}", stream.events)));
    let every = seen.arrival.keep_alive_interval();
    let every = every.map(|every| format!(", keep-alives about every {}", duration(every))).unwrap_or_default();
    facts.push(("comments", format!("{}{every}", stream.comments)));
    facts.push(("longest pause", duration(seen.arrival.longest_silence(seen.watched))));
    if let Some((least, most)) = seen.arrival.vitals_after_ms {
        facts.push(("sent to arrival", format!("{least} to {most} ms, if both clocks agree")));
    }
    facts.extend(stream.retry.map(|retry| ("retry", format!("{retry} ms"))));
}

fn resumed(seen: &Observation) -> Option<(&'static str, String)> {
    let resumed = seen.resumed.as_ref()?;
    let expected = &resumed.expected;
    let came = expected.iter().filter(|id| resumed.came.contains(id)).count();
    let gap = if resumed.told_gap { ", and it told of a gap" } else { "" };
    let of = if expected.is_empty() {
        "there was no later event to come again".to_owned()
    } else {
        format!("{came} of {} events that followed came", expected.len())
    };
    Some(("resume", format!("after {:?}: {of}{gap}", resumed.last_event_id)))
}

/// A number of things.
fn number(count: u64, name: &str) -> String {
    format!("{count} {name}{}", if count == 1 { "" } else { "s" })
}

/// Milliseconds, for people.
pub(super) fn duration(milliseconds: u64) -> String {
    if milliseconds < 1000 {
        format!("{milliseconds} ms")
    } else {
        format!("{}.{} s", milliseconds / 1000, milliseconds % 1000 / 100)
    }
}

/// Adds a paragraph, broken at spaces; further lines are indented. What the server sent cannot command the terminal.
fn line(text: &mut String, indent: usize, paragraph: &str) {
    let paragraph: String = paragraph.chars().map(shown).collect();
    let (mut width, mut first) = (0, true);
    for word in paragraph.split_inclusive(' ') {
        let length = word.chars().count();
        if !first && width + word.trim_end().chars().count() > WIDTH {
            // The space at the end of the line goes.
            text.truncate(text.trim_end_matches(' ').len());
            let _ = write!(text, "\n{:indent$}", "");
            width = indent;
        }
        text.push_str(word);
        width += length;
        first = false;
    }
    text.truncate(text.trim_end_matches(' ').len());
    text.push('\n');
}

/// Control characters, and those that turn the direction of text, become U+FFFD.
fn shown(c: char) -> char {
    let turns = matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    if c.is_control() || turns { char::REPLACEMENT_CHARACTER } else { c }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_at_spaces() {
        let mut text = String::new();
        line(&mut text, 4, &format!("  name  {}", "word ".repeat(30)));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2);
        assert!(lines[0].starts_with("  name  word") && lines[0].ends_with("word") && lines[0].len() <= WIDTH);
        assert!(lines[1].starts_with("    word") && lines[1].ends_with("word"));
    }

    #[test]
    fn a_server_cannot_command_the_terminal() {
        let mut text = String::new();
        line(&mut text, 0, "a\x1B]0;x\x07\u{9B}2J\u{202E}b\r\nc");
        assert!(!text.trim_end().contains(|c: char| c.is_control() || c == '\u{202E}'), "{text:?}");
        let finding = Finding { code: super::super::code::Code::Status, what: "\x1B[2J\u{9B}2J\x7F".to_owned() };
        let json = json(&Observation::default(), &[finding]);
        assert!(!json.trim_end().contains(char::is_control), "{json:?}");
        let value: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
        assert_eq!(value["findings"][0]["what"], "\x1B[2J\u{9B}2J\x7F");
    }

    #[test]
    fn durations() {
        for (milliseconds, expected) in [(0, "0 ms"), (999, "999 ms"), (1000, "1.0 s"), (61_250, "61.2 s")] {
            assert_eq!(duration(milliseconds), expected);
        }
    }
}
