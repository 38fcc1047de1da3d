//! What the requests share.

use std::{
    collections::HashMap,
    ops::Deref,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tidings_http::{Options, Shutdown};
use tidings_hub::{Hub, SubscriberId};
use tokio::sync::watch;

use super::{access::Access, key::Keys, seldom::Seldom};

/// What the requests share. Clones are the same.
#[derive(Clone)]
pub(super) struct App(Arc<Shared>);

pub(super) struct Shared {
    pub(super) hub: Hub,
    pub(super) options: Options,
    pub(super) shutdown: Shutdown,
    pub(super) access: Access,
    pub(super) keys: Keys,
    pub(super) max_event_bytes: usize,
    pub(super) reconnection_time: Duration,
    pub(super) started: Instant,
    pub(super) refusals: Seldom,
    /// How many open streams want the vitals.
    pub(super) watchers: watch::Sender<usize>,
    /// The open streams whose clients gave themselves a name.
    clients: Mutex<HashMap<Box<str>, SubscriberId>>,
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
        Self(Arc::new(Shared {
            hub,
            options,
            shutdown,
            access,
            keys: Keys::default(),
            max_event_bytes,
            reconnection_time,
            started: Instant::now(),
            refusals: Seldom::default(),
            watchers: watch::Sender::default(),
            clients: Mutex::default(),
        }))
    }

    /// Notes what is to be known of a stream for as long as it is open: most of the time nothing.
    pub(super) fn open(&self, name: Option<&str>, subscriber: SubscriberId, watches: bool) -> Option<Box<Open>> {
        if name.is_none() && !watches {
            return None;
        }
        if let Some(name) = name {
            let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
            clients.insert(name.into(), subscriber);
        }
        if watches {
            self.watchers.send_modify(|count| *count += 1);
        }
        Some(Box::new(Open { app: self.clone(), name: name.map(Into::into), subscriber, watches }))
    }
}

impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl Shared {
    /// Ends the stream of a client that gave itself a name. It will come back. Returns whether there is one.
    pub(super) fn cut_client(&self, name: &str) -> bool {
        let subscriber = self.clients.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
        if let Some(subscriber) = subscriber {
            self.hub.revoke(subscriber);
        }
        subscriber.is_some()
    }
}

/// What is known of an open stream. It is dropped with the body of its response.
pub(super) struct Open {
    app: App,
    name: Option<Box<str>>,
    subscriber: SubscriberId,
    watches: bool,
}

impl Drop for Open {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            let mut clients = self.app.clients.lock().unwrap_or_else(PoisonError::into_inner);
            // The client may have come back before this one was known to have ended.
            if clients.get(name) == Some(&self.subscriber) {
                clients.remove(name);
            }
        }
        if self.watches {
            self.app.watchers.send_modify(|count| *count -= 1);
        }
    }
}
