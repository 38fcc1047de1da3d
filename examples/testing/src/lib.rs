//! What the tests of `examples/` have in common: the [program](Program) that is tested, a plain [client](Response), and the tests of
//! those that serve the same [feed] or the same [board].

#![forbid(unsafe_code)]

pub mod board;
mod client;
pub mod feed;
mod program;

pub use client::Response;
pub use program::Program;
