//! What the codec depends on.

use std::collections::BTreeSet;

use crate::run::{Result, output};

/// With the default features; no more than these, so a list of three is also the limit for their number.
const DEFAULT: [&str; 3] = ["bytes", "memchr", "simdutf8"];
/// What the feature `json` adds: `serde_json` and what it needs.
const JSON: [&str; 5] = ["itoa", "serde", "serde_core", "serde_json", "zmij"];

/// Fails if the codec depends, directly or not, on anything that is not listed.
pub(crate) fn check() -> Result {
    // With `json` this platform must do: on a platform that does not exist serde_core depends on serde_derive.
    only("--target all", &DEFAULT)?;
    only("--all-features", &[&DEFAULT[..], &JSON].concat())
}

fn only(options: &str, allowed: &[&str]) -> Result {
    let line = format!("cargo tree -p tidings-codec --edges normal --prefix none {options}");
    let tree = output(&line)?;
    let names: BTreeSet<&str> = tree.lines().skip(1).filter_map(|line| line.split(' ').next()).collect();
    let (expected, more): (Vec<&str>, Vec<&str>) = names.into_iter().partition(|name| allowed.contains(name));
    println!("tidings-codec {options}: {}", expected.join(", "));
    if more.is_empty() {
        return Ok(());
    }
    Err(format!("not allowed as a dependency of tidings-codec: {} (see xtask/src/deps.rs)", more.join(", ")))
}
