//! Waiting, with a deadline.

use std::{fmt::Display, future::Future, time::Duration};

use tokio::time;

/// How long anything may take, unless a test says otherwise: it is never waited for when all goes well, so it is long.
pub const DEADLINE: Duration = Duration::from_secs(20);

/// How long to wait before looking again.
const PAUSE: Duration = Duration::from_millis(20);

/// Waits for what a future gives.
///
/// # Panics
///
/// If it takes longer than [`DEADLINE`], with what was waited for.
pub async fn within<T>(what: impl Display, future: impl Future<Output = T>) -> T {
    let output = time::timeout(DEADLINE, future).await;
    output.unwrap_or_else(|_| panic!("waited {DEADLINE:?} for {what}"))
}

/// Waits until a look finds something.
///
/// # Panics
///
/// If that takes longer than [`DEADLINE`], with what was waited for.
pub async fn until<T>(what: impl Display, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let found = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            time::sleep(PAUSE).await;
        }
    };
    within(what, found).await
}
