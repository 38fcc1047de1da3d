//! A fan-out hub for Server-Sent Events: topics, exact resume, gaps told in band, bounded memory.
//!
//! [`Hub`] is what programs hold; [`Hub::subscribe`] gives the stream of frames for one client, which is the source of a
//! response body of `tidings-http` and its adapters. The example is at [`Hub`].
//!
//! # The contract of resuming
//!
//! Whoever subscribes [after](Start::After) an ID gets every event of its topics after it, once and in order, whether it was
//! published before or is still to come; or, before anything else, a [gap](GAP) up to an ID before which at least one of its
//! events is lost and none is kept.
//!
//! # Features
//!
//! - `tokio` (default): the hub. Without it there are only its words: topics, IDs, starts, and what a log has to do.
//! - `metrics`: what [`Hub::counts`] and [`Hub::sizes`] say, once a second through the `metrics` crate, to whatever recorder the
//!   program has installed before it starts the hub.
//! - `conformance`: tests for implementations of [`log::Log`].
//!
//! A log that cannot be reached is logged through `tracing` at the level `WARN`, gaps and revoked subscriptions at `DEBUG`.

#![forbid(unsafe_code)]

#[cfg(feature = "tokio")]
mod counts;
#[cfg(feature = "metrics")]
mod exported;
#[cfg(feature = "tokio")]
mod follow;
#[cfg_attr(not(feature = "tokio"), allow(dead_code, reason = "only the hub is told of them"))]
mod gap;
#[cfg(feature = "tokio")]
mod hub;
#[cfg_attr(not(feature = "tokio"), allow(dead_code, reason = "only the hub gives them"))]
mod id;
pub mod log;
#[cfg(feature = "tokio")]
mod log_hub;
#[cfg_attr(
    not(feature = "tokio"),
    allow(dead_code, reason = "only the hub drives it; that it builds shows that it needs no runtime")
)]
mod machine;
#[cfg(feature = "tokio")]
mod options;
mod start;
#[cfg(feature = "tokio")]
mod subscription;
mod topic;

#[cfg(feature = "tokio")]
pub use counts::{Counts, Gaps};
pub use gap::{GAP, GapReason};
#[cfg(feature = "tokio")]
pub use hub::{Hub, Publication, PublishError, Published, Sizes};
pub use id::{Epoch, Id};
#[cfg(feature = "tokio")]
pub use log_hub::{FollowError, LogHub, LogPublishError};
#[cfg(feature = "tokio")]
pub use options::{HubBuilder, InvalidHub, SlowPolicy};
pub use start::Start;
#[cfg(feature = "tokio")]
pub use subscription::{SubscriberId, Subscription};
pub use topic::{InvalidTopic, Topics, check_topic};

/// The examples of the README are tests.
#[cfg(all(doctest, feature = "tokio"))]
#[doc = include_str!("../README.md")]
mod readme {}
