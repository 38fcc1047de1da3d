//! What the tests of `examples/` have in common: the [program](Program) that is tested, a plain [client](Response), and the test of
//! those that serve the same [feed].

#![forbid(unsafe_code)]

mod client;
pub mod feed;
mod program;

pub use client::Response;
pub use program::Program;
