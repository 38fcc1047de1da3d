//! Ctrl-C ends a benchmark with a report of what there is.

use std::{
    io, process,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use mio::Waker;
use tokio::{runtime, signal};

/// What a shell says of a program that Ctrl-C ended.
const STATUS: i32 = 130;

/// Listens for Ctrl-C from now on. The first sets what is returned, and wakes the loop; the second ends the program.
pub(super) fn listen(waker: Waker) -> io::Result<Arc<AtomicBool>> {
    let runtime = runtime::Builder::new_current_thread().enable_io().build()?;
    let interrupted = Arc::new(AtomicBool::new(false));
    let set = Arc::clone(&interrupted);
    // What is polled once listens, and from then on the system does not end the program.
    runtime.block_on(async {
        tokio::select! {
            biased;
            _ = signal::ctrl_c() => {}
            () = std::future::ready(()) => {}
        }
    });
    thread::spawn(move || {
        runtime.block_on(async {
            while signal::ctrl_c().await.is_ok() {
                if set.swap(true, Ordering::Relaxed) {
                    process::exit(STATUS);
                }
                // It looks by itself soon.
                let _ = waker.wake();
            }
        });
    });
    Ok(interrupted)
}
