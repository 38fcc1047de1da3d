//! What `/metrics` says, in the text format of Prometheus.

use std::fmt::Write as _;

use super::app::App;

pub(super) fn metrics(app: &App) -> String {
    let (counts, sizes) = (app.hub.counts(), app.hub.sizes());
    let mut text = String::new();
    for (name, kind, help, value) in [
        ("tidings_hub_published_total", "counter", "Events published.", counts.published),
        ("tidings_hub_repeated_total", "counter", "Events not published again, by their key.", counts.repeated),
        ("tidings_hub_subscribed_total", "counter", "Subscriptions begun.", counts.subscribed),
        ("tidings_hub_revoked_total", "counter", "Subscriptions revoked.", counts.revoked),
        ("tidings_hub_kept_events", "gauge", "Events kept for those who come back.", sizes.events as u64),
        ("tidings_hub_kept_bytes", "gauge", "Bytes of the events that are kept.", sizes.bytes as u64),
        ("tidings_hub_topics", "gauge", "Topics that have events, or had some.", sizes.topics as u64),
        ("tidings_hub_subscribers", "gauge", "Subscriptions.", sizes.subscribers as u64),
        (
            "tidings_hub_oldest_seconds",
            "gauge",
            "Age of the oldest event kept.",
            sizes.oldest.unwrap_or_default().as_secs(),
        ),
        ("tidings_open_streams", "gauge", "Responses that are event streams.", app.shutdown.open_streams() as u64),
        ("tidings_uptime_seconds", "gauge", "Time since the start.", app.started.elapsed().as_secs()),
    ] {
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}");
    }
    text +=
        "# HELP tidings_hub_gaps_total Subscribers that were told of a gap.\n# TYPE tidings_hub_gaps_total counter\n";
    for (reason, count) in counts.gaps.by_reason() {
        let _ = writeln!(text, "tidings_hub_gaps_total{{reason=\"{reason}\"}} {count}");
    }
    text
}
