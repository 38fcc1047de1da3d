//! IDs, and whether a client can go on with them.

use super::{
    super::observation::{Observation, Resumed},
    Code, Findings,
    stream::said,
};

pub(super) fn rules(seen: &Observation, findings: &mut Findings) {
    // `EventSource` only gets; what answers a POST is not gone on with.
    if !seen.is_get() {
        return;
    }
    let stream = &seen.stream;
    if stream.events > 0 && stream.with_id == 0 {
        findings.add(Code::IdsMissing, format!("{} events", stream.events));
    } else if stream.with_id > 0 && stream.without_id > 0 {
        findings.add(Code::IdsPartial, format!("{} with, {} without", stream.with_id, stream.without_id));
    }
    findings.add_some(Code::IdRepeated, said(&stream.wrong.id_repeated));
    if let Some(resumed) = &seen.resumed {
        judge(resumed, findings);
    }
}

fn judge(resumed: &Resumed, findings: &mut Findings) {
    let after = format!("after {:?}", resumed.last_event_id);
    match resumed.status {
        None => return findings.add(Code::ResumeRefused, format!("no answer {after}")),
        Some(200) => {}
        Some(status) => return findings.add(Code::ResumeRefused, format!("status {status} {after}")),
    }
    let came = &resumed.came;
    if came.contains(&resumed.last_event_id) {
        return findings.add(Code::ResumeRepeats, format!("{after} it came again"));
    }
    // Of those that were to come, the places at which they came.
    let places: Vec<Option<usize>> =
        resumed.expected.iter().map(|id| came.iter().position(|other| other == id)).collect();
    let missing = places.iter().filter(|place| place.is_none()).count();
    if missing > 0 && missing == places.len() && !resumed.told_gap {
        findings.add(Code::ResumeIgnored, format!("{after} none of {} events", places.len()));
    } else if missing > 0 && !resumed.told_gap {
        findings.add(Code::ResumeHoles, format!("{after} {missing} of {} events are missing", places.len()));
    }
    if !places.iter().flatten().is_sorted() {
        findings.add(Code::ResumeOrder, format!("{after} {}", came.join(", ")));
    }
}
