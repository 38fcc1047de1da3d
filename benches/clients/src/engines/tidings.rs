//! Ours.

use futures_util::TryStreamExt as _;
use tidings_client::{EventSource, Item, machine::Options};

use super::{Engine, Role};

pub const EVENTS: Engine = Engine {
    name: "tidings, events()",
    role: Role::Ours,
    run: |clients, url, mut sink| {
        Box::pin(async move {
            let mut events = tidings_client::events(clients.get(url).await?).await?;
            while let Some(event) = events.try_next().await? {
                sink.event(&event, event.data())?;
            }
            Ok(sink)
        })
    },
};

pub const EVENT_SOURCE: Engine = Engine {
    name: "tidings, EventSource",
    role: Role::Ours,
    run: |clients, url, mut sink| {
        Box::pin(async move {
            let options = Options::new().reconnect(false);
            let mut source = EventSource::builder(url).client(clients.reqwest).options(options).build()?;
            while let Some(item) = source.try_next().await? {
                if let Item::Event(event) = item {
                    sink.event(&event, event.data())?;
                }
            }
            Ok(sink)
        })
    },
};
