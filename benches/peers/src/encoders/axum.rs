//! `axum`: the frames of the body that its response has.

use std::convert::Infallible;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use axum::response::IntoResponse as _;
use axum::response::sse::{Event, Sse};
use http_body::Body as _;

use super::{Always, Batch, Encoder, Sink};
use crate::measure::Error;

pub const ENCODER: Encoder = Encoder::peer("axum 0.8.9", "shared", run);

fn run(batch: Batch<'_>, sink: &mut Sink) -> Result<(), Error> {
    let events = batch.events.lent().map(|event| {
        let mut encoded = Event::default();
        if let Some(event_type) = &event.event_type {
            encoded = encoded.event(event_type);
        }
        if let Some(id) = &event.id {
            encoded = encoded.id(id);
        }
        Ok::<_, Infallible>(encoded.data(&event.data))
    });
    let mut body = pin!(Sse::new(Always(events)).into_response().into_body());
    let mut context = Context::from_waker(Waker::noop());
    loop {
        match body.as_mut().poll_frame(&mut context) {
            Poll::Ready(Some(frame)) => {
                if let Ok(encoded) = frame?.into_data() {
                    sink.accept(&encoded);
                }
            }
            Poll::Ready(None) => return Ok(()),
            Poll::Pending => return Err("it waits although its input is ready".into()),
        }
    }
}
