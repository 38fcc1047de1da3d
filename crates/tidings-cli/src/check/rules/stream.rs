//! What the stream is made of.

use super::{
    super::{
        observation::{End, Observation},
        observer::Spots,
    },
    Code, Findings, seconds,
};

/// Reconnection times that are probably not meant, in milliseconds: up to the first, and from the second on.
const RETRY: (u64, u64) = (99, 600_000);
/// After so many milliseconds without a byte, the empty line is not on its way any more.
const STUCK: u64 = 1000;

pub(super) fn rules(seen: &Observation, findings: &mut Findings) {
    lines(seen, findings);
    spots(seen, findings);
    retry(seen, findings);
    if seen.stream.unfinished {
        let quiet = seen.watched.saturating_sub(seen.arrival.last.unwrap_or(0));
        match seen.end {
            End::Stream => findings.add(Code::UnfinishedEvent, "the stream ends within an event"),
            // What is held back has its end somewhere.
            End::Time | End::Interrupted
                if quiet >= STUCK && !findings.has(&[Code::Buffered, Code::PausesWithinEvents]) =>
            {
                findings.add(Code::UnfinishedEvent, format!("there was data, and then nothing for {}", seconds(quiet)));
            }
            _ => {}
        }
    }
}

fn lines(seen: &Observation, findings: &mut Findings) {
    if seen.stream.begins_with_bom {
        findings.add(Code::Bom, "EF BB BF");
    }
    let ends = seen.stream.line_ends;
    let kinds = [("LF", ends.lf), ("CRLF", ends.crlf), ("CR", ends.cr)];
    let used: Vec<String> =
        kinds.iter().filter(|(_, count)| *count > 0).map(|(name, count)| format!("{count} {name}")).collect();
    if used.len() > 1 {
        findings.add(Code::MixedLineEnds, used.join(", "));
    } else if ends.cr > 0 {
        findings.add(Code::BareCr, used.join(""));
    }
}

fn spots(seen: &Observation, findings: &mut Findings) {
    let wrong = &seen.stream.wrong;
    for (code, spots) in [
        (Code::BomInside, &wrong.bom_inside),
        (Code::InvalidUtf8, &wrong.invalid_utf8),
        (Code::Markup, &wrong.markup),
        (Code::JsonWithoutData, &wrong.json_without_data),
        (Code::MisspeltField, &wrong.misspelt_field),
        (Code::UnknownField, &wrong.unknown_field),
        (Code::SplitData, &wrong.split_data),
        (Code::JoinedEvents, &wrong.joined_events),
        (Code::EventWithoutData, &wrong.event_without_data),
        (Code::LongLine, &wrong.long_line),
        (Code::LargeEvent, &wrong.large_event),
        (Code::RetryInvalid, &wrong.retry_invalid),
        (Code::IdNul, &wrong.id_nul),
    ] {
        findings.add_some(code, said(spots));
    }
}

/// How often, where, and what.
pub(super) fn said(spots: &Spots) -> Option<String> {
    let times = match spots.count {
        0 => return None,
        1 => "once, at".to_owned(),
        count => format!("{count} times, first at"),
    };
    let samples: Vec<String> =
        spots.samples.iter().filter(|sample| !sample.is_empty()).map(|sample| format!("{sample:?}")).collect();
    let samples = if samples.is_empty() { String::new() } else { format!(": {}", samples.join(", ")) };
    Some(format!("{times} byte {}{samples}", spots.first))
}

fn retry(seen: &Observation, findings: &mut Findings) {
    match seen.stream.retry {
        Some(milliseconds) if milliseconds <= RETRY.0 || milliseconds >= RETRY.1 => {
            let unit = if (1..=RETRY.0).contains(&milliseconds) { ", perhaps meant as seconds" } else { "" };
            findings.add(Code::RetryExtreme, format!("{milliseconds} ms{unit}"));
        }
        None if seen.stream.wrong.retry_invalid.count == 0 && seen.arrival.first.is_some() => {
            findings.add(Code::RetryMissing, "no retry");
        }
        _ => {}
    }
}
