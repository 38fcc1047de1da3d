//! The `text/event-stream` format of Server-Sent Events, read and written as the HTML standard says ([section 9.2]).
//!
//! A [`Decoder`] takes the chunks of an event stream and gives the events they complete; a [`Frame`] says what is to be sent and
//! is encoded into a buffer. Both are plain functions of bytes: they never read, wait or spawn, and need no `std`.
//!
//! # Reading
//!
//! ```
//! use tidings_codec::{Decoder, Item};
//!
//! let mut decoder = Decoder::new();
//! let mut text = String::new();
//! for chunk in ["data: {\"token\": \"Hel", "lo\"}\n\ndata: [DONE]\n\n"] {
//!     let mut items = decoder.feed(chunk.as_bytes());
//!     while let Some(item) = items.next()? {
//!         if let Item::Event(event) = item {
//!             text.push_str(event.data);
//!         }
//!     }
//! }
//! assert_eq!(text, r#"{"token": "Hello"}[DONE]"#);
//! # Ok::<(), tidings_codec::DecodeError>(())
//! ```
//!
//! There are two surfaces over one parser. [`Decoder`] lends each item until the next one, and copies nothing where it can;
//! [`BytesDecoder`] gives items that can be kept and sent elsewhere. Both find the same in the same bytes, however they are
//! cut into chunks, and an event is out with the byte that completes it.
//!
//! Bytes from a network cannot make them fail but in one way, that an event is larger than
//! [`max_event_bytes`](DecoderOptions::max_event_bytes). What is not UTF-8 is replaced, and what has no meaning ignored, as
//! the standard says.
//!
//! # Writing
//!
//! ```
//! use tidings_codec::{EventId, EventType, Frame};
//!
//! const TICK: EventType<'_> = EventType::from_static("tick");
//!
//! let mut buffer = Vec::new();
//! Frame::event("two\nlines").event_type(TICK).id(EventId::new("42")?).encode_into(&mut buffer);
//! assert_eq!(buffer, b"event: tick\nid: 42\ndata: two\ndata: lines\n\n");
//!
//! assert!(EventType::new("tick\ndata: injected").is_err());
//! # Ok::<(), tidings_codec::InvalidName>(())
//! ```
//!
//! # What this crate does not do
//!
//! It makes no connection and knows no HTTP, clock or runtime: reconnecting, response headers and keep-alives are for the
//! crates that stand on it.
//!
//! # Features
//!
//! - `std` (default): chooses the instruction set when the program runs. Without it, what the target is compiled for.
//! - `bytes` (default): [`BytesDecoder`], [`OwnedEvent`], [`EncodedFrame`].
//! - `json`: data from and into any serde type.
//!
//! [section 9.2]: https://html.spec.whatwg.org/multipage/server-sent-events.html

#![no_std]
// What the hot paths are made of was measured: see `docs/design`.
#![allow(clippy::inline_always)]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

#[cfg(feature = "bytes")]
mod bytes_decoder;
mod decoder;
mod digits;
mod encode_buffer;
#[cfg(feature = "bytes")]
mod encoded_frame;
mod error;
mod field;
mod frame;
#[cfg(fuzzing)]
pub mod fuzzing;
#[cfg(feature = "json")]
mod json;
mod name;
#[cfg(feature = "bytes")]
mod open_frame;
mod options;
#[cfg(feature = "bytes")]
mod owned_event;
mod parser;
mod raw;

#[cfg(feature = "bytes")]
pub use bytes_decoder::{BytesDecoder, OwnedItem};
pub use decoder::{Decoder, Event, Item, Items};
pub use encode_buffer::EncodeBuffer;
#[cfg(feature = "bytes")]
pub use encoded_frame::EncodedFrame;
pub use error::DecodeError;
pub use frame::Frame;
pub use name::{EventId, EventType, InvalidName};
#[cfg(feature = "bytes")]
pub use open_frame::{InvalidOpenFrame, OpenFrame};
pub use options::DecoderOptions;
#[cfg(feature = "bytes")]
pub use owned_event::OwnedEvent;

/// The examples of the README are tests. Those of the repository's are in `examples/docs`.
#[cfg(all(doctest, feature = "bytes"))]
#[doc = include_str!("../README.md")]
mod readme {}
