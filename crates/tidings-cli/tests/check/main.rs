//! `tidings check` against endpoints that have each defect on purpose, and against one that has none.

#![cfg(unix)]
#![forbid(unsafe_code)]

mod arrival;
mod clean;
#[path = "../common/mod.rs"]
mod common;
mod cors;
mod head;
mod proxied;
mod redirects;
mod resume;
mod stream;
mod support;
mod unreachable;
