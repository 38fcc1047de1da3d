//! One response: its events, or why it has none.

use std::{ops::ControlFlow, time::Duration};

use bytes::{Bytes, BytesMut};
use reqwest::{Response, StatusCode, header};
use tidings_codec::DecoderOptions;

use super::{Body, Error, Head, ResponseBody};
use crate::{
    Events,
    machine::{self, Cause},
};

/// How much of a body that is no event stream is kept for the error, in bytes.
const MAX_REFUSAL: usize = 64 * 1024;
/// How long to wait for it.
const REFUSAL_TIME: Duration = Duration::from_secs(5);

/// The events of one response, without reconnection: for the answer of an LLM, say.
///
/// It is for a response from any reqwest client, to any request. For the data as JSON see [`Events::json`].
///
/// # Errors
///
/// If the status is not 200, or the content type not `text/event-stream`. The error has [the head](Error::head) and [the beginning
/// of the body](Error::body), in which APIs say what is wrong.
///
/// # Examples
///
/// ```no_run
/// use futures_util::StreamExt as _;
///
/// # async fn example(client: reqwest::Client) -> Result<(), Box<dyn std::error::Error>> {
/// let request = client.post("https://example.com/v1/chat/completions").body(r#"{"stream":true}"#);
/// let mut events = tidings_client::events(request.send().await?).await?;
/// while let Some(event) = events.next().await {
///     println!("{}", event?.data());
/// }
/// # Ok(())
/// # }
/// ```
pub async fn events(response: Response) -> Result<Events<ResponseBody>, Error> {
    events_with(response, DecoderOptions::new()).await
}

/// The same as [`events`], with a limit for the size of an event, or with a last event ID.
///
/// # Errors
///
/// Those of [`events`].
pub async fn events_with(mut response: Response, options: DecoderOptions) -> Result<Events<ResponseBody>, Error> {
    let head = Head::of(&mut response);
    let body = Body::of(response);
    if is_event_stream(&head) {
        return Ok(Events::with_options(ResponseBody(body), options));
    }
    let refusal = beginning(body).await;
    Err(Error::of(refused(&head), Some((head, refusal))))
}

fn refused(head: &Head) -> Cause<Error> {
    if head.status == StatusCode::OK {
        Cause::ContentType(content_type(head).map(|value| String::from_utf8_lossy(value).into()))
    } else {
        Cause::Status(head.status.as_u16())
    }
}

fn content_type(head: &Head) -> Option<&[u8]> {
    head.headers.get_all(header::CONTENT_TYPE).iter().next_back().map(header::HeaderValue::as_bytes)
}

/// Whether the body is to be read as an event stream.
pub(super) fn is_event_stream(head: &Head) -> bool {
    let response = machine::Response::new(head.status.as_u16());
    head.status == StatusCode::OK
        && content_type(head).is_some_and(|value| response.content_type(value).is_event_stream())
}

/// The beginning of a body that is no event stream.
pub(super) async fn beginning(mut body: Body) -> Bytes {
    let mut refusal = BytesMut::new();
    let read = async { while read(&mut body, &mut refusal).await.is_continue() {} };
    // What came in time is better than nothing.
    let _ = tokio::time::timeout(REFUSAL_TIME, read).await;
    refusal.freeze()
}

async fn read(body: &mut Body, refusal: &mut BytesMut) -> ControlFlow<()> {
    let Some(Ok(chunk)) = body.chunk().await else { return ControlFlow::Break(()) };
    refusal.extend_from_slice(&chunk[..chunk.len().min(MAX_REFUSAL - refusal.len())]);
    if refusal.len() < MAX_REFUSAL { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
}
