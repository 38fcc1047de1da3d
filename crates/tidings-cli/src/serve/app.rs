//! What the requests share.

use std::{
    collections::HashMap,
    ops::Deref,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tidings_http::{Options, Shutdown};
use tidings_hub::{Hub, SubscriberId};

use super::access::Access;

/// What the requests share. Clones are the same.
#[derive(Clone)]
pub(super) struct App(Arc<Shared>);

pub(super) struct Shared {
    pub(super) hub: Hub,
    pub(super) options: Options,
    pub(super) shutdown: Shutdown,
    pub(super) access: Access,
    pub(super) max_event_bytes: usize,
    pub(super) reconnection_time: Duration,
    pub(super) started: Instant,
    clients: Mutex<HashMap<String, SubscriberId>>,
}

impl App {
    pub(super) fn new(
        hub: Hub,
        options: Options,
        shutdown: Shutdown,
        access: Access,
        max_event_bytes: usize,
        reconnection_time: Duration,
    ) -> Self {
        let clients = Mutex::default();
        let started = Instant::now();
        Self(Arc::new(Shared { hub, options, shutdown, access, max_event_bytes, reconnection_time, started, clients }))
    }
}

impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl Shared {
    /// How many clients that gave themselves a name are remembered.
    const MOST_CLIENTS: usize = 1024;

    /// Remembers which subscription a client has that gave itself a name.
    pub(super) fn name_client(&self, name: &str, subscriber: SubscriberId) {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if clients.len() >= Self::MOST_CLIENTS {
            clients.clear();
        }
        clients.insert(name.to_owned(), subscriber);
    }

    /// Ends the stream of a client that gave itself a name. It will come back.
    pub(super) fn cut_client(&self, name: &str) {
        let subscriber = self.clients.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
        if let Some(subscriber) = subscriber {
            self.hub.revoke(subscriber);
        }
    }
}
