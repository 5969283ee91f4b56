//! What an answer of any API says no with; the answer itself was printed.

use gatepost_sdk::header::{HeaderMap, RETRY_AFTER};
use gatepost_sdk::{ApiError, Error, ErrorKind, StatusCode};
use serde_json::Value;

use super::{Exit, Failure};

/// What the server said no with, where that is at the bottom of an error.
pub(crate) fn refusal(error: &Error) -> Option<&ApiError> {
    match error.kind() {
        ErrorKind::Api(no) => Some(no),
        ErrorKind::AuthScheme | ErrorKind::NotSignedIn | ErrorKind::UnexpectedAnswer { .. } => {
            let cause = std::error::Error::source(error)?;
            refusal(cause.downcast_ref()?)
        }
        _ => None,
    }
}

impl Failure {
    /// The server's no, with the exit code that other commands have for it.
    pub(crate) fn answered(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        let text = |name: &str| headers.get(name)?.to_str().ok().map(str::to_owned);
        let wait = text(RETRY_AFTER.as_str()).and_then(|wait| wait.parse().ok());
        Self::said(status, text("x-request-id"), wait, body)
    }

    /// The same of an answer that the sdk has read.
    pub(crate) fn answered_no(no: &ApiError) -> Self {
        let id = no.request_id().map(str::to_owned);
        let wait = no.retry_after().map(|wait| wait.as_secs());
        Self::said(no.status(), id, wait, no.raw())
    }

    fn said(status: StatusCode, id: Option<String>, wait: Option<u64>, body: &[u8]) -> Self {
        let exit = match status {
            StatusCode::NOT_FOUND | StatusCode::GONE => Exit::NotFound,
            StatusCode::UNAUTHORIZED => Exit::Login,
            StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => Exit::Again,
            status if status.is_server_error() => Exit::Again,
            _ => Exit::Refused,
        };
        let name = status.canonical_reason().unwrap_or_default();
        let said = format!("the server answered {} {name}", status.as_u16());
        let said = said.trim_end();
        let json: Option<Value> = serde_json::from_slice(body).ok();
        let detail = json.as_ref().and_then(|json| json.get("detail")?.as_str());
        let message = match detail {
            Some(detail) => format!("{said}: {detail}"),
            None => said.to_owned(),
        };
        let mut failure = Self::new(exit, "api", message);
        failure.0.status = Some(status);
        failure.0.request_id = id;
        let hint = match (exit, wait) {
            (Exit::Again, Some(wait)) => format!("try again in {wait} s"),
            (Exit::Again, _) => "try again later".to_owned(),
            (Exit::Login, _) => "run `gatepost login`".to_owned(),
            (Exit::NotFound, _) => "check the path and its final slash".to_owned(),
            _ => return failure,
        };
        failure.hint(hint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_has_its_exit_code_and_the_detail_is_said() {
        let of = |status: u16, body: &str| {
            let status = StatusCode::from_u16(status).unwrap();
            Failure::answered(status, &HeaderMap::new(), body.as_bytes())
        };
        for (status, exit) in [
            (400, Exit::Refused),
            (401, Exit::Login),
            (403, Exit::Refused),
            (404, Exit::NotFound),
            (429, Exit::Again),
            (500, Exit::Again),
            (503, Exit::Again),
        ] {
            assert_eq!(of(status, "").0.exit, exit, "{status}");
        }
        let said = of(404, r#"{"detail":"No Post."}"#);
        assert_eq!(
            said.message(),
            "the server answered 404 Not Found: No Post."
        );
        assert_eq!(of(599, "<html>").message(), "the server answered 599");
    }
}
