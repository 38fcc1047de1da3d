//! What the system knows and can do.

#[cfg_attr(target_os = "linux", path = "linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "elsewhere.rs")]
mod here;

use std::time::Duration;

pub(super) use here::{pin, raise_file_limit, usage};

/// What a process has used.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Usage {
    /// CPU time in the program.
    pub(super) user: Duration,
    /// CPU time in the kernel.
    pub(super) system: Duration,
    /// Memory that is its own, in bytes.
    pub(super) private_memory: u64,
    /// How often its threads had nothing to do.
    pub(super) waits: u64,
    /// What all sockets of the machine hold in the kernel, in bytes.
    pub(super) sockets: u64,
}
