//! Telling a subscriber that it has missed events.

use std::fmt;

use tidings_codec::{EncodedFrame, EventId, EventType, Frame};

use crate::id::Id;

/// Why events are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GapReason {
    /// They were published before the subscriber came back, and are not kept any more.
    Evicted,
    /// The ID that the subscriber came back with is of another log: the hub was started anew, say.
    UnknownId,
    /// The ID that the subscriber came back with was never given: the log has lost its end.
    FutureId,
    /// The subscriber is connected, and reads more slowly than events are kept.
    FellBehind,
}

impl GapReason {
    /// The reason as it is on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Evicted => "evicted",
            Self::UnknownId => "unknown-id",
            Self::FutureId => "future-id",
            Self::FellBehind => "fell-behind",
        }
    }
}

impl fmt::Display for GapReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The event type of a gap.
pub const GAP: EventType<'static> = EventType::from_static("gap");

/// The event that says that what is not later than `upto` may be missing. It has `upto` as its ID, so that a client which comes
/// back after it does not hear of the same gap again.
pub(crate) fn gap(reason: GapReason, upto: Id) -> EncodedFrame {
    let data = format!("{{\"reason\":\"{reason}\",\"upTo\":\"{upto}\"}}");
    upto.with_text(|id| Frame::event(&data).event_type(GAP).id(EventId::new(id).unwrap_or_default()).encode())
}

/// The frame that gives a subscriber its position before it has seen an event.
pub(crate) fn position(id: Id) -> EncodedFrame {
    id.with_text(|id| Frame::new().id(EventId::new(id).unwrap_or_default()).encode())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Epoch;

    #[test]
    fn as_they_are_on_the_wire() {
        let id = Id { epoch: Epoch::new(0), sequence: 7 };
        assert_eq!(
            &gap(GapReason::Evicted, id)[..],
            b"event: gap\nid: 22222222-7\ndata: {\"reason\":\"evicted\",\"upTo\":\"22222222-7\"}\n\n"
        );
        assert_eq!(&position(id)[..], b"id: 22222222-7\n\n");
    }
}
