//! Reading Server-Sent Events: the body of a response, from any HTTP library, as a stream of events.
//!
//! [`Events`] turns a stream of chunks into a stream of events, each as soon as it is complete. It knows no HTTP library and no
//! runtime. The client that connects, reconnects and keeps the last event ID is to come in this crate.
//!
//! ```
//! use futures_util::{StreamExt as _, stream};
//! use tidings_client::Events;
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! // With reqwest: response.bytes_stream()
//! let body = stream::iter(["data: Hel", "lo\n\ndata: [DONE]\n\n"].map(Ok::<_, std::io::Error>));
//!
//! let mut events = Events::new(body);
//! while let Some(event) = events.next().await {
//!     let event = event?;
//!     if event.data() == "[DONE]" {
//!         break;
//!     }
//!     assert_eq!(event.data(), "Hello");
//! }
//! # Ok::<(), tidings_client::EventsError<std::io::Error>>(())
//! # }).unwrap();
//! ```
//!
//! # Features
//!
//! - `json`: [`Events::json`], data into any serde type.

#![forbid(unsafe_code)]

#[cfg(feature = "driver")]
mod driver;
mod events;
#[cfg(feature = "json")]
mod json;
pub mod machine;

#[cfg(feature = "driver")]
pub use driver::{
    Attempt, Error, ErrorKind, EventSource, EventSourceBuilder, Head, HeadersError, Item, ResponseBody, client_builder,
    events, events_with,
};
pub use events::{Events, EventsError};
#[cfg(feature = "json")]
pub use json::{Json, JsonError, is_api_error};
pub use machine::ReadyState;
pub use tidings_codec::{DecodeError, DecoderOptions, EventId, OwnedEvent};

/// The examples of the README are tests.
#[cfg(all(doctest, feature = "json"))]
#[doc = include_str!("../README.md")]
mod readme {}
