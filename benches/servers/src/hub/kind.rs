//! Whose hub is measured.

use std::fmt;

use crate::kind::Framework;

/// A server with a hub, or something to compare one with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hub {
    /// A bare loop over the sockets that are ready, which sends a shared frame to each client with one system call.
    Floor,
    /// Our hub behind an adapter.
    Tidings(Framework, Flavour),
    /// `tidings serve`
    Serve,
    /// What users of the framework write: a broadcast channel, or a list of channels, and the framework's event stream.
    Peer(Framework),
    /// The framework's streaming response of one event, and then nothing: no hub.
    Bare(Framework, Flavour),
}

/// Which runtime of tokio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavour {
    /// `current_thread`
    Current,
    /// `multi_thread`, with one worker
    Multi,
}

impl Hub {
    /// Ours. actix-web brings its own runtime.
    pub const OURS: [Self; 6] = [
        Self::Tidings(Framework::Axum, Flavour::Current),
        Self::Tidings(Framework::Axum, Flavour::Multi),
        Self::Tidings(Framework::Actix, Flavour::Current),
        Self::Tidings(Framework::Warp, Flavour::Current),
        Self::Tidings(Framework::Warp, Flavour::Multi),
        Self::Serve,
    ];
    /// Those of others.
    pub const PEERS: [Self; 3] =
        [Self::Peer(Framework::Axum), Self::Peer(Framework::Actix), Self::Peer(Framework::Warp)];

    /// What the tables call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Floor => "floor",
            Self::Tidings(Framework::Axum, Flavour::Current) => "tidings-axum",
            Self::Tidings(Framework::Axum, Flavour::Multi) => "tidings-axum, multi",
            Self::Tidings(Framework::Actix, _) => "tidings-actix",
            Self::Tidings(Framework::Warp, Flavour::Current) => "tidings-warp",
            Self::Tidings(Framework::Warp, Flavour::Multi) => "tidings-warp, multi",
            Self::Serve => "tidings serve",
            Self::Peer(Framework::Axum) => "axum + broadcast",
            Self::Peer(Framework::Actix) => "actix-web-lab + mpsc",
            Self::Peer(Framework::Warp) => "warp + broadcast",
            Self::Bare(Framework::Axum, Flavour::Current) => "axum, bare stream",
            Self::Bare(Framework::Axum, Flavour::Multi) => "axum, bare, multi",
            Self::Bare(Framework::Actix, _) => "actix-web, bare stream",
            Self::Bare(Framework::Warp, Flavour::Current) => "warp, bare stream",
            Self::Bare(Framework::Warp, Flavour::Multi) => "warp, bare, multi",
        }
    }

    /// All that this program serves itself.
    fn served() -> impl Iterator<Item = Self> {
        let ours = Self::OURS.into_iter().filter(|hub| *hub != Self::Serve);
        [Self::Floor].into_iter().chain(ours).chain(Self::PEERS).chain(Self::bare())
    }

    /// What ours are compared with, each on its runtime.
    pub fn bare() -> impl Iterator<Item = Self> {
        Self::OURS.into_iter().filter_map(|hub| match hub {
            Self::Tidings(framework, flavour) => Some(Self::Bare(framework, flavour)),
            _ => None,
        })
    }

    /// The one with this name, if this program serves it.
    pub fn named(name: &str) -> Option<Self> {
        Self::served().find(|hub| hub.name() == name)
    }

    /// Whether it must not lose anything.
    pub fn is_exact(self) -> bool {
        !matches!(self, Self::Peer(_) | Self::Bare(..))
    }
}

impl fmt::Display for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_different() {
        for hub in Hub::served() {
            assert_eq!(Hub::named(hub.name()), Some(hub));
        }
    }
}
