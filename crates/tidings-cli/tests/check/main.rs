//! `tidings check` against endpoints that have each defect on purpose, and against one that has none.

#![cfg(unix)]
#![forbid(unsafe_code)]

mod arrival;
#[cfg(target_os = "linux")] // which tells whether a process is stopped
mod busy;
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
