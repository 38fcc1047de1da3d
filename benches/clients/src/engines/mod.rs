//! The clients: each reads a response to its end and delivers to a [`Sink`].
//!
//! All run on one thread of tokio. None has TLS, proxies or redirects to follow, and those that reconnect are told not to.

mod limits;
mod peers;
mod tidings;

use std::{fmt, pin::Pin};

use launchdarkly_sdk_transport::HyperTransport;

use crate::{Error, sink::Sink};

/// What role a client has in the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// No event source: chunks as they come.
    Limit,
    /// Ours.
    Ours,
    /// Somebody else's.
    Peer,
}

/// A client.
pub struct Engine {
    /// What the tables call it: of a peer, crate and version.
    pub name: &'static str,
    /// Its role.
    pub role: Role,
    /// Reads what is at a URL.
    pub run: fn(Clients, String, Sink) -> Run,
}

/// A client at work, up to what it has delivered.
pub type Run = Pin<Box<dyn Future<Output = Result<Sink, Error>> + Send>>;

/// The HTTP clients: one in a process, however many connections it has.
#[derive(Clone)]
pub struct Clients {
    reqwest: reqwest::Client,
    reqwest_0_12: reqwest_0_12::Client,
    hyper: HyperTransport,
}

impl Clients {
    /// All that there are.
    pub fn new() -> Result<Self, Error> {
        Ok(Self {
            reqwest: reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build()?,
            reqwest_0_12: reqwest_0_12::Client::builder().no_proxy().build()?,
            hyper: HyperTransport::builder().disable_proxy().build_http()?,
        })
    }

    async fn get(&self, url: String) -> Result<reqwest::Response, Error> {
        Ok(self.reqwest.get(url).send().await?)
    }
}

/// All clients, in the order of the tables.
pub const ALL: &[Engine] = &[
    limits::BYTES_STREAM,
    limits::CHUNK,
    tidings::EVENTS,
    tidings::EVENT_SOURCE,
    peers::SSE_REQWEST_CLIENT,
    peers::SSE_STREAM,
    peers::SSEER,
    peers::EVENTSRC,
    peers::RUSSE,
    peers::EVENTSOURCE_CLIENT,
    peers::EVENTSOURCE_STREAM,
    peers::REQWEST_EVENTSOURCE,
];

/// The client that peers and ours are measured by.
pub const BARE: Which = Which(0);
/// The chunks from reqwest by its other interface.
pub const CHUNK: Which = Which(1);
/// Ours for one response.
pub const EVENTS: Which = Which(2);
/// Ours that reconnects.
pub const EVENT_SOURCE: Which = Which(3);

/// One of [`ALL`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Which(usize);

impl Which {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..ALL.len()).map(Self)
    }

    /// The client.
    pub fn engine(self) -> &'static Engine {
        &ALL[self.0]
    }

    /// The one with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|which| which.engine().name == name)
    }

    /// Whether it delivers bare chunks.
    pub fn is_bare(self) -> bool {
        self.engine().role == Role::Limit
    }

    /// Whether it is somebody else's.
    pub fn is_peer(self) -> bool {
        self.engine().role == Role::Peer
    }
}

impl fmt::Display for Which {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.engine().name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_pinned_versions() {
        let manifest = include_str!("../../Cargo.toml");
        for which in Which::all().filter(|which| which.is_peer()) {
            let (name, version) = which.engine().name.split_once(' ').expect("name and version");
            let pinned = manifest
                .lines()
                .any(|line| line.starts_with(&format!("{name} = ")) && line.contains(&format!("\"={version}\"")));
            assert!(pinned, "{which}");
        }
    }

    #[test]
    fn names_are_different_and_in_their_places() {
        for which in Which::all() {
            assert_eq!(Which::named(which.engine().name), Some(which));
        }
        let names = [BARE, CHUNK, EVENTS, EVENT_SOURCE].map(|which| which.engine().name);
        assert_eq!(names, ["reqwest, bytes_stream()", "reqwest, chunk()", "tidings, events()", "tidings, EventSource"]);
    }
}
