//! `tidings tail` with a server that does what the test says.

mod arguments;
mod bad_servers;
#[path = "../common/mod.rs"]
mod common;
mod end;
mod events;
mod support;
