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
    let tidings = tidings(arguments.contains(&"--quick"))?;
    let mut hub = command("cargo run --release --manifest-path benches/servers/Cargo.toml -- hub --tidings");
    run_command(hub.arg(tidings).args(arguments))
}

/// The client, and `tidings tail`, beside others: a workspace of its own, which writes `target/bench/client.json`.
pub(crate) fn client(arguments: &[&str]) -> Result {
    let tidings = tidings(arguments.contains(&"--quick"))?;
    let mut client = command("cargo run --release --manifest-path benches/clients/Cargo.toml -- --tidings");
    run_command(client.arg(tidings).args(arguments))
}

/// Builds the command `tidings`, and says where it is.
fn tidings(quick: bool) -> Result<PathBuf> {
    let (build, tidings) = if quick {
        // As the step "tests" does: nothing is built twice.
        ("cargo test --workspace --all-features --no-run", "debug/tidings")
    } else {
        ("cargo build --release -p tidings-cli", "release/tidings")
    };
    run(build)?;
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    Ok(target.join(tidings))
}

/// Our own cases.
pub(crate) fn ours(arguments: &[&str]) -> Result {
    run_command(command("cargo bench -p tidings-benches --bench * --").args(arguments))
}
