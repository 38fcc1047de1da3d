//! What cannot be done, and how a client is told.

use std::{error::Error, fmt};

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use tidings_hub::PublishError;

/// A request that cannot be fulfilled.
#[derive(Debug)]
pub(crate) enum Refused {
    Room,
    Name,
    Text,
    Banned,
    NoModerator,
    Hub(PublishError),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Room => "a room has 1 to 40 letters, digits, hyphens or underscores",
            Self::Name => "a name has 1 to 40 characters",
            Self::Text => "a message has 1 to 2000 characters",
            Self::Banned => "banned from this room",
            Self::NoModerator => "the moderator's key is needed",
            Self::Hub(_) => "the hub does not take the message",
        })
    }
}

impl Error for Refused {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Hub(error) => Some(error),
            _ => None,
        }
    }
}

/// Any of these statuses ends an `EventSource` for good, which is what they are for.
impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = match self {
            Self::Room => StatusCode::NOT_FOUND,
            Self::Name | Self::Text | Self::Hub(_) => StatusCode::BAD_REQUEST,
            Self::Banned => StatusCode::FORBIDDEN,
            Self::NoModerator => StatusCode::UNAUTHORIZED,
        };
        (status, self.to_string()).into_response()
    }
}
