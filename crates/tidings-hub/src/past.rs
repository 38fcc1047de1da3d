//! What is before the window of a hub over a log.

use std::{future::Future, pin::Pin, sync::Arc};

use tidings_codec::EncodedFrame;

use crate::{
    Epoch, Topics,
    machine::{Ask, First},
};

/// What is before the window.
pub(crate) trait Past: Send + Sync {
    /// Asks the log for a subscriber of these topics. It tries until the log can be reached.
    fn ask(self: Arc<Self>, epoch: Epoch, topics: Topics, ask: Ask) -> Asked;
}

/// What becomes of asking the log.
pub(crate) type Asked = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// What the log says.
pub(crate) enum Answer {
    /// The subscriber begins at this position, after it was told this.
    First(u64, First),
    /// The subscriber has this position now, after these frames, if there are any.
    At(u64, Option<EncodedFrame>),
    /// The log is another.
    OtherEpoch,
}
