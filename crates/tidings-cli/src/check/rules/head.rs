//! The status and the headers.

use super::{
    super::{
        observation::{End, Head, Observation, words},
        observer::distance,
    },
    Code, Findings, seconds,
};

/// So many letters may be wrong in a content type that is meant to be `text/event-stream`.
const NEAR: usize = 4;

pub(super) fn rules(seen: &Observation, findings: &mut Findings) {
    let Some(head) = &seen.head else { return };
    if !status(head, findings) {
        return;
    }
    content_type(head, findings);
    if !seen.has_stream() {
        // What else it says is not meant for event streams.
        return;
    }
    caching(head, findings);
    buffering(seen, head, findings);
    compression(seen, head, findings);
    transport(head, findings);
}

/// Returns whether it is 200.
fn status(head: &Head, findings: &mut Findings) -> bool {
    let status = head.status;
    match status {
        200 => return true,
        204 => findings.add(Code::Status204, "204"),
        _ => {
            let retry_after = head.first("retry-after").map(|value| format!(", with retry-after: {value}"));
            let login = head.first("www-authenticate").map(|value| format!(", with www-authenticate: {value}"));
            findings
                .add(Code::Status, format!("{status}{}{}", retry_after.unwrap_or_default(), login.unwrap_or_default()));
        }
    }
    false
}

fn content_type(head: &Head, findings: &mut Findings) {
    let Some(value) = head.first("content-type").map(str::trim).filter(|value| !value.is_empty()) else {
        return findings.add(Code::ContentTypeMissing, "no content-type");
    };
    let all: Vec<&str> = head.all("content-type").collect();
    if all.len() > 1 {
        findings.add(Code::ContentTypeTwice, all.join(" | "));
    }
    let mut parts = value.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
    if essence != "text/event-stream" {
        let near = distance(&essence, "text/event-stream") <= NEAR || essence.ends_with("event-stream");
        let code = if near { Code::ContentTypeNearMiss } else { Code::ContentType };
        return findings.add(code, format!("{value}{}", if near { "" } else { kind(&essence) }));
    }
    for parameter in parts {
        let (name, charset) = parameter.split_once('=').unwrap_or_default();
        let charset = charset.trim().trim_matches('"');
        let utf8 = charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("utf8");
        if name.trim().eq_ignore_ascii_case("charset") && !utf8 {
            findings.add(Code::Charset, value);
        }
    }
}

/// What another content type is.
fn kind(essence: &str) -> &'static str {
    match essence {
        "application/json" => ", one JSON document",
        "application/x-ndjson" | "application/jsonl" | "application/json-lines" => ", JSON lines without `data:`",
        "text/plain" => ", what frameworks take when none was set",
        "text/html" => ", a page: mostly of a login, an error, or an application that answers every path",
        "application/octet-stream" => ", bytes",
        _ => "",
    }
}

fn caching(head: &Head, findings: &mut Findings) {
    let value = || head.all("cache-control").collect::<Vec<_>>().join(", ");
    let has = |words: &[&str]| words.iter().any(|word| head.has_word("cache-control", word));
    if words(&head.headers, "cache-control").next().is_none() {
        findings.add(Code::CacheControlMissing, "no cache-control");
    } else {
        if !has(&["no-cache", "no-store", "private"]) {
            findings.add(Code::Cacheable, format!("cache-control: {}", value()));
        }
        if !has(&["no-transform"]) {
            findings.add(Code::Transformable, format!("cache-control: {}", value()));
        }
    }
    let age = head.first("age").filter(|age| age.trim().parse::<u64>().is_ok_and(|age| age > 0));
    let hit = ["cf-cache-status", "x-cache", "x-cache-status", "x-proxy-cache"].into_iter().find_map(|name| {
        let value = head.first(name)?;
        value.trim().to_ascii_lowercase().starts_with("hit").then(|| format!("{name}: {value}"))
    });
    findings.add_some(Code::FromCache, age.map(|age| format!("age: {age}")).or(hit));
}

fn buffering(seen: &Observation, head: &Head, findings: &mut Findings) {
    match head.first("x-accel-buffering").map(str::trim) {
        Some(value) if value.eq_ignore_ascii_case("no") => {}
        Some(value) => findings.add(Code::XAccelBuffering, format!("x-accel-buffering: {value}")),
        // nginx takes the header for itself.
        None if head.first("server").is_some_and(|server| server.to_ascii_lowercase().contains("nginx")) => {}
        None => findings.add(Code::XAccelBufferingMissing, "no x-accel-buffering"),
    }
    if let Some(length) = head.first("content-length") {
        let ended = if seen.end == End::Stream { ", and it ended there" } else { "" };
        findings.add(Code::ContentLength, format!("content-length: {length}{ended}"));
    }
}

fn compression(seen: &Observation, head: &Head, findings: &mut Findings) {
    let coding =
        head.first("content-encoding").map(str::trim).filter(|coding| !coding.eq_ignore_ascii_case("identity"));
    let Some(coding) = coding.filter(|coding| !coding.is_empty() && seen.end != End::Coding) else { return };
    match seen.uncompressed {
        Some(after) => findings.add(
            Code::CompressionHoldsBack,
            format!(
                "with {coding} nothing in {}; uncompressed the first byte after {}",
                seconds(seen.watched),
                seconds(after)
            ),
        ),
        None => findings.add(Code::Compressed, format!("content-encoding: {coding}")),
    }
}

fn transport(head: &Head, findings: &mut Findings) {
    if !head.version.starts_with("HTTP/1") {
        return;
    }
    findings.add(Code::Http1, head.version.clone());
    if head.first("content-length").is_none() && !head.has_word("transfer-encoding", "chunked") {
        findings.add(Code::NotFramed, format!("{} without transfer-encoding and content-length", head.version));
    }
}
