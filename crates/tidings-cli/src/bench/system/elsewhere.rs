//! Systems that are not asked.

use std::io;

use super::Usage;

/// The limit is not known; what comes of too many files is reported with the connections.
#[expect(clippy::unnecessary_wraps, reason = "as on Linux")]
pub(in super::super) fn raise_file_limit(_needed: u64) -> Result<(), String> {
    Ok(())
}

pub(in super::super) fn pin(_cpu: usize) -> Result<(), String> {
    Err("--cpu: only on Linux".to_owned())
}

pub(in super::super) fn usage(_pid: Option<u32>) -> io::Result<Usage> {
    Err(io::ErrorKind::Unsupported.into())
}
