//! What the tests of Tidings share. Never published, and it knows nothing of the code it helps to test.
//!
//! | module | what it has |
//! |---|---|
//! | [`naive`] | the naive decoder, which follows the standard's text step by step |
//! | [`vectors`] | the loader of `conformance/vectors` |
//! | [`chunks`] | the ways to cut an event stream into chunks |
//! | [`grammar`] | random event streams, dense in corner cases |
//! | [`server`] | a scripted HTTP server, for clients |
//!
//! A decoder is conformant if it gives every vector's [`Outcome`] for every [`Cut`] of it:
//!
//! ```
//! use tidings_testkit::{assert_outcome, chunks, naive, vectors};
//!
//! for vector in vectors::load() {
//!     for (options, expected) in vector.runs() {
//!         for cut in chunks::every_cut(&vector.chunks) {
//!             // A decoder that takes chunks gets them one by one; the naive decoder wants the whole event stream.
//!             let outcome = naive::decode(&cut.chunks.concat(), &options);
//!             assert_outcome(&format!("{vector}, {}", cut.label), &outcome, &expected);
//!         }
//!     }
//! }
//! ```

#![forbid(unsafe_code)]

pub mod chunks;
pub mod grammar;
mod item;
pub mod naive;
mod random;
mod render;
pub mod server;
pub mod vectors;

pub use chunks::Cut;
pub use item::{Item, Outcome, TooLarge};
pub use naive::Options;
pub use random::Random;
pub use render::assert_outcome;
pub use server::Server;
pub use vectors::Vector;
