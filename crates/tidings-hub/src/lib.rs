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
//! There is one exception, on the safe side: of topics that have no events any more, the hub remembers 16,384. A subscriber of one that it
//! has forgotten gets a gap if its ID is older than that, whether there was an event or not.
//!
//! # Features
//!
//! - `tokio` (default): hubs with a task that wakes their subscribers, and hubs over a log. Without it there is the hub that
//!   needs no runtime, [`HubBuilder::build_without_runtime`], and the one for a single thread, [`LocalHub`].
//! - `metrics`: what [`Hub::counts`] and [`Hub::sizes`] say, once a second through the `metrics` crate, to whatever recorder the
//!   program has installed before it starts the hub.
//! - `conformance`: tests for implementations of [`log::Log`].
//!
//! A log that cannot be reached is logged through `tracing` at the level `WARN`, gaps and revoked subscriptions at `DEBUG`.

#![forbid(unsafe_code)]

mod counts;
#[cfg(feature = "metrics")]
mod exported;
#[cfg(feature = "tokio")]
mod follow;
mod gap;
mod hub;
mod id;
mod local;
pub mod log;
#[cfg(feature = "tokio")]
mod log_hub;
#[cfg_attr(not(feature = "tokio"), allow(dead_code, reason = "only a hub over a log has windows"))]
mod machine;
mod options;
#[cfg_attr(not(feature = "tokio"), allow(dead_code, reason = "only a hub over a log has one"))]
mod past;
mod publication;
mod start;
mod subscription;
mod topic;

pub use counts::{Counts, Gaps, Sizes};
pub use gap::{GAP, GapReason};
pub use hub::Hub;
pub use id::{Epoch, Id};
pub use local::{Delivered, LocalHub, ReaderId};
#[cfg(feature = "tokio")]
pub use log_hub::{FollowError, LogHub, LogPublishError};
pub use options::{HubBuilder, InvalidHub, SlowPolicy};
pub use publication::{Publication, PublishError, Published};
pub use start::Start;
pub use subscription::{SubscriberId, Subscription};
pub use topic::{InvalidTopic, Topics, check_topic};

/// The examples of the README are tests.
#[cfg(all(doctest, feature = "tokio"))]
#[doc = include_str!("../README.md")]
mod readme {}
