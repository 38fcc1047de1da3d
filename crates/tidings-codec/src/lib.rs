//! The text/event-stream format.
#![no_std]
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
pub use options::DecoderOptions;
#[cfg(feature = "bytes")]
pub use owned_event::OwnedEvent;
