//! Reading Server-Sent Events: an `EventSource`, the events of one response, and the rules of both for any HTTP library.
//!
//! | | |
//! |---|---|
//! | `EventSource` | keeps a connection to an event stream: reconnects, and resumes behind the last event that you got |
//! | `events` | the events of one response, or what the server says instead: for the answers of LLMs |
//! | [`Events`] | the events in any stream of chunks, from any HTTP library |
//! | [`machine`] | the rules of `EventSource`, without IO, for any HTTP library |
//!
//! The first two stand on reqwest and tokio, and are there with the feature `driver`. The others know no HTTP library and no runtime.
//!
//! ```
//! use futures_util::{StreamExt as _, stream};
//! use tidings_client::Events;
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
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
//! # What this crate does not do
//!
//! It reads; [`tidings_codec`] writes event streams too, and `tidings-http` and its adapters serve them.
//!
//! # Features
//!
//! - `driver` (default): `EventSource` and `events`, with reqwest.
//! - `tls` (default): https, with rustls. `http2` (default): HTTP/2. With `tls`, reqwest's own rustls is on, but has no cryptography: a
//!   `reqwest::Client` that is not from `client_builder` panics when it is made, unless reqwest's feature `rustls` (its default) or
//!   `native-tls` is on too, or the program has installed a provider.
//! - `json`: `Events::json`, data into any serde type.
//! - `gzip`, `brotli`, `zstd`: compressed responses. `socks`, `system-proxy`: more proxies than those of the environment.

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
/// The version of reqwest whose `Client`, `Url`, `Method` and headers this crate takes.
#[cfg(feature = "driver")]
pub use reqwest;
pub use tidings_codec::{DecodeError, DecoderOptions, EventId, OwnedEvent};

/// The examples of the README are tests.
#[cfg(all(doctest, feature = "driver", feature = "json"))]
#[doc = include_str!("../README.md")]
mod readme {}
