//! Following a log: into the window of a hub, and for those who want what is before it.

use std::{
    error::Error,
    sync::{Arc, Weak},
    time::{Duration, SystemTime},
};

use tidings_codec::EncodedFrame;
use tokio::time::{Instant, sleep};

use crate::{
    Epoch, Id, Topics,
    hub::Shared,
    log::{Bounds, Kept, Log, Read},
    machine::{Ask, Machine, close},
    past::{Answer, Asked, Past},
};

/// About how many bytes are read at once.
pub(crate) const PAGE_BYTES: usize = 64 * 1024;

/// How long to wait before a log that could not be reached is tried again: longer each time.
struct Pause(Duration);

impl Pause {
    const SHORTEST: Duration = Duration::from_millis(100);
    const LONGEST: Duration = Duration::from_secs(5);

    const fn new() -> Self {
        Self(Self::SHORTEST)
    }

    /// Says that the log cannot be reached, and waits.
    async fn after(&mut self, error: &(dyn Error + Send + Sync + 'static)) {
        tracing::warn!(error = error as &(dyn Error + 'static), again_in = ?self.0, "the log of the hub cannot be reached");
        sleep(self.0).await;
        self.0 = (self.0 * 2).min(Self::LONGEST);
    }
}

/// Adds events of the log to its window.
pub(crate) fn add(machine: &mut Machine, events: Vec<Kept>) {
    let (now, clock) = (Instant::now().into_std(), SystemTime::now());
    for Kept { sequence, at, record } in events {
        let age = clock.duration_since(at).unwrap_or_default();
        let topics: Vec<&str> = record.topics.iter().map(String::as_str).collect();
        if let [first, others @ ..] = &topics[..] {
            machine.follow((first, others), sequence, record.frame, now.checked_sub(age).unwrap_or(now), now);
        }
    }
}

/// Follows the log into the window of the hub, as long as there is one.
pub(crate) async fn follow<L: Log>(hub: Weak<Shared>, log: Arc<L>) {
    let mut pause = Pause::new();
    while let Some(head) = hub.upgrade().map(|hub| hub.lock().head()) {
        let read = log.tail(head, PAGE_BYTES).await;
        let Some(hub) = hub.upgrade() else { return };
        match read {
            Ok(Read::Events(events)) => {
                pause = Pause::new();
                let goes_on = hub.with_machine(|machine| {
                    add(machine, events);
                    machine.head() != head
                });
                drop(hub);
                if goes_on {
                    // A log that is quick must not hold the thread for ever.
                    tokio::task::yield_now().await;
                } else {
                    // It was to wait for an event: that is its fault, and must not take all the time that there is.
                    sleep(Pause::SHORTEST).await;
                }
            }
            Ok(Read::OtherEpoch) => match log.bounds().await {
                Ok(bounds) if bounds.epoch != head.epoch() => {
                    let Bounds { epoch, first, .. } = bounds.in_order();
                    tracing::warn!(%epoch, "the log of the hub begins anew: all subscriptions end");
                    let wakers = hub.lock().restart(epoch, first);
                    wakers.into_iter().for_each(std::task::Waker::wake);
                }
                Ok(_) => sleep(Pause::SHORTEST).await,
                Err(error) => pause.after(&error).await,
            },
            Err(error) => {
                drop(hub);
                pause.after(&error).await;
            }
        }
    }
}

impl<L: Log> Past for L {
    fn ask(self: Arc<Self>, epoch: Epoch, topics: Topics, ask: Ask) -> Asked {
        Box::pin(async move {
            let mut pause = Pause::new();
            loop {
                match ask_once(&*self, epoch, &topics, ask).await {
                    Ok(answer) => return answer,
                    Err(error) => pause.after(&error).await,
                }
            }
        })
    }
}

/// Tells where the subscriber begins; if nothing is to be said of that, reads what follows.
async fn ask_once<L: Log>(log: &L, epoch: Epoch, topics: &Topics, ask: Ask) -> Result<Answer, L::Error> {
    let bounds = log.bounds().await?.in_order();
    if bounds.epoch != epoch {
        return Ok(Answer::OtherEpoch);
    }
    let (sequence, first) = ask.answer(bounds);
    if let Some(first) = first {
        return Ok(Answer::First(sequence, first));
    }
    let Read::Events(events) = log.read(Id::new(epoch, sequence), PAGE_BYTES).await? else {
        return Ok(Answer::OtherEpoch);
    };
    // What was evicted since the bounds were asked for is noticed when the log is asked again.
    let mut upto = sequence;
    let mut frames = Vec::new();
    for Kept { sequence, record, .. } in events.into_iter().filter(|event| event.sequence > sequence) {
        if sequence != upto + 1 {
            break;
        }
        upto = sequence;
        if record.topics.iter().any(|topic| topics.include(topic)) {
            frames.push(close(record.frame, Id::new(epoch, sequence)));
        }
    }
    // A log that is quick must not hold the thread for ever.
    tokio::task::yield_now().await;
    Ok(Answer::At(upto, (!frames.is_empty()).then(|| EncodedFrame::join(&frames))))
}
