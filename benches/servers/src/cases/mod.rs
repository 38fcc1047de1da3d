//! What is measured, one file each.

mod keep_alive;
mod memory;
mod ready;
mod stalled;
mod ticks;

pub use tidings_benches::outcome::{Bar, Limit, Outcome, Row};

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
pub const ALL: &[Case] =
    &[ready::CASE, ticks::CASE, memory::CASE, keep_alive::SPREAD, keep_alive::BURST, stalled::CASE];
