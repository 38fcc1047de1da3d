//! The benchmarks.

use std::{env, path::PathBuf};

use crate::run::{Result, command, run, run_command};

/// The codec beside its peers: a workspace of its own, which writes `target/bench/codec.json`.
pub(crate) fn codec(arguments: &[&str]) -> Result {
    run_command(command("cargo run --release --manifest-path benches/peers/Cargo.toml --").args(arguments))
}

/// The adapters beside what the frameworks have themselves: a workspace of its own, which writes
/// `target/bench/adapters.json`.
pub(crate) fn adapters(arguments: &[&str]) -> Result {
    run_command(command("cargo run --release --manifest-path benches/servers/Cargo.toml --").args(arguments))
}

/// The hub behind the adapters beside others, in the same workspace, which writes `target/bench/hub.json`. The load comes from
/// the command itself; it is built for release but for the smoke test, for which there is one already.
pub(crate) fn hub(arguments: &[&str]) -> Result {
    let quick = arguments.contains(&"--quick");
    let (build, tidings) = if quick {
        // As the step "tests" does: nothing is built twice.
        ("cargo test --workspace --all-features --no-run", "target/debug/tidings")
    } else {
        ("cargo build --release -p tidings-cli", "target/release/tidings")
    };
    run(build)?;
    let target = env::var("CARGO_TARGET_DIR").map(PathBuf::from);
    let tidings = target.map_or_else(|_| tidings.into(), |target| target.join(tidings.trim_start_matches("target/")));
    let mut hub = command("cargo run --release --manifest-path benches/servers/Cargo.toml -- hub --tidings");
    run_command(hub.arg(tidings).args(arguments))
}

/// Our own cases.
pub(crate) fn ours(arguments: &[&str]) -> Result {
    run_command(command("cargo bench -p tidings-benches --bench * --").args(arguments))
}
