//! What is measured, one file each.

mod latency;
mod memory;
mod tail;
mod throughput;

use tidings_benches::outcome::{Bar, Limit, Outcome, Row};

use crate::{Error, Options};

/// Something that is measured.
pub struct Case {
    /// What the command line calls it.
    pub name: &'static str,
    /// What it is, in a line.
    pub about: &'static str,
    /// Measures it.
    pub measure: fn(&Options) -> Result<Outcome, Error>,
}

/// All cases, in the order of the tables.
pub const ALL: &[Case] = &[
    throughput::CHUNKS_OF_16_KIB,
    throughput::CHUNKS_OF_1_KIB,
    throughput::CHUNKS_OF_EVENTS,
    latency::CASE,
    memory::CASE,
    tail::CASE,
];
