//! When a person, or whoever looks after the process, has enough of it.

use std::{io, process, sync::Arc, thread, time::Duration};

use tokio::{runtime, sync::Notify, time::timeout};

/// How long the output may take to be written once the end was asked for.
const GRACE: Duration = Duration::from_secs(1);

/// Hears Ctrl-C and SIGTERM.
pub(super) struct Stop(Arc<Notify>);

impl Stop {
    /// Listens, on a thread of its own: the other may be held up by a reader of the output that does not read.
    pub(super) fn new() -> io::Result<Self> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let requested = Arc::new(Notify::new());
        let mut signals = runtime.block_on(async { Signals::new() })?;
        thread::spawn({
            let requested = Arc::clone(&requested);
            move || {
                runtime.block_on(async {
                    signals.next().await;
                    requested.notify_one();
                    // The process is over before this is, or whoever reads the output keeps it from ending.
                    let _ = timeout(GRACE, signals.next()).await;
                    process::exit(0);
                });
            }
        });
        Ok(Self(requested))
    }

    /// Waits until the end is asked for.
    pub(super) async fn requested(&self) {
        self.0.notified().await;
    }
}

#[cfg(unix)]
struct Signals {
    interrupted: tokio::signal::unix::Signal,
    terminated: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        Ok(Self { interrupted: signal(SignalKind::interrupt())?, terminated: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupted.recv() => {}
            _ = self.terminated.recv() => {}
        }
    }
}

#[cfg(windows)]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    fn new() -> io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    async fn next(&mut self) {
        self.0.recv().await;
    }
}
