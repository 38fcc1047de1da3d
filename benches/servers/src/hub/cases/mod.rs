//! What is measured, one file each.

mod elsewhere;
mod memory;
mod outstanding;
mod rate;
mod stalled;
mod storm;

use super::{
    generator::Report,
    kind::{Flavour, Hub},
    server::Server,
};
use crate::{
    Error, Options,
    cases::{Bar, Case, Limit, Outcome, Row},
    kind::Framework,
    runs::Runs,
};

/// All cases, in the order of the tables.
pub const ALL: &[Case] = &[
    outstanding::ONE,
    outstanding::MANY,
    rate::CASE,
    memory::CASE,
    storm::CASE,
    storm::LONG_LOG,
    storm::RESTART,
    elsewhere::CASE,
    stalled::CASE,
];

/// The floor, ours, and the peers.
fn everybody() -> impl Iterator<Item = Hub> {
    [Hub::Floor].into_iter().chain(Hub::OURS).chain(Hub::PEERS)
}

/// How many subscribers.
fn subscribers(options: &Options) -> &'static str {
    if options.quick { "200" } else { "10000" }
}

/// What a figure is called that is compared with the floor's.
fn over_floor(hub: Hub) -> String {
    format!("{hub} ÷ {}", Hub::Floor)
}
