//! Whether the codec can do without the standard library.

use std::path::Path;

use crate::{
    metadata::Metadata,
    run::{Result, command, output, run, run_command},
};

/// Targets that have no standard library.
const BARE: [&str; 4] =
    ["aarch64-unknown-none", "riscv32imac-unknown-none-elf", "thumbv7em-none-eabihf", "x86_64-unknown-none"];

/// Builds the codec without features: for a target that has no standard library, if one is installed, and for this machine,
/// where a crate that allows no standard library below it shows that none is linked.
pub(crate) fn check() -> Result {
    let build = "cargo build -p tidings-codec --no-default-features";
    let sysroot = output("rustc --print sysroot")?;
    let installed = |target: &&&str| Path::new(sysroot.trim()).join("lib/rustlib").join(target).exists();
    match BARE.iter().find(installed) {
        Some(target) => run(&format!("{build} --target {target}"))?,
        None => println!("no target without a standard library is installed: checking on this machine only"),
    }
    run(build)?;
    let metadata = Metadata::read()?;
    let folder = Path::new(metadata.target_directory()).join("debug");
    let mut rustc = command("rustc xtask/no_std.rs --edition 2024 --crate-type lib --emit metadata");
    rustc.arg("--out-dir").arg(&folder);
    rustc.arg("--extern").arg(format!("tidings_codec={}", folder.join("libtidings_codec.rlib").display()));
    rustc.arg("-L").arg(format!("dependency={}", folder.join("deps").display()));
    run_command(&mut rustc)
}
