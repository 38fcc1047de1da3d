//! From the event source to the output.

use std::{
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::Stream as _;
use tidings_client::{EventSource, Head, Item};

use super::{output::Output, stats::Stats};
use crate::failure::{self, Failure};

/// Why it is over.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// There are as many events as asked for.
    Count,
    /// The time is over.
    Timeout,
    /// There are no more events.
    Stream,
    /// A person said so.
    Stopped,
}

/// Prints what an event source gives.
pub(super) struct Follower<'a> {
    source: EventSource,
    output: Output,
    types: &'a [String],
    count: Option<u64>,
    printed: u64,
    /// The source had nothing when it was last asked.
    waited: bool,
    stats: Stats,
}

impl<'a> Follower<'a> {
    /// Prints events of these types, or of any if there are none, up to so many.
    pub(super) fn new(source: EventSource, output: Output, types: &'a [String], count: Option<u64>) -> Self {
        Self { source, output, types, count, printed: 0, waited: false, stats: Stats::default() }
    }

    /// Prints until there is nothing more to print.
    pub(super) async fn run(&mut self) -> Result<End, Failure> {
        poll_fn(|cx| self.poll(cx)).await
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<End, Failure>> {
        loop {
            let item = match Pin::new(&mut self.source).poll_next(cx) {
                Poll::Ready(Some(Ok(item))) => item,
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(Failure::connection(&error))),
                Poll::Ready(None) => return Poll::Ready(Ok(End::Stream)),
                Poll::Pending if self.waited || self.output.is_flushed() => {
                    self.output.flush()?;
                    return Poll::Pending;
                }
                Poll::Pending => {
                    // The HTTP library may have more in its buffers. It hands over one chunk at a turn, on this thread: so this
                    // point is reached however fast the server is. One write for each chunk would make small ones slow.
                    self.waited = true;
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
            };
            self.waited = false;
            if self.print(item)? {
                return Poll::Ready(Ok(End::Count));
            }
        }
    }

    /// Prints an item. Returns whether it was the last one.
    fn print(&mut self, item: Item) -> Result<bool, Failure> {
        match item {
            Item::Event(event) => {
                let event = event.as_event();
                self.stats.event(event.data.len());
                if self.types.is_empty() || self.types.iter().any(|name| name == event.event_type) {
                    self.output.event(event)?;
                    self.printed += 1;
                }
            }
            Item::Comment(text) => self.output.comment(&text)?,
            Item::Open(head) => {
                self.stats.open();
                self.say(&opening(&head))?;
            }
            Item::Reconnecting { delay, error } => {
                self.stats.reconnection();
                self.say(&format!("{}; again in {:.1} s", failure::chain(&error), delay.as_secs_f64()))?;
            }
            _ => {}
        }
        Ok(self.count.is_some_and(|count| self.printed >= count))
    }

    /// Says something on standard error, behind what was printed before.
    fn say(&mut self, message: &str) -> Result<(), Failure> {
        self.output.flush()?;
        failure::say(message);
        Ok(())
    }

    /// Closes the connection, and writes what is not yet written.
    pub(super) fn close(&mut self) -> Result<(), Failure> {
        self.source.close();
        self.output.flush()
    }

    /// Whether it is what was asked for.
    pub(super) fn judge(&self, end: End) -> Result<(), Failure> {
        match self.count {
            Some(count) if matches!(end, End::Timeout | End::Stream) => {
                Err(Failure::TooFew { printed: self.printed, count })
            }
            _ => Ok(()),
        }
    }

    /// Says what came.
    pub(super) fn report(&self) {
        failure::say(&self.stats.to_string());
    }
}

fn opening(head: &Head) -> String {
    let open = format!("open, {:?}", head.version);
    match head.headers.get("content-encoding").filter(|encoding| *encoding != "identity") {
        Some(encoding) => format!("{open}; its encoding, {encoding:?}, was not asked for and is not understood"),
        None => open,
    }
}
