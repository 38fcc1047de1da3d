//! The timer of a body.

use std::{
    future::Future as _,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use tokio::time::{Instant, Sleep, sleep_until};

use crate::machine::Moment;

/// Wakes the task of a body at a deadline that mostly moves away before it is reached.
///
/// It is asked after each event, of each of thousands of clients, and what it stands on is then in no cache. So it asks that only when it
/// has to.
#[derive(Debug, Default)]
pub(crate) struct Timer {
    /// Made when there is first something to wait for.
    sleep: Option<Pin<Box<Sleep>>>,
    /// When it wakes whom.
    armed: Option<(Moment, Waker)>,
}

impl Timer {
    /// Waits for the deadline. If that was earlier at the last call, it may be over before: whoever waits looks at the clock.
    pub(crate) fn poll(&mut self, deadline: Moment, now: Moment, origin: Instant, cx: &mut Context<'_>) -> Poll<()> {
        // To move the timer with each write costs more than to be woken once too early.
        let moment = match &self.armed {
            Some((at, waker)) if *at <= deadline && *at > now => {
                if waker.will_wake(cx.waker()) {
                    return Poll::Pending;
                }
                *at
            }
            _ => deadline,
        };
        let at = Instant::from_std(moment.instant(origin.into_std()));
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(at)));
        if sleep.deadline() != at {
            sleep.as_mut().reset(at);
        }
        let polled = sleep.as_mut().poll(cx);
        self.armed = polled.is_pending().then(|| (moment, cx.waker().clone()));
        polled
    }
}
