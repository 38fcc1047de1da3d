//! Events that no subscriber wants.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Wake, Waker},
    time::{Duration, Instant},
};

use futures_util::Stream as _;
use serde_json::json;
use tidings_axum::Frame;
use tidings_hub::{Hub, Start, Subscription, Topics};
use tokio::runtime::{Builder, Runtime};

use super::{Bar, Case, Error, Limit, Options, Outcome, Row};
use crate::stats::Samples;

/// The case.
pub const CASE: Case = Case {
    name: "elsewhere",
    about: "in one process: events of 100 bytes a second to a topic that nobody reads, beside 10,000 subscribers to another",
    measure,
};

/// Counts how often subscribers are woken.
#[derive(Default)]
struct Woken(AtomicU64);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn measure(options: &Options) -> Result<Outcome, Error> {
    let subscribers: usize = super::subscribers(options).parse()?;
    let events = if options.quick { 10_000 } else { 1_000_000 };
    let mut a_second = Vec::new();
    for _ in 0..options.reps {
        a_second.push(run(subscribers, events)?);
    }
    let a_second: Samples = a_second.into_iter().collect();
    Ok(Outcome {
        bars: vec![Bar {
            what: "tidings-hub, million a second".into(),
            figure: a_second.median() / 1e6,
            limit: Limit::AtLeast(1.0),
        }],
        columns: vec!["M/s", "min–max"],
        rows: vec![Row {
            name: "tidings-hub",
            cells: vec![format!("{:.2}", a_second.median() / 1e6), format!("{:.2}", a_second.scaled(1e-6))],
            json: json!({ "per_second": a_second.json() }),
        }],
    })
}

/// How many events are published in a second. Who is woken for one is an error.
fn run(subscribers: usize, events: u32) -> Result<f64, Error> {
    let runtime = Builder::new_current_thread().enable_time().build()?;
    let hub = runtime.block_on(async { Hub::builder().build() })?;
    let topics = Topics::parse(["elsewhere"])?;
    let woken = Arc::new(Woken::default());
    let mut waiting: Vec<Subscription> = (0..subscribers).map(|_| hub.subscribe(&topics, &Start::Live)).collect();
    for subscription in &mut waiting {
        wait(subscription, &woken);
    }
    let data = "x".repeat(100);
    let start = Instant::now();
    for _ in 0..events {
        hub.publish("topic", Frame::event(&data))?;
    }
    let a_second = f64::from(events) / start.elapsed().as_secs_f64();
    let after = |what: &str, expected: usize| -> Result<(), Error> {
        turn(&runtime);
        let woken = woken.0.swap(0, Ordering::Relaxed);
        if woken == expected as u64 { Ok(()) } else { Err(format!("{woken} were woken for {what}").into()) }
    };
    after("a topic that they do not read", 0)?;
    // Or nobody would ever be.
    hub.publish("elsewhere", Frame::event(&data))?;
    after("their topic", subscribers)?;
    Ok(a_second)
}

/// Reads what there is, and waits for more.
fn wait(subscription: &mut Subscription, woken: &Arc<Woken>) {
    let waker = Waker::from(Arc::clone(woken));
    let mut context = Context::from_waker(&waker);
    while Pin::new(&mut *subscription).poll_next(&mut context).is_ready() {}
}

/// Lets the hub wake whom it will; it may wait for a crowd first.
fn turn(runtime: &Runtime) {
    runtime.block_on(async { tokio::time::sleep(Duration::from_millis(500)).await });
}
