//! Whether the rules of the client can do without an operating system.

use std::path::Path;

use crate::run::{Result, output, run};

const TARGET: &str = "wasm32-unknown-unknown";

/// Builds the client without its driver for WebAssembly, and checks it on this machine. The target is installed if it is missing; a
/// machine that has no rustup, or no network, goes without.
pub(crate) fn check() -> Result {
    let client = "-p tidings-client --no-default-features";
    if is_installed()? || run(&format!("rustup target add {TARGET}")).is_ok() {
        run(&format!("cargo build {client} --target {TARGET}"))?;
    } else {
        println!("{TARGET} is not installed, and cannot be: checking on this machine only");
    }
    run(&format!("cargo check {client}"))
}

fn is_installed() -> Result<bool> {
    let sysroot = output("rustc --print sysroot")?;
    Ok(Path::new(sysroot.trim()).join("lib/rustlib").join(TARGET).exists())
}
