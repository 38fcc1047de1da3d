//! When a server is to stop.

use std::io;

/// Waits for Ctrl-C, or for SIGTERM, which is what service managers and containers send.
///
/// # Errors
///
/// If the system does not let it wait for signals.
pub async fn until_stopped() -> io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};

        let mut terminated = signal(SignalKind::terminate())?;
        tokio::select! {
            result = tokio::signal::ctrl_c() => result,
            _ = terminated.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}
