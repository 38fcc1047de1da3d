//! When the bytes came, and what that says of whoever holds them back.

use super::{
    super::{
        observation::{End, Observation},
        observer::{Arrival, Burst},
    },
    Code, Findings, seconds,
};

/// A pause, in milliseconds: the network makes shorter ones by itself.
const PAUSE: u64 = 250;
/// From so many milliseconds on, times and keep-alives tell whether events were held back.
const HELD: u64 = 1000;
/// The sizes of buffers are multiples of this.
const PAGE: u64 = 4096;
/// So many pauses in the middle of events are no accident.
const PAUSES: usize = 2;
/// So many events in a burst are a heap.
const HEAP: u64 = 3;
/// After so many milliseconds of silence a keep-alive is missed: servers send them every 15 s, by custom.
const KEEP_ALIVE: u64 = 20_000;
/// After so many milliseconds of silence at the end it can be asked for.
const QUIET: u64 = 1000;

pub(super) fn rules(seen: &Observation, findings: &mut Findings) {
    if seen.arrival.first.is_none() {
        // Without a byte at the end of a stream nothing was held back.
        if matches!(seen.end, End::Time | End::Interrupted) && seen.uncompressed.is_none() {
            findings.add(Code::Silent, format!("in {}", seconds(seen.watched)));
        }
        return;
    }
    held_back(seen, findings);
    keep_alives(seen, findings);
    match seen.end {
        End::Stream => findings.add(Code::Ends, format!("after {}", seconds(seen.watched))),
        End::TooMuch => {
            findings.add(Code::TooMuch, format!("{} bytes in {}", seen.stream.bytes, seconds(seen.watched)));
        }
        _ => {}
    }
}

fn held_back(seen: &Observation, findings: &mut Findings) {
    let bursts = &seen.arrival.bursts;
    let pauses = inside_pauses(bursts);
    let aligned = aligned(bursts, &pauses);
    let evidence: Vec<String> =
        [heap_of_times(&seen.arrival), heap_of_keep_alives(&seen.arrival), vitals(seen), aligned]
            .into_iter()
            .flatten()
            .collect();
    if !evidence.is_empty() {
        findings.add(Code::Buffered, evidence.join("; "));
    } else if pauses.len() >= PAUSES {
        findings.add(Code::PausesWithinEvents, format!("{} times", pauses.len()));
    } else {
        findings.add_some(Code::Heaps, heaps(&seen.arrival));
    }
}

/// Events that were sent at different times, in a pause, arrive together at its end. What is sent again from a log was not sent
/// within the pause.
fn heap_of_times(arrival: &Arrival) -> Option<String> {
    let span = |burst: &Burst| burst.stamps.map_or(0, between);
    let heap = arrival.in_time().find(|burst| (HELD..=burst.quiet + HELD / 2).contains(&span(burst)))?;
    Some(format!(
        "{} events came together at {}, though they say that they were sent within {}",
        heap.events,
        seconds(heap.at),
        seconds(span(heap))
    ))
}

/// Milliseconds from one time to another; none if that is before it.
fn between((first, last): (i64, i64)) -> u64 {
    last.saturating_sub(first).try_into().unwrap_or(0)
}

/// A keep-alive is sent when it was quiet; two cannot be sent together.
fn heap_of_keep_alives(arrival: &Arrival) -> Option<String> {
    let heap = arrival.in_time().find(|burst| burst.keep_alives > 1 && burst.quiet >= HELD)?;
    Some(format!("{} keep-alives came together at {}", heap.keep_alives, seconds(heap.at)))
}

/// `tidings serve` says every second what time it is. How late that arrives does not depend on how well the clocks agree, if
/// only the difference between the first and the last is looked at.
fn vitals(seen: &Observation) -> Option<String> {
    let spread = between(seen.arrival.vitals_after_ms?);
    (spread >= HELD).then(|| format!("events arrive up to {} later than others after they were sent", seconds(spread)))
}

/// The bursts that end in the middle of an event and are followed by a pause.
fn inside_pauses(bursts: &[Burst]) -> Vec<usize> {
    let paused = bursts.windows(2).enumerate().filter(|(_, pair)| pair[0].ends_inside && pair[1].quiet >= PAUSE);
    paused.map(|(index, _)| index).collect()
}

/// Between two such ends there are whole buffers. (Up to the first, the head of the response was in them too.)
fn aligned(bursts: &[Burst], pauses: &[usize]) -> Option<String> {
    let sizes: Vec<u64> =
        pauses.windows(2).map(|pair| bursts[pair[0] + 1..=pair[1]].iter().map(|burst| burst.bytes).sum()).collect();
    let whole = sizes.iter().all(|size| size % PAGE == 0);
    let largest =
        [8, 4, 2, 1].into_iter().map(|pages| pages * PAGE).find(|unit| sizes.iter().all(|size| size % unit == 0))?;
    (!sizes.is_empty() && whole)
        .then(|| format!("they stop in the middle of events, each time after a multiple of {} KiB", largest / 1024))
}

fn heaps(arrival: &Arrival) -> Option<String> {
    let heaps = arrival.in_time().filter(|burst| burst.events >= HEAP && burst.quiet >= HELD);
    let count = heaps.clone().count();
    let most = heaps.map(|burst| burst.events).max()?;
    (count >= 2).then(|| format!("{count} times, with up to {most} events"))
}

fn keep_alives(seen: &Observation, findings: &mut Findings) {
    if seen.end == End::Stream {
        return;
    }
    let silence = seen.arrival.longest_silence(seen.watched);
    if silence >= KEEP_ALIVE {
        findings.add(Code::KeepAliveMissing, format!("no byte for {}", seconds(silence)));
    } else if seen.end == End::Time && silence >= QUIET && 2 * silence >= seen.watched && seen.stream.comments == 0 {
        findings.add(Code::KeepAliveUnseen, format!("quiet for {}", seconds(silence)));
    }
}
