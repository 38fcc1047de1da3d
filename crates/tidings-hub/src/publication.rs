//! Events that are to be published.

use std::{error::Error, fmt};

use tidings_codec::Frame;

use crate::{Id, InvalidTopic, check_topic};

/// An event to be published, for [`LocalHub::publish_with`](crate::LocalHub::publish_with) and that of `Hub`.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Publication<'a> {
    topics: &'a [&'a str],
    pub(crate) frame: Frame<'a>,
    pub(crate) key: Option<&'a str>,
}

impl<'a> Publication<'a> {
    /// An event of all of these topics, 16 at most: whoever subscribes to any of them gets it, once.
    pub const fn new(topics: &'a [&'a str], frame: Frame<'a>) -> Self {
        Self { topics, frame, key: None }
    }

    /// Its topics, each once.
    pub(crate) fn topics(&self) -> Result<Vec<&'a str>, PublishError> {
        let mut different: Vec<&str> = Vec::with_capacity(self.topics.len());
        for topic in self.topics {
            check_topic(topic).map_err(PublishError::Topic)?;
            if !different.contains(topic) {
                different.push(topic);
            }
            if different.len() > PublishError::MOST_TOPICS {
                return Err(PublishError::Topic(InvalidTopic::TooMany));
            }
        }
        if different.is_empty() {
            return Err(PublishError::Topic(InvalidTopic::Empty));
        }
        if self.key.is_some_and(|key| key.len() > PublishError::MOST_KEY_BYTES) {
            return Err(PublishError::KeyTooLong);
        }
        Ok(different)
    }

    /// Publishes it only if no event with this key, of up to 1024 bytes, is kept: so that a publisher can publish again when it
    /// cannot know whether it got through before.
    ///
    /// Keys are those of the hub, not of a topic: put the publisher's name into them.
    pub const fn key(mut self, key: &'a str) -> Self {
        self.key = Some(key);
        self
    }
}

/// What became of an event that was to be published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Published {
    /// The ID of the event: that of the earlier one, if it is not new.
    pub id: Id,
    /// Whether it was published now, and not before.
    pub is_new: bool,
}

/// An event cannot be published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublishError {
    /// The topic is none.
    Topic(InvalidTopic),
    /// The event is larger than the hub takes.
    TooLarge {
        /// Its size, encoded.
        bytes: usize,
        /// What the hub takes: [`HubBuilder::max_event_bytes`](crate::HubBuilder::max_event_bytes).
        max_event_bytes: usize,
    },
    /// The key has more than 1024 bytes.
    KeyTooLong,
}

impl PublishError {
    const MOST_KEY_BYTES: usize = 1024;
    const MOST_TOPICS: usize = 16;

    /// Checks that an event is not too large.
    pub(crate) fn check_len(frame: Frame<'_>, max_event_bytes: usize) -> Result<(), Self> {
        let bytes = frame.encoded_len();
        if bytes > max_event_bytes { Err(Self::TooLarge { bytes, max_event_bytes }) } else { Ok(()) }
    }
}

impl fmt::Display for PublishError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Topic(_) => f.write_str("the topic cannot be used"),
            Self::TooLarge { bytes, max_event_bytes } => {
                write!(f, "an event of {bytes} bytes where {max_event_bytes} are the most")
            }
            Self::KeyTooLong => f.write_str("a key of more than 1024 bytes"),
        }
    }
}

impl Error for PublishError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Topic(invalid) => Some(invalid),
            _ => None,
        }
    }
}
