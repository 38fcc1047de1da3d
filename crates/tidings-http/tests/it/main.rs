//! The crate as its users see it. One program for all, on a clock that the tests set.

#![allow(clippy::unwrap_used)]

mod body;
mod channel;
mod shutdown;
#[cfg(all(feature = "socket", target_os = "linux"))]
mod socket;
mod support;
