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
//! | [`tab`] | the browser with remote control, for pages that cannot report |
//! | [`page`] | the page that the browser opens, and what it reports |
//! | [`program`] | a program that listens on a port |
//! | [`server`] | the server under test: the program `e2e-server`, one adapter at a time |
//! | [`hub`] | the hub under test: the program `tidings serve` |
//! | [`nginx`], [`haproxy`] | the proxies |
//! | [`client`] | a client that sees each chunk as it arrives |
//!
//! The tests are in `tests`; those of `tidings serve` and of the examples are beside the programs. They are ignored unless asked
//! for, because they need what `cargo xtask e2e` installs.

#![forbid(unsafe_code)]

pub mod chromium;
pub mod client;
pub mod folder;
pub mod haproxy;
pub mod hub;
pub mod nginx;
pub mod page;
pub mod port;
pub mod process;
pub mod program;
mod proxy;
pub mod server;
pub mod tab;
pub mod wait;

pub use proxy::Proxy;
