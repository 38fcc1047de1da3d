//! How many files, and so connections, this program may have open.

/// Raises the limit as far as the system permits: by default there may be no more than 1024.
#[cfg(unix)]
pub(crate) fn raise_limit() -> std::io::Result<()> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let limit = getrlimit(Resource::Nofile);
    // macOS lets nobody have as many as it says (`OPEN_MAX`).
    let most = if cfg!(target_vendor = "apple") {
        limit.maximum.map_or(Some(10_240), |most| Some(most.min(10_240)))
    } else {
        limit.maximum
    };
    if limit.current == most {
        return Ok(());
    }
    Ok(setrlimit(Resource::Nofile, Rlimit { current: most, maximum: limit.maximum })?)
}

/// There is no such limit.
#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
pub(crate) fn raise_limit() -> std::io::Result<()> {
    Ok(())
}
