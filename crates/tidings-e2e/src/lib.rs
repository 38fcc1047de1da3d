//! What the tests against real parts share: browsers, proxies and servers as they are installed, each in a process of its own.
//! Never published.
//!
//! | module | what it has |
//! |---|---|
//! | [`process`] | a child process that ends with the test |
//! | [`port`] | ports for servers |
//! | [`folder`] | a folder that ends with the test |
//! | [`wait`] | waiting, with a deadline |
//! | [`chromium`] | the browser |
//! | [`page`] | the page that the browser opens, and what it reports |
//! | [`server`] | the server under test: the program `e2e-server`, one adapter at a time |
//! | [`nginx`], [`haproxy`] | the proxies |
//! | [`client`] | a client that sees each chunk as it arrives |
//!
//! The tests are in `tests`. They are ignored unless asked for, because they need what `cargo xtask e2e` installs.

#![forbid(unsafe_code)]

pub mod chromium;
pub mod client;
pub mod folder;
pub mod haproxy;
pub mod nginx;
pub mod page;
pub mod port;
pub mod process;
mod proxy;
pub mod server;
pub mod wait;

pub use proxy::Proxy;
