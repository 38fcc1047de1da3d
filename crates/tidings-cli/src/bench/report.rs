//! What came of a benchmark: as JSON, and as text.

#![expect(clippy::cast_precision_loss, reason = "figures for people")]

use std::{
    collections::BTreeMap,
    fmt::{self, Display, Write as _},
    time::Duration,
};

use serde::Serialize;

use super::{Arguments, crowd::Crowd, room::Times, system::Usage};

/// What came of a benchmark. Keys are not taken away or changed in meaning.
#[derive(Debug, Default, Serialize)]
pub(super) struct Report {
    url: String,
    subscribers: u32,
    /// Ctrl-C has ended it.
    interrupted: bool,
    pub(super) connect: Connect,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) idle_server: Option<Used>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) load: Option<Load>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reconnect: Option<Reconnect>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stalled: Option<StalledReaders>,
    check: Check,
    /// Connections that failed, by what was wrong.
    failures: BTreeMap<String, u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    publisher_failure: Option<String>,
    /// Before any connection, when all are open, and in the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) memory_before: Option<Memory>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) memory_idle: Option<Memory>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) memory_after: Option<Memory>,
    /// What an idle subscriber takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    memory_per_subscriber: Option<Memory>,
    #[serde(skip)]
    outstanding: String,
}

/// How opening the connections went.
#[derive(Debug, Default, Serialize)]
pub(super) struct Connect {
    pub(super) open: usize,
    /// Until the last was open.
    pub(super) seconds: f64,
    /// Until all had the first bytes of the body; `null` if some had none.
    pub(super) first_bytes_seconds: Option<f64>,
    /// From the begin of each connection to the head of its response.
    pub(super) answer_ms: Option<Quantiles>,
}

/// What was delivered in a time, and what that took.
#[derive(Debug, Serialize)]
pub(super) struct Load {
    pub(super) seconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) published: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) published_per_second: Option<f64>,
    pub(super) deliveries: u64,
    pub(super) deliveries_per_second: f64,
    /// From sending an event to its arrival; `null` without a time in the data.
    pub(super) latency_ms: Option<Quantiles>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) client: Option<Used>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) server: Option<Used>,
}

/// What it took until all who were cut off had everything.
#[derive(Debug, Serialize)]
pub(super) struct Reconnect {
    pub(super) cut: usize,
    /// How many of them had an ID to come back with.
    pub(super) with_last_event_id: usize,
    pub(super) caught_up: u64,
    /// From the first connection until the last of them had everything.
    pub(super) seconds: f64,
    pub(super) caught_up_ms: Option<Quantiles>,
    pub(super) connect: Connect,
    pub(super) load: Load,
}

/// What became of those who never read.
#[derive(Debug, Serialize)]
pub(super) struct StalledReaders {
    pub(super) count: usize,
    pub(super) closed_by_the_server: usize,
    pub(super) last_closed_seconds: Option<f64>,
}

/// What the subscribers have seen in all.
#[derive(Debug, Default, Serialize)]
struct Check {
    /// Events with a number in their data, once for each subscriber.
    delivered: u64,
    lost: u64,
    doubled: u64,
    out_of_order: u64,
    gaps: u64,
    /// Events that did not come, and a gap said so.
    missed_in_gaps: u64,
    /// Events without a number in their data, and how many of these have one in their ID.
    without_number: u64,
    with_id: u64,
    /// What was still on its way when Ctrl-C ended it.
    unread: u64,
}

/// Bytes.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Memory {
    /// Memory of the server's process that is its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) server: Option<u64>,
    /// That of this process.
    pub(super) client: u64,
    /// What all sockets of the machine hold in the kernel.
    pub(super) sockets: u64,
}

impl Memory {
    fn per(self, before: Self, count: usize) -> Option<Self> {
        let per = |after: u64, before: u64| after.saturating_sub(before).checked_div(count as u64);
        let server = self.server.zip(before.server).and_then(|(after, before)| per(after, before));
        Some(Self { server, client: per(self.client, before.client)?, sockets: per(self.sockets, before.sockets)? })
    }
}

/// CPU time of a process.
#[derive(Debug, Serialize)]
pub(super) struct Used {
    user_seconds: f64,
    system_seconds: f64,
    user_us_per_delivery: Option<f64>,
    system_us_per_delivery: Option<f64>,
    deliveries_per_cpu_second: Option<f64>,
    /// How often its threads had nothing to do.
    waits: u64,
}

impl Used {
    pub(super) fn new(before: &Usage, after: &Usage, deliveries: u64) -> Self {
        let user = after.user.saturating_sub(before.user).as_secs_f64();
        let system = after.system.saturating_sub(before.system).as_secs_f64();
        let per = |seconds: f64| (deliveries > 0).then(|| seconds * 1e6 / deliveries as f64);
        let both = user + system;
        Self {
            user_seconds: user,
            system_seconds: system,
            user_us_per_delivery: per(user),
            system_us_per_delivery: per(system),
            deliveries_per_cpu_second: (both > 0.0 && deliveries > 0).then(|| deliveries as f64 / both),
            waits: after.waits.saturating_sub(before.waits),
        }
    }
}

/// A distribution of times, in milliseconds.
#[derive(Debug, Serialize)]
pub(super) struct Quantiles {
    count: u64,
    p50: f64,
    p90: f64,
    p99: f64,
    p999: f64,
    max: f64,
}

impl Quantiles {
    /// `None` if there are no times.
    pub(super) fn new(times: &Times) -> Option<Self> {
        let at = |part| times.quantile(part) as f64 / 1e6;
        (times.count() > 0).then(|| Self {
            count: times.count(),
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            p999: at(0.999),
            max: at(1.0),
        })
    }
}

impl Report {
    pub(super) fn new(arguments: &Arguments) -> Self {
        let pace = match (arguments.rate, arguments.outstanding) {
            (Some(rate), _) => format!("{rate} a second wanted"),
            (None, outstanding) => format!("{} at a time", outstanding.unwrap_or(1)),
        };
        Self {
            url: arguments.url.clone(),
            subscribers: arguments.subscribers,
            outstanding: format!("{pace}, {} bytes of data each", arguments.size),
            ..Self::default()
        }
    }

    /// Adds what there is to know in the end.
    pub(super) fn finish(mut self, crowd: &mut Crowd, unread: u64) -> Self {
        let tally = &crowd.room.tally;
        self.check = Check {
            delivered: tally.delivered,
            lost: tally.lost,
            doubled: tally.doubled,
            out_of_order: tally.out_of_order,
            gaps: tally.gaps,
            missed_in_gaps: tally.told,
            without_number: tally.other,
            with_id: tally.with_id,
            unread,
        };
        self.failures = std::mem::take(&mut crowd.room.faults).into_inner();
        self.publisher_failure = crowd.publisher_fault.as_ref().map(ToString::to_string);
        self.interrupted = crowd.is_interrupted();
        let open = self.connect.open;
        let memory = self.memory_before.zip(self.memory_idle);
        self.memory_per_subscriber = memory.and_then(|(before, idle)| idle.per(before, open));
        self
    }

    pub(super) fn json(&self) -> String {
        // There is nothing in it that JSON does not have.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// What is wrong, in one line.
    pub(super) fn problem(&self) -> Option<String> {
        let Check { lost, doubled, out_of_order, .. } = self.check;
        let failed = self.failures.values().sum();
        let behind = self.reconnect.as_ref().map_or(0, |reconnect| reconnect.cut as u64 - reconnect.caught_up);
        let counts = [
            (lost, "lost"),
            (doubled, "doubled"),
            (out_of_order, "out of order"),
            (failed, "connections failed"),
            (if self.interrupted { 0 } else { behind.saturating_sub(failed) }, "subscribers have not caught up"),
        ];
        let counts = counts.iter().filter(|(count, _)| *count > 0);
        let mut texts: Vec<String> = counts.map(|(count, what)| format!("{} {what}", grouped(*count))).collect();
        texts.extend(self.publisher_failure.iter().map(|fault| format!("publisher: {fault}")));
        (!texts.is_empty()).then(|| texts.join(", "))
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.url)?;
        line(f, "subscribers", &self.connect.text(u64::from(self.subscribers)))?;
        // For a few the buffers that all share would count for more.
        if let Some(per) = self.memory_per_subscriber.filter(|_| self.connect.open >= 1000) {
            line(f, "memory", &per.text())?;
        }
        if let Some(used) = &self.idle_server {
            line(f, "idle server", &used.text())?;
        }
        if let Some(load) = &self.load {
            load.write(f, &self.outstanding)?;
        }
        if let Some(reconnect) = &self.reconnect {
            reconnect.write(f)?;
        }
        if let Some(StalledReaders { count, closed_by_the_server, .. }) = self.stalled {
            line(
                f,
                "never read",
                &format!("{count} subscribers; the server has closed {closed_by_the_server} of them"),
            )?;
        }
        let memory = [self.memory_before, self.memory_idle, self.memory_after];
        if let [Some(before), Some(idle), Some(after)] = memory.map(|memory| memory?.server.map(grouped)) {
            line(f, "server memory", &format!("{before} bytes at first, {idle} with all open, {after} in the end"))?;
        }
        line(f, "checked", &self.check.text())?;
        for (failure, count) in &self.failures {
            line(f, "failed", &format!("{} × {failure}", grouped(*count)))?;
        }
        if let Some(failure) = &self.publisher_failure {
            line(f, "publisher", failure)?;
        }
        let published = self.load.as_ref().and_then(|load| load.published).unwrap_or_default();
        if published > 0 && self.check.delivered == 0 && self.connect.open > 0 {
            line(f, "hint", "nothing that was published has arrived: does the URL subscribe to what --topic says?")?;
        }
        if self.interrupted { line(f, "ended by", "Ctrl-C") } else { Ok(()) }
    }
}

impl Connect {
    fn text(&self, wanted: u64) -> String {
        let mut text = format!("{} of {} open", grouped(self.open as u64), grouped(wanted));
        if let Some(answer) = &self.answer_ms {
            let _ = write!(text, " after {:.3} s; an answer took {}", self.seconds, answer.text());
        }
        if let Some(seconds) = self.first_bytes_seconds {
            let _ = write!(text, "; first bytes of all after {seconds:.3} s");
        }
        text
    }
}

impl Load {
    fn write(&self, f: &mut fmt::Formatter<'_>, pace: &str) -> fmt::Result {
        if let Some((published, rate)) = self.published.zip(self.published_per_second) {
            line(
                f,
                "published",
                &format!("{} in {:.3} s ({}/s), {pace}", grouped(published), self.seconds, rounded(rate)),
            )?;
        }
        let rate = rounded(self.deliveries_per_second);
        line(f, "deliveries", &format!("{} in {:.3} s ({rate}/s)", grouped(self.deliveries), self.seconds))?;
        if let Some(latency) = &self.latency_ms {
            line(f, "latency", &latency.text())?;
        }
        if let Some(server) = &self.server {
            line(f, "server", &server.text())?;
        }
        self.client.as_ref().map_or(Ok(()), |client| line(f, "this program", &client.text()))
    }
}

impl Reconnect {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cut, with_last_event_id, caught_up, seconds, .. } = self;
        let [cut, ids, caught_up] = [*cut as u64, *with_last_event_id as u64, *caught_up].map(grouped);
        line(f, "cut off", &format!("{cut} subscribers; {ids} of them came back with a last event ID"))?;
        line(f, "came back", &self.connect.text(self.cut as u64))?;
        line(
            f,
            "caught up",
            &format!("{caught_up} after {seconds:.3} s, with {} deliveries", grouped(self.load.deliveries)),
        )?;
        self.load.server.as_ref().map_or(Ok(()), |server| line(f, "server", &server.text()))
    }
}

impl Check {
    fn text(&self) -> String {
        let Self { delivered, lost, doubled, out_of_order, gaps, missed_in_gaps, without_number, with_id, unread } =
            self;
        let mut parts = Vec::new();
        if *delivered > 0 || *lost > 0 {
            let [delivered, lost, doubled] = [*delivered, *lost, *doubled].map(grouped);
            parts.push(format!("{delivered} by their numbers: {lost} lost, {doubled} doubled"));
        }
        if *without_number > 0 {
            let ids = if *with_id > 0 { format!(", {} by their IDs", grouped(*with_id)) } else { String::new() };
            parts.push(format!("{} without a number{ids}", grouped(*without_number)));
        }
        parts.push(format!("{} out of order", grouped(*out_of_order)));
        if *gaps > 0 {
            parts.push(format!("{} gaps for {} events", grouped(*gaps), grouped(*missed_in_gaps)));
        }
        if *unread > 0 {
            parts.push(format!("{} on their way", grouped(*unread)));
        }
        parts.join(", ")
    }
}

impl Memory {
    fn text(self) -> String {
        let server = self.server.map(|server| format!("{} bytes in the server, ", grouped(server)));
        let Self { client, sockets, .. } = self;
        format!(
            "for each subscriber {}{} bytes here, {} in sockets of both sides",
            server.unwrap_or_default(),
            grouped(client),
            grouped(sockets)
        )
    }
}

impl Used {
    fn text(&self) -> String {
        let mut text = format!("{:.2} s user, {:.2} s system", self.user_seconds, self.system_seconds);
        if let (Some(user), Some(system)) = (self.user_us_per_delivery, self.system_us_per_delivery) {
            let _ = write!(text, ", {user:.3} + {system:.3} µs a delivery");
        }
        if let Some(rate) = self.deliveries_per_cpu_second {
            let _ = write!(text, ", {} deliveries a CPU second", rounded(rate));
        }
        text + &format!(", {} waits", grouped(self.waits))
    }
}

impl Quantiles {
    fn text(&self) -> String {
        let Self { p50, p90, p99, p999, max, .. } = self;
        format!("p50 {p50:.3}, p90 {p90:.3}, p99 {p99:.3}, p99.9 {p999:.3}, max {max:.3} ms")
    }
}

fn line(f: &mut fmt::Formatter<'_>, name: &str, text: &str) -> fmt::Result {
    writeln!(f, "  {name:<14}{text}")
}

/// A number with its thousands apart.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3 + 1);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[expect(clippy::cast_sign_loss, reason = "rates are not negative")]
fn rounded(rate: f64) -> String {
    grouped(rate.round() as u64)
}

/// Nanoseconds in seconds.
pub(super) fn seconds(nanoseconds: u64) -> f64 {
    Duration::from_nanos(nanoseconds).as_secs_f64()
}

/// How many a second; 0 if there was no time.
pub(super) fn per_second(count: u64, nanoseconds: u64) -> f64 {
    if nanoseconds == 0 { 0.0 } else { count as f64 / seconds(nanoseconds) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_for_people() {
        let texts = [0, 7, 999, 1000, 12_345, 1_234_567].map(grouped);
        assert_eq!(texts, ["0", "7", "999", "1,000", "12,345", "1,234,567"]);
        assert_eq!(per_second(5, 0).to_bits(), 0.0_f64.to_bits());
    }
}
