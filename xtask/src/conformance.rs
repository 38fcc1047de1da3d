//! The vectors of `conformance/`.

use crate::run::{Steps, command, run, run_command};

/// Replays the vectors in each test target that is named after them, with SIMD and without.
pub(crate) fn steps(steps: &mut Steps) {
    steps.step("conformance", || {
        run("cargo test -p tidings-testkit -p tidings-codec -p tidings-cli --test conformance")
    });
    steps.step("conformance, portable", || run_command(&mut portable("--test conformance")));
}

/// The tests of the codec, or some of them, with the code for machines that have no SIMD.
pub(crate) fn portable(which: &str) -> std::process::Command {
    let line = format!("cargo test -p tidings-codec --all-features --target-dir target/portable {which}");
    let mut cargo = command(line.trim());
    cargo.env("RUSTFLAGS", "--cfg tidings_portable");
    cargo
}
