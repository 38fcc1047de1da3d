//! What the server was told on its command line.

use std::env;

/// Which framework serves.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Adapter {
    Axum,
    Actix,
    Warp,
}

/// The settings of the server.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) adapter: Adapter,
    /// Where it listens, on the loopback address.
    pub(crate) port: u16,
    /// Pages of this origin may read the responses, and send cookies.
    pub(crate) origin: Option<String>,
    /// Whether the framework's middleware compresses what it compresses by default.
    pub(crate) compress: bool,
}

impl Settings {
    /// Reads them from the arguments.
    ///
    /// # Panics
    ///
    /// If they are not as the docs of the program say.
    pub(crate) fn read() -> Self {
        let mut arguments = env::args().skip(1);
        let adapter = match arguments.next().as_deref() {
            Some("axum") => Adapter::Axum,
            Some("actix") => Adapter::Actix,
            Some("warp") => Adapter::Warp,
            other => panic!("the first argument is no adapter: {other:?}"),
        };
        let port = arguments.next().and_then(|port| port.parse().ok()).expect("the second argument is the port");
        let mut settings = Self { adapter, port, origin: None, compress: false };
        for argument in arguments {
            match argument.as_str() {
                "--compress" => settings.compress = true,
                _ => settings.origin = Some(argument),
            }
        }
        settings
    }
}
