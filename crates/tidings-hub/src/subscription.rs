//! One subscriber.

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use futures_core::Stream;
use tidings_codec::EncodedFrame;

use crate::{
    GapReason, Id, SlowPolicy, Start, Topics,
    hub::{Shared, now},
    machine::{Ask, Begin, Delivery, First, Place},
    past::{Answer, Asked},
};

/// A subscription to a [`Hub`](crate::Hub): a stream of frames, or of several at once where several are ready.
///
/// It never fails, and ends only if it is revoked, or if it falls behind and the hub
/// [disconnects](SlowPolicy::Disconnect) then. Give a client one subscription of all its topics: in two that are merged into one
/// response, the ID of one hides what is still to come of the other. While nobody asks it for more it costs nothing but its place.
#[must_use = "a subscription does nothing unless it is read"]
pub struct Subscription {
    hub: Arc<Shared>,
    place: Place,
    cursor: u64,
    /// What comes for it before anything that the hub has: nothing, most of the time. So it takes no room then.
    before: Option<Box<Before>>,
}

/// What comes for a subscriber before anything that the hub has.
enum Before {
    /// It is told this.
    First(EncodedFrame),
    /// What the log has, which is asked for what is before the hub's window.
    Asked(Asked),
    /// The end.
    End,
}

impl Subscription {
    pub(crate) fn new(hub: &Arc<Shared>, topics: &Topics, start: &Start) -> Self {
        hub.counters.subscribed();
        let mut machine = hub.lock();
        // Nobody gets what is too old, though nothing may have happened here since.
        machine.evict(now());
        let (place, begin) = machine.subscribe(topics, start);
        drop(machine);
        let mut this = Self { hub: Arc::clone(hub), place, cursor: 0, before: None };
        match begin {
            Begin::At(cursor, first) => {
                this.cursor = cursor;
                if let Some(frame) = first.and_then(|first| this.tell(first)) {
                    this.before(Before::First(frame));
                }
            }
            Begin::Asking(ask) => this.ask(ask),
        }
        this
    }

    /// What [`Hub::revoke`](crate::Hub::revoke) takes.
    pub fn id(&self) -> SubscriberId {
        SubscriberId(self.place)
    }

    /// After which event those begin that are still to come. Before it is read that is where it starts: after the ID that a client
    /// came back with if nothing is missing, after another one if there is a [gap](crate::GAP). Nothing while a log is asked.
    pub fn position(&self) -> Option<Id> {
        let epoch = self.hub.lock().head().epoch();
        let is_asking = matches!(self.before.as_deref(), Some(Before::Asked(_)));
        (!is_asking).then(|| Id::new(epoch, self.cursor))
    }

    fn before(&mut self, before: Before) {
        self.before = Some(Box::new(before));
    }

    /// Asks the log. If it need not be asked any more, the subscription has been revoked.
    fn ask(&mut self, ask: Ask) {
        let mut machine = self.hub.lock();
        let (epoch, topics) = (machine.head().epoch(), machine.topics_of(self.place));
        drop(machine);
        let asked = self.hub.past.clone().zip(topics).map(|(past, topics)| past.ask(epoch, topics, ask));
        self.before(asked.map_or(Before::End, Before::Asked));
    }

    /// What is to be sent for it: nothing if the subscriber is disconnected instead.
    fn tell(&mut self, first: First) -> Option<EncodedFrame> {
        match first {
            First::Position(frame) => Some(frame),
            First::Gap(reason, frame) => {
                self.hub.counters.gap(reason);
                if reason == GapReason::FellBehind && self.hub.slow_policy == SlowPolicy::Disconnect {
                    self.before(Before::End);
                    return None;
                }
                Some(frame)
            }
        }
    }
}

impl Stream for Subscription {
    type Item = EncodedFrame;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<EncodedFrame>> {
        let this = self.get_mut();
        loop {
            match this.before.as_deref_mut() {
                None => {
                    let delivery = this.hub.lock().poll(this.place, &mut this.cursor, cx.waker());
                    match delivery {
                        Delivery::Events(frames) => return Poll::Ready(Some(frames)),
                        Delivery::Gap(gap) => return Poll::Ready(this.tell(gap)),
                        Delivery::Nothing(waker) => {
                            drop(waker);
                            return Poll::Pending;
                        }
                        Delivery::Behind(ask) => this.ask(ask),
                        Delivery::Revoked => this.before(Before::End),
                    }
                }
                Some(Before::First(frame)) => {
                    let frame = frame.clone();
                    this.before = None;
                    return Poll::Ready(Some(frame));
                }
                Some(Before::Asked(asked)) => {
                    let (is_there, _waker) = this.hub.lock().watch(this.place, cx.waker());
                    if !is_there {
                        this.before(Before::End);
                        continue;
                    }
                    let answer = ready!(asked.as_mut().poll(cx));
                    this.before = None;
                    match answer {
                        Answer::OtherEpoch => this.before(Before::End),
                        Answer::First(cursor, first) => {
                            this.cursor = cursor;
                            return Poll::Ready(this.tell(first));
                        }
                        Answer::At(cursor, frames) => {
                            this.cursor = cursor;
                            if frames.is_some() {
                                return Poll::Ready(frames);
                            }
                        }
                    }
                }
                Some(Before::End) => return Poll::Ready(None),
            }
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        // The lock goes before the waker.
        let waker = self.hub.lock().unsubscribe(self.place);
        drop(waker);
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").field("id", &self.id()).field("cursor", &self.cursor).finish_non_exhaustive()
    }
}

/// Which subscription it is, from [`Subscription::id`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SubscriberId(pub(crate) Place);
