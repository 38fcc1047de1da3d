//! All that can be said of the code without running it.

use std::fs;

use crate::{
    bench, deps,
    metadata::Metadata,
    msrv, no_std,
    run::{Result, Steps, command, run, run_command},
    wasm,
};

/// The packages that are workspaces of their own.
const OUTSIDE: [&str; 6] =
    ["benches/clients", "benches/peers", "benches/servers", "bindings/node", "bindings/python", "fuzz"];

/// The steps of `cargo xtask check`.
pub(crate) fn steps(steps: &mut Steps) {
    steps.step("format", format);
    steps.step("lock files", lock_files);
    steps.step("lints", || run("cargo clippy --workspace --all-targets --all-features -- -D warnings"));
    for peers in bench::WITH_PEERS {
        steps.step(format!("lints of benches/{peers}"), || bench::lint(peers));
    }
    steps.step("lints of the fuzz targets", || {
        let mut clippy = command("cargo clippy --manifest-path fuzz/Cargo.toml -- -D warnings");
        run_command(clippy.env("RUSTFLAGS", "--cfg fuzzing")) // as cargo-fuzz does
    });
    steps.step("docs", || {
        run_command(command("cargo doc --workspace --no-deps --all-features").env("RUSTDOCFLAGS", "-D warnings"))
    });
    steps.step("dependencies", deps::check);
    steps.step("rust-version", msrv::check);
    steps.step("features", features);
    steps.step("no_std", no_std::check);
    steps.step("wasm32", wasm::check);
    steps.step("vectors", || run("cargo test -p tidings-testkit --lib"));
    steps.step("changelog", changelog);
    steps.step("paths", paths);
}

fn format() -> Result {
    run("cargo fmt --all --check")?;
    for package in OUTSIDE {
        run(&format!("cargo fmt --manifest-path {package}/Cargo.toml --check"))?;
    }
    Ok(())
}

/// Fails if a lock file does not fit its manifests; that of the root has been brought up to date by running this.
fn lock_files() -> Result {
    for package in OUTSIDE {
        run(&format!("cargo tree --locked --depth 0 --manifest-path {package}/Cargo.toml"))?;
    }
    Ok(())
}

/// Lints the codec with every combination of its features. Alone, because in a build of the whole workspace the others
/// would switch missing features on.
fn features() -> Result {
    let metadata = Metadata::read()?;
    let features = metadata.codec_features();
    for combination in 0..1_u32 << features.len() {
        let chosen: Vec<&str> =
            (0..features.len()).filter(|bit| combination >> bit & 1 == 1).map(|bit| features[bit]).collect();
        let chosen = chosen.join(",");
        let line = format!("cargo clippy -p tidings-codec --no-default-features --features={chosen} -- -D warnings");
        run(&line)?;
    }
    Ok(())
}

fn changelog() -> Result {
    let changelog = fs::read_to_string("CHANGELOG.md").map_err(|error| format!("CHANGELOG.md: {error}"))?;
    if changelog.lines().any(|line| line.starts_with("## ") && line.contains("Unreleased")) {
        return Ok(());
    }
    Err("CHANGELOG.md has no section \"Unreleased\"".to_owned())
}

/// Looks for paths that exist only on the machine where somebody wrote them.
fn paths() -> Result {
    let mut grep = command("git grep --untracked -nIE (^|[^[:alnum:]_.-])/(work|tmp|home|root|Users)/ -- :!*.lock");
    let output = grep.output().map_err(|error| format!("git: {error}"))?;
    match output.status.code() {
        Some(1) => Ok(()),
        Some(0) => Err(format!("paths of one machine:\n{}", String::from_utf8_lossy(&output.stdout).trim_end())),
        _ => Err(format!("git grep: {}", String::from_utf8_lossy(&output.stderr).trim_end())),
    }
}
