//! A source for those who would rather push.

use std::{
    error::Error,
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::Stream;
use tidings_codec::EncodedFrame;
use tokio::sync::mpsc;

/// A sender of frames, and the source that yields them, for a body.
///
/// At most `capacity` frames wait between the two (at least 1): beyond that [`Sender::send`] waits, so a client that reads slowly
/// slows its sender down and costs no more memory. The body ends when all clones of the sender are dropped and what they sent
/// is written.
///
/// # Examples
///
/// ```
/// use tidings_http::{EventBody, Frame, channel};
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// let (events, source) = channel(16);
/// let body = EventBody::new(source);
/// tokio::spawn(async move {
///     for number in 1..=3 {
///         if events.send(Frame::event(&format!("{number}"))).await.is_err() {
///             return; // The client is gone.
///         }
///     }
/// });
/// # use futures_util::StreamExt as _;
/// # let bytes: Vec<u8> = body.map(|chunk| chunk.unwrap()).collect::<Vec<_>>().await.concat();
/// # assert!(bytes.ends_with(b"data: 1\n\ndata: 2\n\ndata: 3\n\n"), "{}", String::from_utf8_lossy(&bytes));
/// # });
/// ```
pub fn channel(capacity: usize) -> (Sender, Receiver) {
    let (sender, receiver) = mpsc::channel(capacity.clamp(1, tokio::sync::Semaphore::MAX_PERMITS));
    (Sender(sender), Receiver(receiver))
}

/// The sending side of a [`channel`]. Clones send to the same client.
#[derive(Clone, Debug)]
pub struct Sender(mpsc::Sender<EncodedFrame>);

impl Sender {
    /// Sends a [`Frame`](crate::Frame) or an [`EncodedFrame`], waiting for room.
    ///
    /// That it was sent says that the server will write it, not that the client has it.
    ///
    /// # Errors
    ///
    /// If the client is gone, or the body has ended for another reason.
    ///
    /// # Cancel safety
    ///
    /// If it is dropped before it is done, the frame is not sent.
    pub async fn send(&self, frame: impl Into<EncodedFrame>) -> Result<(), ClientGone> {
        self.0.send(frame.into()).await.map_err(|_| ClientGone)
    }

    /// Sends a frame if there is room now.
    ///
    /// # Errors
    ///
    /// If there is no room, or the client is gone.
    pub fn try_send(&self, frame: impl Into<EncodedFrame>) -> Result<(), TrySendError> {
        self.0.try_send(frame.into()).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => TrySendError::Full,
            mpsc::error::TrySendError::Closed(_) => TrySendError::ClientGone,
        })
    }

    /// Waits until the client is gone, or the body has ended for another reason.
    ///
    /// # Cancel safety
    ///
    /// It only waits.
    pub async fn closed(&self) {
        self.0.closed().await;
    }

    /// Whether the client is gone, or the body has ended for another reason.
    pub fn is_closed(&self) -> bool {
        self.0.is_closed()
    }
}

/// The source of a body that yields what a [`Sender`] sends.
#[derive(Debug)]
pub struct Receiver(mpsc::Receiver<EncodedFrame>);

impl Stream for Receiver {
    type Item = EncodedFrame;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<EncodedFrame>> {
        self.0.poll_recv(cx)
    }
}

/// Nobody takes what is sent any more: the client is gone, or the body has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientGone;

impl fmt::Display for ClientGone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the client is gone")
    }
}

impl Error for ClientGone {}

/// Why [`Sender::try_send`] did not send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrySendError {
    /// There is no room: the client reads more slowly than is sent.
    Full,
    /// The client is gone, or the body has ended.
    ClientGone,
}

impl fmt::Display for TrySendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str("the client has not taken what was sent before"),
            Self::ClientGone => ClientGone.fmt(f),
        }
    }
}

impl Error for TrySendError {}
