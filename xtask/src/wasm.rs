//! Whether the rules of the client can do without an operating system.

use std::path::Path;

use crate::run::{Result, output, run};

const TARGET: &str = "wasm32-unknown-unknown";

/// Checks the client without its driver: for WebAssembly, if that target is installed, and for this machine.
pub(crate) fn check() -> Result {
    let check = "cargo check -p tidings-client --no-default-features";
    let sysroot = output("rustc --print sysroot")?;
    if Path::new(sysroot.trim()).join("lib/rustlib").join(TARGET).exists() {
        run(&format!("{check} --target {TARGET}"))?;
    } else {
        println!("{TARGET} is not installed: checking on this machine only");
    }
    run(check)
}
