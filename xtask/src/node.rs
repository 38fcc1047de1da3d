//! The Node package.

use std::{env, fs, path::PathBuf};

use crate::{
    parts,
    run::{Result, Steps, command, output, run, run_command, succeeds},
};

const FOLDER: &str = "bindings/node";
/// The oldest version of Node that the package promises to work with.
const OLDEST: (u32, u32) = (20, 19);

/// The steps of `cargo xtask node`.
pub(crate) fn steps(steps: &mut Steps) {
    steps.step("node lints", || {
        run(&format!("cargo clippy --release --manifest-path {FOLDER}/Cargo.toml --all-targets -- -D warnings"))
    });
    let mut ready = false;
    steps.step("node package", || build().and_then(|()| provide_chromium()).inspect(|()| ready = true));
    if ready {
        steps.step("node native part", || run(&format!("cargo test --release --manifest-path {FOLDER}/Cargo.toml")));
        steps.step("node tests", || npm("test"));
        steps.step("node tests on a newer Node", test_newer);
        steps.step("node types", || npm("run types"));
        steps.step("node packaging", || npm("run lint"));
    }
}

/// The package beside its peers, on this Node and on a newer one: writes `target/bench/node.json`.
pub(crate) fn bench(arguments: &[&str]) -> Result {
    build()?;
    provide_peers()?;
    run_command(command("node bench/main.js").args(arguments).current_dir(FOLDER))
}

/// What depends on the version of Node, with the newer one that the bench pins: other branches are taken there.
fn test_newer() -> Result {
    provide_peers()?;
    let Some(folder) = newer() else {
        // npm has it for these at least.
        let is_there = cfg!(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")));
        return if is_there { Err("npm has not brought the newer Node".into()) } else { Ok(()) };
    };
    let path = env::var_os("PATH").unwrap_or_default();
    let path =
        env::join_paths([folder].into_iter().chain(env::split_paths(&path))).map_err(|error| error.to_string())?;
    run_command(command("npm run test:engine").current_dir(FOLDER).env("PATH", path))
}

/// The folder of the newer Node.
fn newer() -> Option<PathBuf> {
    let packages = fs::read_dir(format!("{FOLDER}/bench/node_modules")).ok()?;
    let found = packages.flatten().find(|package| package.file_name().to_string_lossy().starts_with("node-"))?;
    fs::canonicalize(found.path().join("bin")).ok()
}

/// Brings what the bench compares with.
fn provide_peers() -> Result {
    in_folder("npm ci --prefix bench --ignore-scripts --no-audit --no-fund")
}

/// Brings what the tests need and builds the package.
fn build() -> Result {
    provide()?;
    in_folder("npm ci --ignore-scripts --no-audit --no-fund")?;
    npm("run prepare")
}

/// Makes sure that Node and npm are there: installs them if it may, and otherwise says how to.
pub(crate) fn provide() -> Result {
    let how = format!(
        "Node {}.{} or newer and npm are needed, as `node` and `npm` in PATH; on Debian, install with: \
         sudo apt-get update && sudo apt-get install -y --no-install-recommends nodejs npm",
        OLDEST.0, OLDEST.1
    );
    if !(succeeds("node --version") && succeeds("npm --version")) {
        parts::install(&["nodejs", "npm"])?;
    }
    println!("npm {}", output("npm --version")?.trim());
    if is_at_least(OLDEST)? { Ok(()) } else { Err(how) }
}

fn provide_chromium() -> Result {
    if succeeds("chromium --version") { Ok(()) } else { parts::install(&["chromium"]) }
}

/// Whether Node is of this version or a later one. Says which it is.
pub(crate) fn is_at_least(oldest: (u32, u32)) -> Result<bool> {
    let version = output("node --version")?;
    println!("node {}", version.trim());
    Ok(numbers(&version).is_some_and(|version| version >= oldest))
}

/// The first two numbers of a version as Node says it: `v20.19.0`.
fn numbers(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.trim().strip_prefix('v')?.split('.').map(|number| number.parse().ok());
    Some((numbers.next()??, numbers.next()??))
}

fn npm(arguments: &str) -> Result {
    in_folder(&format!("npm {arguments}"))
}

fn in_folder(line: &str) -> Result {
    run_command(command(line).current_dir(FOLDER))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        assert_eq!(numbers("v20.19.0\n"), Some((20, 19)));
        assert_eq!(numbers("v8.0.0"), Some((8, 0)));
        assert_eq!(numbers("20.19.0"), None);
    }
}
