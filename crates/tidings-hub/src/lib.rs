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
//! - `tokio` (default): the hub. Without it there are only its words: topics, IDs, starts.

#![forbid(unsafe_code)]

#[cfg_attr(not(feature = "tokio"), allow(dead_code, reason = "only the hub is told of them"))]
mod gap;
#[cfg(feature = "tokio")]
mod hub;
#[cfg_attr(not(feature = "tokio"), allow(dead_code, reason = "only the hub gives them"))]
mod id;
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

pub use gap::{GAP, GapReason};
#[cfg(feature = "tokio")]
pub use hub::{Hub, Publication, PublishError, Published, Sizes};
pub use id::Id;
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
