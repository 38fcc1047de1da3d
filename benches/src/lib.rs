//! What the benchmarks share: our own (`cargo xtask bench`) and those beside the peers (`cargo xtask bench codec`, and the others).

// As the packages that measure with it: counts and times become figures with three digits, and there is one kind of error.
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::missing_errors_doc,
    clippy::return_self_not_must_use
)]

pub mod corpora;
pub mod outcome;
pub mod reference;
pub mod report;
pub mod runs;
pub mod stats;
#[cfg(target_os = "linux")]
pub mod system;

/// What stops a benchmark: somebody did something wrong, or a file could not be written.
pub type Error = Box<dyn std::error::Error + Send + Sync>;
