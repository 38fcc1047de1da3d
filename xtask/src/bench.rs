//! The benchmarks.

use std::{env, ffi::OsStr, path::PathBuf, process::Command};

use crate::run::{Result, command, run, run_command};

/// The benchmarks with peers, in `benches`: each is a workspace of its own.
pub(crate) const WITH_PEERS: [&str; 3] = ["peers", "servers", "clients"];
const QUICK: &str = "--quick";

/// Lints one of them.
pub(crate) fn lint(peers: &str) -> Result {
    run_command(cargo("clippy", peers, true).args(["--all-targets", "--", "-D", "warnings"]))
}

/// Runs the tests of one of them.
pub(crate) fn test(peers: &str) -> Result {
    run_command(&mut cargo("test", peers, true))
}

/// The codec beside its peers, which writes `target/bench/codec.json`.
pub(crate) fn codec(arguments: &[&str]) -> Result {
    measure("peers", &[], arguments)
}

/// The adapters beside what the frameworks have themselves, which writes `target/bench/adapters.json`.
pub(crate) fn adapters(arguments: &[&str]) -> Result {
    measure("servers", &[], arguments)
}

/// The hub behind the adapters beside others, which writes `target/bench/hub.json`. The load comes from the command itself.
pub(crate) fn hub(arguments: &[&str]) -> Result {
    let tidings = tidings(arguments.contains(&QUICK))?;
    measure("servers", &["hub".as_ref(), "--tidings".as_ref(), tidings.as_os_str()], arguments)
}

/// The client, and `tidings tail`, beside others, which writes `target/bench/client.json`.
pub(crate) fn client(arguments: &[&str]) -> Result {
    let tidings = tidings(arguments.contains(&QUICK))?;
    measure("clients", &["--tidings".as_ref(), tidings.as_os_str()], arguments)
}

fn measure(peers: &str, first: &[&OsStr], arguments: &[&str]) -> Result {
    run_command(cargo("run", peers, arguments.contains(&QUICK)).arg("--").args(first).args(arguments))
}

/// What is measured is built for release, with all that takes. What only has to run is built as the tests of the workspace
/// are, beside them: in a fraction of the time, for they have some of the dependencies in common.
fn cargo(subcommand: &str, peers: &str, quick: bool) -> Command {
    let mut cargo = command(&format!("cargo {subcommand} --manifest-path benches/{peers}/Cargo.toml"));
    if quick {
        cargo.arg("--target-dir").arg(target());
    } else {
        cargo.arg("--release");
    }
    cargo
}

/// Builds the command `tidings`, and says where it is. It is built for release but for the smoke test, for which there is one
/// already.
fn tidings(quick: bool) -> Result<PathBuf> {
    let (build, tidings) = if quick {
        // As the step "tests" does: nothing is built twice.
        ("cargo test --workspace --all-features --no-run", "debug/tidings")
    } else {
        ("cargo build --release -p tidings-cli", "release/tidings")
    };
    run(build)?;
    Ok(target().join(tidings))
}

fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from)
}

/// Each of our own cases once, built as the tests are.
pub(crate) fn ours_once() -> Result {
    run("cargo test --workspace --all-features --bench *")
}

/// Our own cases.
pub(crate) fn ours(arguments: &[&str]) -> Result {
    run_command(command("cargo bench -p tidings-benches --bench * --").args(arguments))
}
