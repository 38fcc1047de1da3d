//! The benchmarks.

use crate::run::{Result, command, run_command};

/// The codec beside its peers: a workspace of its own, which writes `target/bench/codec.json`.
pub(crate) fn codec(arguments: &[&str]) -> Result {
    run_command(command("cargo run --release --manifest-path benches/peers/Cargo.toml --").args(arguments))
}

/// The adapters beside what the frameworks have themselves: a workspace of its own, which writes
/// `target/bench/adapters.json`.
pub(crate) fn adapters(arguments: &[&str]) -> Result {
    run_command(command("cargo run --release --manifest-path benches/servers/Cargo.toml --").args(arguments))
}

/// Our own cases.
pub(crate) fn ours(arguments: &[&str]) -> Result {
    run_command(command("cargo bench -p tidings-benches --bench * --").args(arguments))
}
