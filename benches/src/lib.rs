//! What the benchmarks share: our own (`cargo xtask bench`) and those beside the peers (`cargo xtask bench codec`).

pub mod corpora;
pub mod reference;
