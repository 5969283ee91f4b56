//! What a handler of one's own answers when it does not succeed, in DRF's words.

use std::fmt;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::http::error::Error;

/// An answer with DRF's shape of errors.
#[derive(Debug)]
pub struct ApiError(Error);

impl ApiError {
    /// 403: whoever is signed in may not do this.
    pub fn forbidden() -> Self {
        Self(Error::forbidden())
    }

    /// 404: there is none of this name with this key, `No Bookmark matches the given query.`
    pub fn no(name: &str) -> Self {
        let detail = format!("No {name} matches the given query.");
        Self(Error::Detail(StatusCode::NOT_FOUND, detail.into()))
    }

    /// 400: what is wrong with a field.
    pub fn field(name: &'static str, message: &'static str) -> Self {
        Self(Error::field(name, message))
    }

    /// Any other refusal, with its `detail`.
    pub fn detail(status: StatusCode, detail: impl Into<String>) -> Self {
        Self(Error::Detail(status, detail.into().into()))
    }

    /// 500: a defect. The cause goes to the log and never to the client.
    #[track_caller]
    pub fn failure(cause: impl fmt::Display) -> Self {
        Self(Error::internal(cause))
    }

    /// 503 with `Retry-After`: what is needed is away. The cause goes to the log and never to the client.
    #[track_caller]
    pub fn unavailable(cause: impl fmt::Display) -> Self {
        Self(Error::overloaded(&cause.to_string()))
    }
}

/// Any error of what a handler uses: 500, as [`ApiError::failure`].
impl<E: std::error::Error> From<E> for ApiError {
    #[track_caller]
    fn from(error: E) -> Self {
        Self::failure(error)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}
