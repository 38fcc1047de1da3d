//! `actix-web-lab`: the chunks of the body that its responder makes.

use std::convert::Infallible;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use actix_web::body::MessageBody as _;
use actix_web_lab::sse::{Data, Event, Sse};

use super::{Always, Batch, Encoder, Sink};
use crate::measure::Error;

pub const ENCODER: Encoder = Encoder::peer("actix-web-lab 0.29.5", "shared", run);

fn run(batch: Batch<'_>, sink: &mut Sink) -> Result<(), Error> {
    let events = batch.events.owned().map(|event| {
        let mut data = Data::new(event.data);
        if let Some(event_type) = event.event_type {
            data.set_event(event_type);
        }
        if let Some(id) = event.id {
            data.set_id(id);
        }
        Ok::<_, Infallible>(Event::Data(data))
    });
    let mut body = pin!(Sse::from_stream(Always(events)));
    let mut context = Context::from_waker(Waker::noop());
    loop {
        match body.as_mut().poll_next(&mut context) {
            Poll::Ready(Some(Ok(encoded))) => sink.accept(&encoded),
            Poll::Ready(Some(Err(error))) => return Err(error.to_string().into()),
            Poll::Ready(None) => return Ok(()),
            Poll::Pending => return Err("it waits although its input is ready".into()),
        }
    }
}
