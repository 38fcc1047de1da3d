//! What all servers of our hub share, and what all servers of a broadcast channel do.

use std::{borrow::Cow, convert::Infallible, sync::Arc};

use futures_util::{Stream, stream};
use tidings_axum::Frame;
use tidings_hub::{Hub, Id, Start, Subscription, Topics};
use tokio::sync::broadcast;

use crate::Error;

const TOPIC: &str = "bench";

/// What a hub keeps.
#[derive(Clone, Copy)]
pub struct Log {
    /// So many events that it has from the start.
    pub prefilled: u64,
    /// So many bytes at most.
    pub bytes: usize,
}

impl Log {
    /// Nothing from the start, and room for everything.
    pub const EMPTY: Self = Self { prefilled: 0, bytes: 1 << 30 };
}

/// Our hub with one topic.
#[derive(Clone)]
pub struct Feed(Arc<(Hub, Topics)>);

impl Feed {
    /// A hub with this log. On a runtime.
    pub fn new(log: Log) -> Result<Self, Error> {
        let hub = Hub::builder().keep_events(1 << 21).keep_bytes(log.bytes).build()?;
        for number in 0..log.prefilled {
            hub.publish(TOPIC, Frame::event(&format!("before {number}")))?;
        }
        Ok(Self(Arc::new((hub, Topics::of(TOPIC)?))))
    }

    /// Publishes what a form says.
    pub fn publish(&self, form: &[u8]) -> Result<Id, Error> {
        Ok(self.0.0.publish(TOPIC, Frame::event(&data(form)))?)
    }

    /// The events for a client.
    pub fn subscribe(&self, last_event_id: Option<&str>) -> Subscription {
        let (hub, topics) = &*self.0;
        hub.subscribe(topics, &Start::after_or(last_event_id, Start::Live))
    }
}

/// The data that a form says.
pub fn data(form: &[u8]) -> Cow<'_, str> {
    form_urlencoded::parse(form).find_map(|(name, value)| (name == "data").then_some(value)).unwrap_or_default()
}

/// What comes from a broadcast channel, as its users write it: who lags goes on with what there is.
pub fn received(receiver: broadcast::Receiver<String>) -> impl Stream<Item = Result<String, Infallible>> + Send {
    stream::unfold(receiver, |mut receiver| async {
        loop {
            match receiver.recv().await {
                Ok(data) => return Some((Ok(data), receiver)),
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    })
}

/// One event, and then nothing.
pub fn one_event() -> impl Stream<Item = Result<bytes::Bytes, Infallible>> + Send + Sync {
    use futures_util::StreamExt as _;
    stream::iter([Ok(bytes::Bytes::from_static(b"data: first\n\n"))]).chain(stream::pending())
}
