//! Those of others, each as its documentation shows it. What is only a decoder decodes the bare stream of reqwest.

use eventsource_client::{Client as _, ClientBuilder, ReconnectOptions, SSE};
use eventsource_stream::Eventsource as _;
use futures_util::{StreamExt as _, TryStreamExt as _};
use reqwest_eventsource::RequestBuilderExt as _;
use russe::reqwest_0_13::ReqwestExt as _;
use sse_reqwest_client::{RequestBuilderExt as _, SseErrorEvent, SseEvent};

use super::{Engine, Role, Run};
use crate::sink::Sink;

const fn peer(name: &'static str, run: fn(super::Clients, String, Sink) -> Run) -> Engine {
    Engine { name, role: Role::Peer, run }
}

pub const EVENTSOURCE_STREAM: Engine = peer("eventsource-stream 0.2.3", |clients, url, mut sink| {
    Box::pin(async move {
        let mut events = std::pin::pin!(clients.get(url).await?.bytes_stream().eventsource());
        while let Some(event) = events.try_next().await? {
            sink.event(&event, &event.data)?;
        }
        Ok(sink)
    })
});

pub const SSE_STREAM: Engine = peer("sse-stream 0.3.0", |clients, url, mut sink| {
    Box::pin(async move {
        let chunks = clients.get(url).await?.bytes_stream();
        let mut events = std::pin::pin!(sse_stream::SseStream::from_bytes_stream(chunks));
        while let Some(event) = events.try_next().await? {
            sink.event(&event, event.data.as_deref().unwrap_or_default())?;
        }
        Ok(sink)
    })
});

pub const EVENTSRC: Engine = peer("eventsrc 0.0.2", |clients, url, mut sink| {
    Box::pin(async move {
        let mut events = std::pin::pin!(eventsrc::EventStream::new(clients.get(url).await?.bytes_stream()));
        while let Some(event) = events.try_next().await? {
            sink.event(&event, event.data())?;
        }
        Ok(sink)
    })
});

pub const RUSSE: Engine = peer("russe 0.3.1", |clients, url, mut sink| {
    Box::pin(async move {
        let mut events = clients.get(url).await?.sse_stream();
        while let Some(event) = events.try_next().await? {
            if let russe::Event::Message(message) = event {
                sink.event(&message, &message.data)?;
            }
        }
        Ok(sink)
    })
});

pub const SSEER: Engine = peer("sseer 0.3.1", |clients, url, mut sink| {
    Box::pin(async move {
        let source = sseer::reqwest::EventSource::<sseer::retry::ExponentialBackoff>::new(clients.reqwest.get(url))?;
        let mut events = std::pin::pin!(source);
        while let Some(item) = events.next().await {
            match item {
                Ok(sseer::reqwest::StreamEvent::Event(event)) => sink.event(&event, &event.data)?,
                Ok(sseer::reqwest::StreamEvent::Open) => {}
                Err(error) if error.is_stream_ended() => break,
                Err(error) => return Err(error.to_string().into()),
            }
        }
        Ok(sink)
    })
});

pub const SSE_REQWEST_CLIENT: Engine = peer("sse-reqwest-client 0.4.0", |clients, url, mut sink| {
    Box::pin(async move {
        let mut events = std::pin::pin!(clients.reqwest.get(url).into_event_source());
        while let Some(event) = events.try_next().await? {
            match event {
                SseEvent::Message(message) => sink.event(&message, &message.data)?,
                SseEvent::Error(SseErrorEvent::Eof) => break,
                SseEvent::Open => {}
                other => return Err(format!("{other:?}").into()),
            }
        }
        Ok(sink)
    })
});

pub const EVENTSOURCE_CLIENT: Engine = peer("eventsource-client 0.18.0", |clients, url, mut sink| {
    Box::pin(async move {
        let reconnect = ReconnectOptions::reconnect(false).build();
        let client = ClientBuilder::for_url(&url)?.reconnect(reconnect).build_with_transport(clients.hyper);
        let mut events = client.stream();
        while let Some(item) = events.next().await {
            match item {
                Ok(SSE::Event(event)) => sink.event(&event, &event.data)?,
                Ok(_) => {}
                Err(eventsource_client::Error::Eof) => break,
                Err(error) => return Err(error.to_string().into()),
            }
        }
        Ok(sink)
    })
});

pub const REQWEST_EVENTSOURCE: Engine = peer("reqwest-eventsource 0.6.0", |clients, url, mut sink| {
    Box::pin(async move {
        let mut events = clients.reqwest_0_12.get(url).eventsource()?;
        while let Some(item) = events.next().await {
            match item {
                Ok(reqwest_eventsource::Event::Message(event)) => sink.event(&event, &event.data)?,
                Ok(reqwest_eventsource::Event::Open) => {}
                Err(reqwest_eventsource::Error::StreamEnded) => break,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(sink)
    })
});
