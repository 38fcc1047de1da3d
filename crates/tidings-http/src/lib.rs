//! Server-Sent Events over HTTP: everything between a source of events and the framework that sends them.
//!
//! [`EventBody`] makes a response body of any stream of events. The adapters for the frameworks (`tidings-axum`,
//! `tidings-actix`, `tidings-warp`) turn it into their responses, and re-export all of this crate: who serves with one of them
//! depends on that adapter only. Who serves with hyper or any other server of [`http_body::Body`] uses this crate.
//!
//! ```
//! use tidings_http::{EventBody, EventType, Frame, channel};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
//! let (events, source) = channel(16);
//! let response = EventBody::new(source).into_response();
//! assert_eq!(response.headers()["content-type"], "text/event-stream");
//!
//! // Wherever the events come from: this waits while the client is slow, and fails once it is gone.
//! events.send(Frame::event("21.5").event_type(EventType::from_static("temperature"))).await?;
//! # drop(events);
//! # let chunk = futures_util::StreamExt::next(&mut Box::pin(response.into_body())).await.unwrap().unwrap();
//! # assert_eq!(chunk, "event: temperature\ndata: 21.5\n\n");
//! # Ok::<(), tidings_http::ClientGone>(())
//! # }).unwrap();
//! ```
//!
//! # What a body does
//!
//! - It sends something at once, so that the client's `open` does not wait for the first event.
//! - It sends all that is ready as one chunk, up to [`chunk_bytes`](OptionsBuilder::chunk_bytes), and asks the source for no
//!   more than the client takes.
//! - It sends a comment when nothing was sent for the [`keep_alive`](OptionsBuilder::keep_alive) interval.
//! - It ends after a whole event: when the source ends or fails, at the end of its
//!   [lifetime](OptionsBuilder::lifetime) or [time](EventBody::ends_at), or when the server [drains](Shutdown::drain) it.
//! - It drops the source as soon as the server drops it, which servers do when the client is gone.
//!
//! # What this crate does not do
//!
//! It opens no port and knows no framework. Sending one event to many clients, and keeping events for those that come back, is
//! for a hub: a body takes whatever stream that yields.
//!
//! # Features
//!
//! - `json`: data of events from any serde type.
//! - `socket`: options for [`socket`]s that notice clients which vanished or stopped reading, and cheaper writes.

#![forbid(unsafe_code)]

mod body;
mod channel;
mod chunk;
mod headers;
mod into_frames;
mod last_event_id;
mod machine;
mod options;
mod shutdown;
#[cfg(feature = "socket")]
pub mod socket;
mod timer;

pub use body::EventBody;
pub use channel::{ClientGone, Receiver, Sender, TrySendError, channel};
pub use chunk::Chunk;
pub use headers::RESPONSE_HEADERS;
pub use into_frames::{BoxError, IntoFrames};
pub use last_event_id::LastEventId;
pub use options::{InvalidOptions, Options, OptionsBuilder};
pub use shutdown::Shutdown;
pub use tidings_codec::{EncodedFrame, EventId, EventType, Frame, InvalidName, OwnedEvent};

/// The examples of the README are tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
