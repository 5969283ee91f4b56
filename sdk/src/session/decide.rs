//! What an answer to a refresh means: pure decisions, without network or store.

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};

use crate::api_error::ApiError;
use crate::clock::Millis;
use crate::error::{Error, ErrorKind, Result};
use crate::reason::ExpiredReason;
use crate::types::Pair;

/// What one try means.
#[derive(Debug)]
pub(crate) enum Reply {
    /// New tokens, and what the server named in `Gatepost-Features`.
    Fresh(Pair, Vec<String>),
    /// A verdict on the token.
    Refused(Refusal),
    /// Nothing reached the server.
    NotSent(Error),
    /// The server may have exchanged the token or not.
    Unknown(Error),
    /// The server asks to come again.
    Later(Error),
    /// What answered is not this API, or says something that is no verdict.
    Foreign(Error),
}

/// Why a refresh token is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It has expired or is blacklisted.
    NotValid,
    /// It was exchanged with our own key, and the successor is in use: `Idempotency-Replayed: late`.
    Late,
    PasswordChanged,
    AccountDisabled,
}

/// What an answer to a refresh means.
pub(crate) fn reply(status: StatusCode, headers: &HeaderMap, body: Bytes) -> Reply {
    let text = body.clone();
    let foreign = || Reply::Foreign(Error::foreign(status, headers, &text));
    let api = |body| Error::api(ApiError::read(status, headers, body));
    match status {
        StatusCode::OK if is_page(headers, &body) => foreign(),
        StatusCode::OK => match serde_json::from_slice::<serde_json::Value>(&body) {
            // cut short on the way: the token may be used up
            Err(error) => Reply::Unknown(Error::caused(ErrorKind::Network, error)),
            Ok(json) => match serde_json::from_value(json) {
                Ok(pair) => Reply::Fresh(pair, features(headers)),
                Err(_) => foreign(),
            },
        },
        StatusCode::UNAUTHORIZED | StatusCode::BAD_REQUEST => {
            let no = ApiError::read(status, headers, body);
            match refusal(&no, headers) {
                Some(refusal) => Reply::Refused(refusal),
                None if no.detail().is_some() || !no.fields().is_empty() => {
                    Reply::Foreign(Error::api(no))
                }
                None => foreign(),
            }
        }
        StatusCode::TOO_MANY_REQUESTS => Reply::Later(api(body)),
        StatusCode::SERVICE_UNAVAILABLE if headers.contains_key(RETRY_AFTER) => {
            Reply::Later(api(body))
        }
        _ if status.is_server_error() => Reply::Unknown(api(body)),
        _ => foreign(),
    }
}

/// What an answer to a blacklisting means: no error where the token is of no use any more.
pub(crate) fn blacklisted(status: StatusCode, headers: &HeaderMap, body: &Bytes) -> Result<()> {
    if status.is_success() && !is_page(headers, body) {
        return Ok(());
    }
    let no = ApiError::read(status, headers, body.clone());
    match refusal(&no, headers) {
        Some(Refusal::NotValid) if status == StatusCode::UNAUTHORIZED => Ok(()),
        _ if no.detail().is_some() || !no.fields().is_empty() || status.is_server_error() => {
            Err(Error::api(no))
        }
        _ => Err(Error::foreign(status, headers, body)),
    }
}

fn refusal(no: &ApiError, headers: &HeaderMap) -> Option<Refusal> {
    if no.status() == StatusCode::BAD_REQUEST {
        return (!no.field("refresh").is_empty()).then_some(Refusal::NotValid);
    }
    let is_late = headers
        .get("idempotency-replayed")
        .is_some_and(|value| value == "late");
    no.detail()?;
    match no.code() {
        Some("token_not_valid") if is_late => Some(Refusal::Late),
        Some("token_not_valid") => Some(Refusal::NotValid),
        Some("password_changed") => Some(Refusal::PasswordChanged),
        // SimpleJWT's rule of who may authenticate; newer versions name it
        None | Some("no_active_account" | "user_inactive" | "user_not_found") => {
            Some(Refusal::AccountDisabled)
        }
        Some(_) => None,
    }
}

fn is_page(headers: &HeaderMap, body: &[u8]) -> bool {
    let kind = headers.get(CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
        || body.trim_ascii_start().starts_with(b"<")
}

/// What the server names in `Gatepost-Features`.
pub(crate) fn features(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all("gatepost-features").iter();
    let values = values.filter_map(|value| value.to_str().ok());
    let names = values.flat_map(|value| value.split(','));
    let names = names.map(|name| name.trim().to_owned());
    names.filter(|name| !name.is_empty()).collect()
}

/// What is known when a refresh token is refused.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Circumstances {
    /// The token's expiry and the time, both by the server's clock.
    pub(crate) exp: Option<Millis>,
    pub(crate) now: Millis,
    /// An earlier try of the same token may have been exchanged without us knowing.
    pub(crate) doubt: bool,
    /// The server repeats an exchange, so nothing is lost by that.
    pub(crate) repeats: bool,
}

/// Why the session has ended.
pub(crate) fn reason(refusal: Refusal, when: Circumstances) -> ExpiredReason {
    match refusal {
        Refusal::Late => ExpiredReason::UsedElsewhere,
        Refusal::PasswordChanged => ExpiredReason::PasswordChanged,
        Refusal::AccountDisabled => ExpiredReason::AccountDisabled,
        Refusal::NotValid if when.exp.is_some_and(|exp| exp <= when.now) => {
            ExpiredReason::RefreshExpired
        }
        Refusal::NotValid if when.doubt && !when.repeats => ExpiredReason::LostRotation,
        Refusal::NotValid => ExpiredReason::Blacklisted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;

    const JSON: &str = "application/json";

    fn decided(
        status: u16,
        kind: &str,
        headers: &[(&'static str, &'static str)],
        body: &str,
    ) -> String {
        let mut all = HeaderMap::new();
        all.insert(CONTENT_TYPE, HeaderValue::from_str(kind).unwrap());
        for (name, value) in headers {
            all.insert(*name, HeaderValue::from_static(value));
        }
        let status = StatusCode::from_u16(status).unwrap();
        match reply(status, &all, Bytes::copy_from_slice(body.as_bytes())) {
            Reply::Fresh(pair, features) => {
                format!(
                    "fresh{} {}",
                    if pair.refresh.is_some() {
                        " rotated"
                    } else {
                        ""
                    },
                    features.join("+")
                )
            }
            Reply::Refused(refusal) => format!("{refusal:?}"),
            Reply::NotSent(_) => "not sent".to_owned(),
            Reply::Unknown(_) => "unknown".to_owned(),
            Reply::Later(error) => format!("later {:?}", error.retry_after()),
            Reply::Foreign(error) => match error.kind() {
                ErrorKind::Api(_) => "no verdict".to_owned(),
                _ => "foreign".to_owned(),
            },
        }
    }

    #[test]
    fn every_answer_has_its_class() {
        let not_valid = r#"{"detail":"Token is blacklisted","code":"token_not_valid"}"#;
        let feature = [("gatepost-features", "refresh-idempotency, paging")];
        for (status, kind, headers, body, class) in [
            (
                200,
                JSON,
                &[][..],
                r#"{"access":"a","refresh":"r"}"#,
                "fresh rotated ",
            ),
            (200, JSON, &[], r#"{"access":"a"}"#, "fresh "),
            (
                200,
                JSON,
                &feature,
                r#"{"access":"a","refresh":"r","more":1}"#,
                "fresh rotated refresh-idempotency+paging",
            ),
            (200, JSON, &[], r#"{"access":"a","ref"#, "unknown"),
            (200, JSON, &[], "", "unknown"),
            (200, JSON, &[], r#"{"welcome":"to the hotel"}"#, "foreign"),
            (200, JSON, &[], "null", "foreign"),
            (
                200,
                "text/html; charset=utf-8",
                &[],
                "<h1>Sign in</h1>",
                "foreign",
            ),
            (200, JSON, &[], "\n <html>", "foreign"),
            (204, JSON, &[], "", "foreign"),
            (301, JSON, &[], "", "foreign"),
            (
                400,
                JSON,
                &[],
                r#"{"refresh":["This field may not be blank."]}"#,
                "NotValid",
            ),
            (
                400,
                JSON,
                &[],
                r#"{"detail":"JSON parse error"}"#,
                "no verdict",
            ),
            (
                400,
                "text/html",
                &[],
                "<h1>Bad Request (400)</h1>",
                "foreign",
            ),
            (401, JSON, &[], not_valid, "NotValid"),
            (
                401,
                JSON,
                &[("idempotency-replayed", "late")],
                not_valid,
                "Late",
            ),
            (
                401,
                JSON,
                &[],
                r#"{"detail":"No active account found for the given token."}"#,
                "AccountDisabled",
            ),
            (
                401,
                JSON,
                &[],
                r#"{"detail":"x","code":"no_active_account"}"#,
                "AccountDisabled",
            ),
            (
                401,
                JSON,
                &[],
                r#"{"detail":"x","code":"password_changed"}"#,
                "PasswordChanged",
            ),
            (
                401,
                JSON,
                &[],
                r#"{"detail":"x","code":"proxy_login"}"#,
                "no verdict",
            ),
            (
                401,
                JSON,
                &[],
                r#"{"message":"Unauthorized"}"#,
                "no verdict",
            ),
            (401, "text/html", &[], "<h1>Proxy</h1>", "foreign"),
            (403, JSON, &[], r#"{"detail":"x"}"#, "foreign"),
            (404, "text/html", &[], "<h1>Not Found</h1>", "foreign"),
            (405, JSON, &[], r#"{"detail":"x"}"#, "foreign"),
            (
                429,
                JSON,
                &[("retry-after", "3")],
                r#"{"detail":"x"}"#,
                "later Some(3s)",
            ),
            (
                500,
                "text/html",
                &[],
                "<h1>Server Error (500)</h1>",
                "unknown",
            ),
            (502, "text/html", &[], "", "unknown"),
            (503, JSON, &[], "", "unknown"),
            (503, JSON, &[("retry-after", "1")], "", "later Some(1s)"),
        ] {
            assert_eq!(
                decided(status, kind, headers, body),
                class,
                "{status} {body}"
            );
        }
    }

    #[test]
    fn every_end_has_its_reason() {
        let base = Circumstances {
            exp: Some(1000),
            now: 0,
            doubt: false,
            repeats: false,
        };
        let doubt = Circumstances {
            doubt: true,
            ..base
        };
        for (refusal, when, expected) in [
            (Refusal::NotValid, base, ExpiredReason::Blacklisted),
            (
                Refusal::NotValid,
                Circumstances { exp: None, ..base },
                ExpiredReason::Blacklisted,
            ),
            (
                Refusal::NotValid,
                Circumstances { now: 1000, ..doubt },
                ExpiredReason::RefreshExpired,
            ),
            (Refusal::NotValid, doubt, ExpiredReason::LostRotation),
            (
                Refusal::NotValid,
                Circumstances {
                    repeats: true,
                    ..doubt
                },
                ExpiredReason::Blacklisted,
            ),
            (Refusal::Late, doubt, ExpiredReason::UsedElsewhere),
            (
                Refusal::AccountDisabled,
                doubt,
                ExpiredReason::AccountDisabled,
            ),
            (
                Refusal::PasswordChanged,
                base,
                ExpiredReason::PasswordChanged,
            ),
        ] {
            assert_eq!(reason(refusal, when), expected, "{refusal:?} {when:?}");
        }
    }

    #[test]
    fn a_blacklisted_token_is_ended() {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
        let answer = |status: u16, body: &'static str| {
            blacklisted(
                StatusCode::from_u16(status).unwrap(),
                &headers,
                &Bytes::from(body),
            )
        };
        answer(200, "{}").unwrap();
        answer(
            401,
            r#"{"detail":"Token is blacklisted","code":"token_not_valid"}"#,
        )
        .unwrap();
        answer(401, r#"{"detail":"no"}"#).unwrap_err();
        answer(200, "<html>").unwrap_err();
        answer(500, "").unwrap_err();
    }
}
