//! One subscriber.

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use futures_core::Stream;
use tidings_codec::EncodedFrame;

use crate::{
    SlowPolicy, Start, Topics,
    hub::Shared,
    machine::{Delivery, Place},
};

/// A subscription to a [`Hub`](crate::Hub): a stream of frames, or of several at once where several are ready.
///
/// It never fails, and ends only if it is revoked, or if it falls behind and the hub
/// [disconnects](SlowPolicy::Disconnect) then. While nobody asks it for more it costs nothing but its place.
#[must_use = "a subscription does nothing unless it is read"]
pub struct Subscription {
    hub: Arc<Shared>,
    place: Place,
    cursor: u64,
    first: Option<EncodedFrame>,
    ended: bool,
}

impl Subscription {
    pub(crate) fn new(hub: &Arc<Shared>, topics: &Topics, start: &Start) -> Self {
        let (place, cursor, first) = hub.lock().subscribe(topics, start);
        Self { hub: Arc::clone(hub), place, cursor, first, ended: false }
    }

    /// What [`Hub::revoke`](crate::Hub::revoke) takes.
    pub fn id(&self) -> SubscriberId {
        SubscriberId(self.place)
    }
}

impl Stream for Subscription {
    type Item = EncodedFrame;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<EncodedFrame>> {
        let this = self.get_mut();
        if let Some(first) = this.first.take() {
            return Poll::Ready(Some(first));
        }
        if this.ended {
            return Poll::Ready(None);
        }
        let delivery = this.hub.lock().poll(this.place, &mut this.cursor, cx.waker());
        match delivery {
            Delivery::Events(frames) => Poll::Ready(Some(frames)),
            Delivery::Gap(frame) if this.hub.slow_policy == SlowPolicy::Gap => Poll::Ready(Some(frame)),
            Delivery::Nothing => Poll::Pending,
            Delivery::Gap(_) | Delivery::Revoked => {
                this.ended = true;
                Poll::Ready(None)
            }
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.hub.lock().unsubscribe(self.place);
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
