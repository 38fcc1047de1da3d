//! What the tests of bodies share.

use std::{
    cell::Cell,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_core::Stream;
use futures_util::{StreamExt as _, poll};
use tidings_http::{EncodedFrame, Frame};

/// An event with this data.
pub(crate) fn event(data: &str) -> EncodedFrame {
    Frame::event(data).encode()
}

/// The next chunk, which there must be.
pub(crate) async fn chunk<B, E>(body: &mut B) -> Bytes
where
    B: Stream<Item = Result<Bytes, E>> + Unpin,
    E: std::fmt::Debug,
{
    body.next().await.expect("the body has ended").expect("a body cannot fail")
}

/// Whether the body has nothing to send now.
pub(crate) async fn is_waiting<B: Stream + Unpin>(body: &mut B) -> bool {
    poll!(body.next()).is_pending()
}

/// All that the body sends until it ends.
pub(crate) async fn rest<B, E>(body: B) -> String
where
    B: Stream<Item = Result<Bytes, E>>,
    E: std::fmt::Debug,
{
    let chunks: Vec<Bytes> = body.map(|chunk| chunk.expect("a body cannot fail")).collect().await;
    assert!(chunks.iter().all(|chunk| !chunk.is_empty()), "an empty chunk");
    String::from_utf8(chunks.concat()).expect("what is sent is UTF-8")
}

/// A source that counts how often it was asked for an item, and says when it is dropped.
pub(crate) struct Watched<S> {
    pub(crate) source: S,
    pub(crate) asked: Rc<Cell<usize>>,
    pub(crate) dropped: Rc<Cell<bool>>,
}

impl<S> Watched<S> {
    pub(crate) fn new(source: S) -> Self {
        Self { source, asked: Rc::default(), dropped: Rc::default() }
    }
}

impl<S: Stream + Unpin> Stream for Watched<S> {
    type Item = S::Item;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        self.asked.set(self.asked.get() + 1);
        self.source.poll_next_unpin(cx)
    }
}

impl<S> Drop for Watched<S> {
    fn drop(&mut self) {
        self.dropped.set(true);
    }
}
