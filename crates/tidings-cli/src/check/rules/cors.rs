//! Whether pages of other origins may read it.

use super::{
    super::observation::{Head, Observation, Preflight, all, words},
    Code, Findings,
};

const ALLOW_ORIGIN: &str = "access-control-allow-origin";

pub(super) fn rules(seen: &Observation, findings: &mut Findings) {
    let Some(head) = seen.head.as_ref().filter(|head| head.status == 200) else { return };
    response(head, seen.asked.origin.as_deref(), findings);
    if let (Some(preflight), Some(origin)) = (&seen.preflight, &seen.asked.origin) {
        judge(preflight, origin, &seen.asked.method, findings);
    }
}

fn response(head: &Head, origin: Option<&str>, findings: &mut Findings) {
    let allowed: Vec<&str> = head.all(ALLOW_ORIGIN).map(str::trim).collect();
    let credentials = head.first("access-control-allow-credentials").is_some_and(|value| value.trim() == "true");
    if allowed == ["*"] && credentials {
        findings.add(Code::CorsCredentialsStar, format!("{ALLOW_ORIGIN}: *"));
    }
    if allowed.len() > 1 || allowed.iter().any(|value| value.contains([',', ' '])) {
        findings.add(Code::CorsTwice, format!("{ALLOW_ORIGIN}: {}", allowed.join(" | ")));
    } else if let Some(origin) = origin
        && !allows(&allowed, origin)
    {
        let said =
            allowed.first().map_or_else(|| format!("no {ALLOW_ORIGIN}"), |value| format!("{ALLOW_ORIGIN}: {value}"));
        findings.add(Code::CorsNotAllowed, format!("{origin}: {said}"));
    }
}

fn allows(allowed: &[&str], origin: &str) -> bool {
    matches!(allowed, [value] if *value == "*" || *value == origin)
}

fn judge(preflight: &Preflight, origin: &str, method: &str, findings: &mut Findings) {
    let headers = &preflight.headers;
    let allowed: Vec<&str> = all(headers, ALLOW_ORIGIN).map(str::trim).collect();
    match preflight.status {
        Some(200..=299) if allows(&allowed, origin) => {}
        Some(200..=299) => return findings.add(Code::CorsPreflight, format!("it does not allow {origin}")),
        Some(status) => return findings.add(Code::CorsPreflight, format!("status {status}")),
        None => return findings.add(Code::CorsPreflight, "no answer"),
    }
    let has = |name: &str, word: &str| {
        words(headers, name).any(|found| {
            found.eq_ignore_ascii_case(word) || (found == "*" && !word.eq_ignore_ascii_case("authorization"))
        })
    };
    let mut missing: Vec<&str> = Vec::new();
    for header in &preflight.asked_headers {
        if !has("access-control-allow-headers", header) {
            missing.push(header);
        }
    }
    if !matches!(method, "GET" | "HEAD" | "POST") && !has("access-control-allow-methods", method) {
        missing.push(method);
    }
    if !missing.is_empty() {
        findings.add(Code::CorsPreflightHeaders, format!("not allowed: {}", missing.join(", ")));
    }
}
