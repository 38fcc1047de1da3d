//! What of Tidings Node calls: the decoder, which answers each chunk with a table of offsets, the encoder, the rules of an event
//! source, and the hub, which answers each turn of the event loop with a table of deliveries.
//!
//! `lib/` has the other half. It is to be read with this: `table.rs` here and `lib/records.js` there say the same.

// What the hot paths are made of was measured: see `docs/design`.
#![allow(clippy::inline_always)]
// `napi` exports nothing to tests, so nobody calls what it exports.
#![cfg_attr(test, allow(dead_code))]

mod decoder;
mod encode;
mod hub;
mod outline;
mod raw;
mod source;
mod table;
mod text;
