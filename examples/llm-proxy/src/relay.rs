//! The answer of the upstream, event by event.

use futures_util::{Stream, stream};
use tidings_axum::{BoxError, Chunk, Frame, IntoFrames, OwnedEvent};
use tidings_codec::{BytesDecoder, OwnedItem};

/// What a page is told when the answer breaks off. The APIs of LLMs themselves tell errors in this form, so that their clients
/// know it; a mere end would look like the end of the answer to those which do not wait for `[DONE]`. It has no event type,
/// because `error` is what `EventSource` calls its own.
const BROKEN: &str = r#"{"error":{"message":"the answer broke off","type":"upstream_error"}}"#;

/// An event of the upstream, or why there are no more of them.
pub(crate) struct Relayed(Result<OwnedEvent, BoxError>);

impl IntoFrames for Relayed {
    fn write_to(self, chunk: &mut Chunk) -> Result<(), BoxError> {
        if self.0.is_err() {
            chunk.push(Frame::event(BROKEN));
        }
        // An error is logged by the body, which then ends.
        self.0.write_to(chunk)
    }
}

/// The events of a response. Dropping the stream closes the upstream's connection.
pub(crate) fn events(upstream: reqwest::Response) -> impl Stream<Item = Relayed> + Send {
    stream::unfold((upstream, BytesDecoder::new()), async |(mut upstream, mut decoder)| {
        let event = next(&mut upstream, &mut decoder).await.transpose()?;
        Some((Relayed(event), (upstream, decoder)))
    })
}

async fn next(upstream: &mut reqwest::Response, decoder: &mut BytesDecoder) -> Result<Option<OwnedEvent>, BoxError> {
    loop {
        match decoder.next().transpose()? {
            Some(OwnedItem::Event(event)) => return Ok(Some(event)),
            // How long clients wait before they come back is for this server to say.
            Some(_) => {}
            None => match upstream.chunk().await? {
                Some(chunk) => decoder.push(chunk),
                None if decoder.finish() => return Err("the upstream ended in the middle of an event".into()),
                None => return Ok(None),
            },
        }
    }
}
