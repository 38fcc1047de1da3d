//! Who is compared.

use std::fmt;

/// What serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framework {
    /// axum
    Axum,
    /// actix-web
    Actix,
    /// warp
    Warp,
}

/// What makes the body of the response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writer {
    /// The framework's streaming response, of events that are encoded already: the limit.
    Bare,
    /// The framework's own event stream, or the one that its users take.
    Peer,
    /// Our adapter.
    Tidings,
}

/// What a process serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Served {
    /// No framework: a bare loop over the sockets, and a write for each keep-alive.
    Floor,
    /// A framework.
    With(Kind),
}

/// A server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// What serves.
    pub framework: Framework,
    /// What makes the body.
    pub writer: Writer,
}

impl Framework {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Axum, Self::Actix, Self::Warp];
}

impl Served {
    /// What the tables call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Floor => "floor",
            Self::With(kind) => kind.name(),
        }
    }

    /// The one with this name.
    pub fn named(name: &str) -> Option<Self> {
        Kind::ALL.into_iter().map(Self::With).chain([Self::Floor]).find(|served| served.name() == name)
    }
}

impl From<Kind> for Served {
    fn from(kind: Kind) -> Self {
        Self::With(kind)
    }
}

impl Kind {
    /// All of them, in the order of the tables.
    pub const ALL: [Self; 9] = {
        let mut all = [Self { framework: Framework::Axum, writer: Writer::Bare }; 9];
        let writers = [Writer::Bare, Writer::Peer, Writer::Tidings];
        let mut index = 0;
        while index < 9 {
            all[index] = Self { framework: Framework::ALL[index / 3], writer: writers[index % 3] };
            index += 1;
        }
        all
    };

    /// The kind of this framework and writer.
    pub const fn new(framework: Framework, writer: Writer) -> Self {
        Self { framework, writer }
    }

    /// What the tables call it.
    pub const fn name(self) -> &'static str {
        match (self.framework, self.writer) {
            (Framework::Axum, Writer::Bare) => "axum, bare stream",
            (Framework::Axum, Writer::Peer) => "axum 0.8.9",
            (Framework::Axum, Writer::Tidings) => "tidings-axum",
            (Framework::Actix, Writer::Bare) => "actix-web, bare stream",
            (Framework::Actix, Writer::Peer) => "actix-web-lab 0.29.5",
            (Framework::Actix, Writer::Tidings) => "tidings-actix",
            (Framework::Warp, Writer::Bare) => "warp, bare stream",
            (Framework::Warp, Writer::Peer) => "warp 0.4.3",
            (Framework::Warp, Writer::Tidings) => "tidings-warp",
        }
    }

    /// Whether keep-alives come from it.
    pub fn keeps_alive(self) -> bool {
        self.writer != Writer::Bare
    }
}

impl fmt::Display for Served {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names in the tables say what the lock file says.
    #[test]
    fn names_are_the_pinned_versions() {
        let manifest = include_str!("../Cargo.toml");
        for kind in Kind::ALL.into_iter().filter(|kind| kind.writer == Writer::Peer) {
            let (name, version) = kind.name().split_once(' ').expect("name and version");
            let pinned = manifest
                .lines()
                .any(|line| line.starts_with(&format!("{name} = ")) && line.contains(&format!("\"={version}\"")));
            assert!(pinned, "{kind}");
        }
    }

    #[test]
    fn names_are_different() {
        for served in Kind::ALL.map(Served::With).into_iter().chain([Served::Floor]) {
            assert_eq!(Served::named(served.name()), Some(served));
        }
    }
}
