//! From the request to the head of the response.

use super::{
    super::{
        observation::{End, FaultKind, Observation},
        observer,
    },
    Code, Findings, seconds,
};

/// From so many milliseconds on a head is late, if the first byte of the body comes with it.
const LATE: u64 = 1000;
/// Within so many milliseconds they come together.
const TOGETHER: u64 = 50;

pub(super) fn rules(seen: &Observation, findings: &mut Findings) {
    fault(seen, findings);
    redirects(seen, findings);
    late(seen, findings);
    if seen.late >= observer::LATE {
        findings.add(Code::Busy, format!("for up to {} at once", seconds(seen.late)));
    }
    if let End::Broken(text) = &seen.end {
        findings.add(Code::CutOff, format!("after {}: {text}", seconds(seen.watched)));
    }
    if seen.end == End::Coding {
        let coding = seen.head.as_ref().and_then(|head| head.first("content-encoding")).unwrap_or_default();
        findings.add(Code::CodingUnknown, format!("content-encoding: {coding}"));
    }
}

fn fault(seen: &Observation, findings: &mut Findings) {
    let Some(fault) = &seen.fault else { return };
    let code = match fault.kind {
        FaultKind::Dns => Code::Dns,
        FaultKind::Connection => Code::NoConnection,
        FaultKind::Tls => Code::Tls,
        FaultKind::Response => Code::BadResponse,
        FaultKind::RedirectLoop => Code::RedirectLoop,
        FaultKind::RedirectBroken => Code::RedirectBroken,
        FaultKind::Timeout => {
            return match seen.other_request {
                Some(status) => findings
                    .add(Code::HeadWithheld, format!("{}, while HEAD was answered with status {status}", fault.text)),
                None => findings.add(Code::NoHead, fault.text.clone()),
            };
        }
    };
    findings.add(code, fault.text.clone());
}

fn redirects(seen: &Observation, findings: &mut Findings) {
    if let (Some(redirect), None) = (seen.redirects.last(), &seen.fault) {
        let count = seen.redirects.len();
        let times = if count == 1 { String::new() } else { format!(", after {count} redirects") };
        findings.add(Code::Redirect, format!("to {}{times}", redirect.to));
    }
    for redirect in &seen.redirects {
        let what = || format!("status {} to {}", redirect.status, redirect.to);
        findings.add_some(Code::RedirectInsecure, redirect.insecure.then(what));
        findings.add_some(Code::RedirectMethod, redirect.method_lost.then(what));
        findings.add_some(Code::RedirectOrigin, redirect.headers_lost.then(what));
    }
}

/// A head that takes its time is a slow server. One that comes with the first byte was held back.
fn late(seen: &Observation, findings: &mut Findings) {
    let (Some(head), Some(first)) = (&seen.head, seen.arrival.bursts.first()) else { return };
    let together = first.late < observer::LATE && first.at.saturating_sub(first.late + head.after) <= TOGETHER;
    // However late this machine was itself.
    if seen.has_stream() && head.after.saturating_sub(head.late) >= LATE && together {
        findings.add(Code::HeadLate, format!("after {}, with the first bytes", seconds(head.after)));
    }
}
