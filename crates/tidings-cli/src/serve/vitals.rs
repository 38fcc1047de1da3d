//! What the page shows of this machine and of the hub, published through the hub itself.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::Serialize;
use sysinfo::{MINIMUM_CPU_UPDATE_INTERVAL, MemoryRefreshKind, RefreshKind, System};
use tidings_http::{EventType, Frame};
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::app::App;

/// The topic, and the type of its events: of those that only this program publishes.
const TOPIC: &str = "tidings/vitals";
/// What selects the topic, and not only everything.
pub(super) const SELECTORS: [&str; 2] = [TOPIC, "tidings/*"];
/// How long they go on, besides the time that clients wait, after the last who wanted them has gone: so that a page which comes
/// back has missed some, and gets them.
const LINGER: Duration = Duration::from_secs(5);
/// How long clients are waited for at most.
const MOST_RECONNECTION_TIME: Duration = Duration::from_mins(1);
const VITALS: EventType<'_> = EventType::from_static(TOPIC);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Vitals {
    /// Counts these events, so that a client can tell whether it has seen all.
    n: u64,
    /// Milliseconds since 1970.
    at: u128,
    /// Percent of all cores.
    cpu: f32,
    cores: usize,
    memory: Memory,
    load: [f64; 3],
    hub: HubVitals,
    /// Milliseconds.
    reconnection_time: u128,
    /// Seconds.
    uptime: u64,
}

/// In bytes.
#[derive(Serialize)]
struct Memory {
    used: u64,
    total: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HubVitals {
    subscribers: usize,
    open_streams: usize,
    events: usize,
    bytes: usize,
    topics: usize,
    /// Since the start.
    published: u64,
}

/// Publishes once a second, at once to begin with, while somebody wants it: the places in the log are the users'.
pub(super) async fn publish(app: App) {
    let mut system = match System::new_with_specifics(RefreshKind::nothing()) {
        Ok(system) => system,
        Err(error) => return tracing::warn!("this system does not tell its vitals: {error}"),
    };
    let linger = LINGER + app.reconnection_time.min(MOST_RECONNECTION_TIME);
    let mut watchers = app.watchers.subscribe();
    let mut n = 0;
    // The sender is kept by the app.
    while watchers.wait_for(|count| *count > 0).await.is_ok() {
        // The use of the CPU is that since the last look, which may be long ago.
        system.refresh_cpu_usage();
        sleep(MINIMUM_CPU_UPDATE_INTERVAL).await;
        let mut ticks = interval(Duration::from_secs(1));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut wanted = Instant::now();
        while wanted.elapsed() <= linger {
            ticks.tick().await;
            if *watchers.borrow() > 0 {
                wanted = Instant::now();
            }
            if let Err(error) = publish_once(&app, &mut system, n) {
                // It will be the same each time.
                return tracing::warn!("the vitals cannot be published: {error}");
            }
            n += 1;
        }
    }
}

fn publish_once(app: &App, system: &mut System, n: u64) -> Result<(), String> {
    system.refresh_cpu_usage();
    system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
    let vitals = vitals(app, system, n);
    let data = serde_json::to_string(&vitals).map_err(|error| error.to_string())?;
    let frame = Frame::event(&data).event_type(VITALS);
    app.hub.publish(TOPIC, frame).map(drop).map_err(|error| error.to_string())
}

fn vitals(app: &App, system: &System, n: u64) -> Vitals {
    let load = System::load_average().map_or([0.0; 3], |load| [load.one, load.five, load.fifteen]);
    let sizes = app.hub.sizes();
    Vitals {
        n,
        at: SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis(),
        cpu: system.global_cpu_usage(),
        cores: system.cpus().len(),
        memory: Memory { used: system.used_memory(), total: system.total_memory() },
        load,
        hub: HubVitals {
            subscribers: sizes.subscribers,
            open_streams: app.shutdown.open_streams(),
            events: sizes.events,
            bytes: sizes.bytes,
            topics: sizes.topics,
            published: app.hub.last_id().sequence(),
        },
        reconnection_time: app.reconnection_time.as_millis(),
        uptime: app.started.elapsed().as_secs(),
    }
}
