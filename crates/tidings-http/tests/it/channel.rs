//! Pushing events instead of being asked for them.

use std::time::Duration;

use crate::support::{chunk, event, rest};
use futures_util::poll;
use tidings_http::{ClientGone, EventBody, Frame, TrySendError, channel};

#[tokio::test(start_paused = true)]
async fn a_full_channel_makes_the_sender_wait() {
    let (events, source) = channel(2);
    let mut body = Box::pin(EventBody::new(source));
    events.try_send(event("1")).unwrap();
    events.try_send(Frame::event("2")).unwrap();
    assert_eq!(events.try_send(event("3")), Err(TrySendError::Full));
    {
        let mut send = std::pin::pin!(events.send(event("3")));
        assert!(poll!(&mut send).is_pending());
        assert_eq!(chunk(&mut body).await, "data: 1\n\ndata: 2\n\n");
        send.await.unwrap();
    }
    assert_eq!(chunk(&mut body).await, "data: 3\n\n");
}

#[tokio::test(start_paused = true)]
async fn the_body_ends_with_the_last_sender() {
    let (events, source) = channel(0);
    let another = events.clone();
    another.send(event("1")).await.unwrap();
    drop((events, another));
    assert_eq!(rest(EventBody::new(source)).await, "data: 1\n\n");
}

#[tokio::test(start_paused = true)]
async fn the_sender_hears_that_the_client_is_gone() {
    let (events, source) = channel(usize::MAX);
    let body = EventBody::new(source);
    assert!(!events.is_closed());
    let waits = tokio::spawn({
        let events = events.clone();
        async move { events.closed().await }
    });
    tokio::task::yield_now().await;
    drop(body);
    tokio::time::timeout(Duration::from_secs(1), waits).await.expect("it was woken").unwrap();
    assert!(events.is_closed());
    assert_eq!(events.send(event("1")).await, Err(ClientGone));
    assert_eq!(events.try_send(event("1")), Err(TrySendError::ClientGone));
}
