//! What a hub counts and holds, for whatever recorder of the `metrics` crate the program has.

use std::time::{Duration, Instant};

use metrics::{Counter, Gauge, Label, Unit, counter, describe_counter, describe_gauge, gauge};

use crate::{Counts, Gaps, Sizes};

/// The metrics of a hub, as they were a moment ago.
pub(crate) struct Exported {
    published: Counter,
    repeated: Counter,
    subscribed: Counter,
    revoked: Counter,
    gaps: [Counter; 4],
    events: Gauge,
    bytes: Gauge,
    topics: Gauge,
    subscribers: Gauge,
    oldest: Gauge,
    at: Option<Instant>,
}

impl Exported {
    /// How old they are at most, and at least when they are told again.
    pub(crate) const INTERVAL: Duration = Duration::from_secs(1);

    /// Of the hub with this name, which all of them have for a label.
    pub(crate) fn new(name: Option<&'static str>) -> Self {
        let labels: Vec<Label> = name.map(|name| Label::from_static_parts("hub", name)).into_iter().collect();
        let gaps = |reason| {
            let reason = Label::from_static_parts("reason", reason);
            counter!("tidings_hub_gaps_total", labels.iter().cloned().chain([reason]).collect::<Vec<_>>())
        };
        describe_counter!("tidings_hub_published_total", "Events that were published");
        describe_counter!("tidings_hub_repeated_total", "Events that were not published again, by their key");
        describe_counter!("tidings_hub_subscribed_total", "Subscriptions that were begun");
        describe_counter!("tidings_hub_revoked_total", "Subscriptions that were revoked");
        describe_counter!("tidings_hub_gaps_total", "Subscribers that were told of a gap");
        describe_gauge!("tidings_hub_kept_events", "Events that are kept");
        describe_gauge!("tidings_hub_kept_bytes", Unit::Bytes, "The bytes of these");
        describe_gauge!("tidings_hub_topics", "Topics that have events, or had some not long ago");
        describe_gauge!("tidings_hub_subscribers", "Subscriptions");
        describe_gauge!("tidings_hub_oldest_seconds", Unit::Seconds, "The age of the oldest event that is kept");
        Self {
            published: counter!("tidings_hub_published_total", labels.clone()),
            repeated: counter!("tidings_hub_repeated_total", labels.clone()),
            subscribed: counter!("tidings_hub_subscribed_total", labels.clone()),
            revoked: counter!("tidings_hub_revoked_total", labels.clone()),
            gaps: Gaps::default().by_reason().map(|(reason, _)| gaps(reason.as_str())),
            events: gauge!("tidings_hub_kept_events", labels.clone()),
            bytes: gauge!("tidings_hub_kept_bytes", labels.clone()),
            topics: gauge!("tidings_hub_topics", labels.clone()),
            subscribers: gauge!("tidings_hub_subscribers", labels.clone()),
            oldest: gauge!("tidings_hub_oldest_seconds", labels.clone()),
            at: None,
        }
    }

    /// Tells the recorder, if it is time to. `measure` gives what there is to tell.
    #[allow(clippy::cast_precision_loss, reason = "a gauge is a float")]
    pub(crate) fn tell(&mut self, now: Instant, measure: impl FnOnce() -> (Counts, Sizes)) {
        if self.at.is_some_and(|at| now.saturating_duration_since(at) < Self::INTERVAL) {
            return;
        }
        self.at = Some(now);
        let (counts, sizes) = measure();
        for (counter, count) in [
            (&self.published, counts.published),
            (&self.repeated, counts.repeated),
            (&self.subscribed, counts.subscribed),
            (&self.revoked, counts.revoked),
        ]
        .into_iter()
        .chain(self.gaps.iter().zip(counts.gaps.by_reason().map(|(_, count)| count)))
        {
            counter.absolute(count);
        }
        for (gauge, size) in [
            (&self.events, sizes.events),
            (&self.bytes, sizes.bytes),
            (&self.topics, sizes.topics),
            (&self.subscribers, sizes.subscribers),
        ] {
            gauge.set(size as f64);
        }
        self.oldest.set(sizes.oldest.unwrap_or_default().as_secs_f64());
    }
}
