//! What the sdk answers with, in the core's own words.

use std::error::Error as _;

use gatepost_sdk::{Error, ErrorKind, SessionDetails, StatusCode, StoreError};

use crate::msg::{Details, Failure, Kind};

pub(super) fn details(details: SessionDetails) -> Details {
    Details {
        user: details.user,
        access_until: details.access_expires_at,
        refresh_until: details.refresh_expires_at,
        skew: details.clock_skew,
        features: details.features,
    }
}

pub(super) fn failure(error: &Error, is_login: bool) -> Failure {
    let mut fields = Vec::new();
    let kind = match error.kind() {
        ErrorKind::Api(no) => {
            fields = no
                .fields()
                .iter()
                .map(|field| (field.path.clone(), field.messages.clone()))
                .collect();
            match no.status() {
                StatusCode::UNAUTHORIZED if is_login => Kind::Credentials,
                StatusCode::UNAUTHORIZED => Kind::Ended(None),
                StatusCode::BAD_REQUEST => Kind::Invalid,
                StatusCode::FORBIDDEN => Kind::Forbidden,
                StatusCode::NOT_FOUND => Kind::NotFound,
                StatusCode::TOO_MANY_REQUESTS => Kind::TooMany(no.retry_after()),
                status if status.is_server_error() => Kind::Server(no.retry_after()),
                _ => Kind::Other,
            }
        }
        ErrorKind::NotSignedIn => Kind::Ended(None),
        ErrorKind::SessionExpired(reason) => Kind::Ended(Some(*reason)),
        ErrorKind::Unreachable(_) => Kind::Offline,
        ErrorKind::Network | ErrorKind::Timeout => Kind::NoAnswer,
        ErrorKind::Store(
            StoreError::Unavailable(_)
            | StoreError::Locked(_)
            | StoreError::Timeout(_)
            | StoreError::TooLong { .. }
            | StoreError::Io(_)
            | StoreError::Exposed { .. }
            | StoreError::Foreign { .. }
            | StoreError::NoLock { .. }
            | StoreError::Panicked(_),
        ) => Kind::Store,
        ErrorKind::Busy { .. } => Kind::Server(None),
        _ => Kind::Other,
    };
    let text = match error.kind() {
        ErrorKind::Api(no) => no.detail().map(str::to_owned),
        _ => None,
    };
    // what the system said helps, what a library said of its own insides does not
    let cause = match error.kind() {
        ErrorKind::Network => said_by_the_system(error),
        ErrorKind::Config(_) => root(error),
        _ => None,
    };
    let text = match (text, cause) {
        (Some(text), _) => text,
        (None, Some(cause)) => format!("{error} ({cause})"),
        (None, None) => error.to_string(),
    };
    Failure {
        kind,
        text,
        hint: error.hint().map(str::to_owned),
        fields,
    }
}

fn said_by_the_system(error: &Error) -> Option<String> {
    let mut cause = error.source();
    while let Some(here) = cause {
        let io = here.downcast_ref::<std::io::Error>();
        if let Some(io) = io.filter(|io| io.raw_os_error().is_some()) {
            return Some(io.to_string());
        }
        cause = here.source();
    }
    None
}

/// The first of the causes.
fn root(error: &Error) -> Option<String> {
    let mut cause = error.source()?;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    Some(cause.to_string())
}
