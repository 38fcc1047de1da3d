//! Why a request is not done.

use hyper::{Response, StatusCode, header};

use super::body::{Body, text};

/// Why a request is not done, for whoever sent it.
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) reason: String,
}

impl Refusal {
    /// The request is not as it should be.
    pub(super) fn bad(reason: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, reason: reason.into() }
    }

    /// It asks for more than is done.
    pub(super) fn too_large(reason: String) -> Self {
        Self { status: StatusCode::PAYLOAD_TOO_LARGE, reason }
    }

    pub(super) fn into_response(self) -> Response<Body> {
        let mut response = text(self.status, self.reason);
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Bearer"));
        }
        response
    }
}
