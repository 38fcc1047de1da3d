//! What decoding an event stream yields, in the plainest form.

/// One thing that a decoder hands over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// A dispatched event.
    Event {
        /// The event type, `message` if the event stream named none.
        event_type: String,
        /// The data, its lines joined with LF.
        data: String,
        /// The last event ID at the time of the dispatch.
        last_event_id: String,
    },
    /// A new reconnection time, in milliseconds.
    ReconnectionTime(u64),
    /// The text of a comment, without the colon and one leading space.
    Comment(String),
}

/// All that decoding one event stream to its end yields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The items, in order. Comments are among them if they were asked for.
    pub items: Vec<Item>,
    /// The last event ID at the end of the stream: what a client would send to reestablish the connection.
    pub last_event_id: String,
    /// The reconnection time at the end of the stream, in milliseconds; `None` if the stream set none.
    pub reconnection_time: Option<u64>,
    /// The error that stopped decoding before the end of the stream.
    pub error: Option<TooLarge>,
}

impl Outcome {
    /// Drops the comments, as for a decoder that was not asked for them.
    #[must_use]
    pub fn without_comments(mut self) -> Self {
        self.items.retain(|item| !matches!(item, Item::Comment(_)));
        self
    }
}

/// The error of decoding: an event is larger than the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge {
    /// The offset in the event stream, in bytes, of the first byte for which there was no room.
    pub position: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_comments_are_dropped() {
        let event = Item::Event { event_type: "message".into(), data: "x".into(), last_event_id: "1".into() };
        let outcome = Outcome {
            items: vec![
                Item::Comment("a".into()),
                event.clone(),
                Item::Comment(String::new()),
                Item::ReconnectionTime(1),
            ],
            last_event_id: "1".into(),
            reconnection_time: Some(1),
            error: Some(TooLarge { position: 9 }),
        };
        let expected = Outcome { items: vec![event, Item::ReconnectionTime(1)], ..outcome.clone() };
        assert_eq!(outcome.without_comments(), expected);
    }
}
