//! How many files, and so connections, this program may have open.

/// Raises the limit as far as the system permits: by default there may be no more than 1024.
#[cfg(unix)]
pub(crate) fn raise_limit() -> std::io::Result<()> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let limit = getrlimit(Resource::Nofile);
    if limit.current == limit.maximum {
        return Ok(());
    }
    Ok(setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum })?)
}

/// There is no such limit.
#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
pub(crate) fn raise_limit() -> std::io::Result<()> {
    Ok(())
}
