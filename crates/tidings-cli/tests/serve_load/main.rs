//! `tidings serve` under load. A program of its own, so that the other tests have the machine for themselves.

#![cfg(target_os = "linux")] // which tells how much memory the hub takes
#![forbid(unsafe_code)]

mod fast;
mod ledger;
mod million;
mod publisher;
mod stalled;
mod storm;

use tokio::sync::Mutex;

const PROGRAM: &str = env!("CARGO_BIN_EXE_tidings");

/// Whoever has it has the machine.
static MACHINE: Mutex<()> = Mutex::const_new(());
