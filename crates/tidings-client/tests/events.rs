//! Events of a body, as programs read them.

#![allow(clippy::unwrap_used)]

use std::{io, time::Duration};

use futures_util::{StreamExt as _, stream};
use tidings_client::{DecoderOptions, EventId, Events, EventsError};

fn chunks(chunks: Vec<io::Result<&'static str>>) -> impl futures_util::Stream<Item = io::Result<&'static str>> + Unpin {
    stream::iter(chunks)
}

async fn data<S>(events: Events<S>) -> Vec<Result<String, String>>
where
    Events<S>: futures_util::Stream<Item = Result<tidings_client::OwnedEvent, EventsError<io::Error>>>,
{
    events.map(|event| event.map(|event| event.data().to_owned()).map_err(|error| error.to_string())).collect().await
}

#[tokio::test]
async fn events_come_as_they_are_complete() {
    let body = ["data: 1\n", "\ndata: 2\r", "\rdata: 3\n\nda", "", "ta: 4\n\ndata: 5"];
    assert_eq!(
        data(Events::new(chunks(body.map(Ok).into()))).await,
        ["1", "2", "3", "4"].map(|data| Ok(data.to_owned()))
    );
}

#[tokio::test]
async fn what_was_complete_comes_before_an_error_and_nothing_after_it() {
    let body =
        chunks(vec![Ok("data: 1\n\ndata: 2\n\ndat"), Err(io::ErrorKind::ConnectionReset.into()), Ok("a: 3\n\n")]);
    let mut events = Events::new(body);
    assert_eq!(events.next().await.unwrap().unwrap().data(), "1");
    assert_eq!(events.next().await.unwrap().unwrap().data(), "2");
    let error = events.next().await.unwrap().unwrap_err();
    assert!(matches!(&error, EventsError::Body(error) if error.kind() == io::ErrorKind::ConnectionReset));
    assert!(std::error::Error::source(&error).is_some());
    assert!(events.next().await.is_none());
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn an_event_that_is_too_large_is_an_error() {
    let options = DecoderOptions::new().max_event_bytes(10);
    let body = chunks(vec![Ok("data: 1\n\ndata: 12345678901"), Ok("\n\ndata: 2\n\n")]);
    let mut events = Events::with_options(body, options);
    assert!(events.next().await.unwrap().is_ok());
    assert!(matches!(events.next().await.unwrap(), Err(EventsError::Decode(_))));
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn what_the_next_connection_needs_is_there_after_the_end() {
    let options = DecoderOptions::new().last_event_id(EventId::from_static("6"));
    let mut events = Events::with_options(chunks(vec![Ok("retry: 250\ndata: 1\n\n")]), options);
    assert_eq!(events.last_event_id(), "6");
    assert_eq!(events.next().await.unwrap().unwrap().last_event_id(), "6");
    assert!(events.next().await.is_none());
    assert_eq!(events.reconnection_time(), Some(Duration::from_millis(250)));

    let mut events = Events::new(chunks(vec![Ok("id: 7\n\nid: 8\n")]));
    assert!(events.next().await.is_none());
    assert_eq!(events.last_event_id(), "7");
}

#[cfg(feature = "json")]
mod json {
    use tidings_client::JsonError;

    use super::*;

    #[tokio::test]
    async fn values_up_to_the_sentinel() {
        let body = chunks(vec![Ok(
            "data: 1\n\nevent: error\ndata: {\"why\":\"overloaded\"}\n\ndata: 2\n\ndata: [DONE]\n\ndata: 3\n\n",
        )]);
        let mut values = Events::new(body).json::<u32>(Some("[DONE]"));
        assert_eq!(values.next().await.unwrap().unwrap(), 1);
        let Some(Err(JsonError::Api(event))) = values.next().await else { panic!("it is an error") };
        assert_eq!((event.event_type(), event.data()), ("error", "{\"why\":\"overloaded\"}"));
        assert_eq!(values.next().await.unwrap().unwrap(), 2);
        assert!(!values.is_done());
        assert!(values.next().await.is_none());
        assert!(values.is_done());
        assert!(values.next().await.is_none());
    }

    #[tokio::test]
    async fn errors_of_the_api() {
        for (body, expected) in [
            // As Anthropic and OpenAI send them.
            ("event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\"}}\n\n", true),
            ("data: {\"error\":{\"message\":\"no credit\"}}\n\n", true),
            ("data: { \"error\" : \"no credit\" }\n\n", true),
            ("event: error\ndata\n\n", true),
            ("data: {\"error\":null}\n\n", false),
            ("data: {\"error\":false}\n\n", false),
            ("data: {\"text\":\"\\\"error\\\"\",\"inner\":{\"error\":1}}\n\n", false),
            ("data: [\"error\"]\n\n", false),
            ("data: {\"error\":\n\n", false),
        ] {
            let mut values = Events::new(chunks(vec![Ok(body)])).json::<bool>(None);
            match values.next().await.unwrap().unwrap_err() {
                JsonError::Api(_) => assert!(expected, "{body}"),
                JsonError::Data { .. } => assert!(!expected, "{body}"),
                error => panic!("{error}"),
            }
        }
    }

    #[tokio::test]
    async fn data_of_another_shape_is_no_error_of_the_api() {
        let mut values = Events::new(chunks(vec![Ok("data: x\n\ndata: 1\n\n")])).json::<u32>(None);
        let Some(Err(JsonError::Data { event, .. })) = values.next().await else { panic!("it is no number") };
        assert_eq!(event.data(), "x");
        assert_eq!(values.next().await.unwrap().unwrap(), 1);
    }

    #[tokio::test]
    async fn without_the_sentinel_it_was_cut_off() {
        let mut values = Events::new(chunks(vec![Ok("data: 1\n\ndata: [DO")])).json::<u32>(Some("[DONE]"));
        assert!(values.next().await.unwrap().is_ok());
        assert!(values.next().await.is_none());
        assert!(!values.is_done());
    }
}
