//! The oldest Rust that the manifests promise.

use crate::{
    metadata::Metadata,
    run::{Result, output, run, succeeds},
};

/// Builds with the `rust-version` of the workspace, unless the Rust that builds everything else is that one.
pub(crate) fn check() -> Result {
    let metadata = Metadata::read()?;
    let oldest = metadata.rust_version();
    let version = output("rustc --version")?;
    let current = version.split(' ').nth(1).ok_or("rustc says no version")?;
    if minor(current).eq(minor(oldest)) {
        println!("this is Rust {current}: the other builds check rust-version {oldest}");
        return Ok(());
    }
    if !succeeds(&format!("cargo +{oldest} --version")) {
        return Err(format!("Rust {oldest} is missing; install it with: rustup toolchain install {oldest}"));
    }
    run(&format!("cargo +{oldest} check --workspace --all-features"))
}

/// The first two numbers of a version.
fn minor(version: &str) -> impl Iterator<Item = &str> {
    version.split('.').take(2)
}
