//! The one error of the service: its constructors hold DRF's sentences, its rendering DRF's bodies. What a feature alone
//! says stands in that feature, in an `impl Error` of its own.
//!
//! A handler ends with `Err(Error::…)` or with `?` on a database error. The cause of a failure goes into the
//! request's log line and never to the client.

use std::borrow::Cow;
use std::fmt;
use std::panic::Location;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::html;
use crate::db;
use django::json;
use django::parsers::ParseError;

/// What a handler answers when it does not succeed.
#[derive(Debug)]
pub(crate) enum Error {
    /// 400, the messages of each field in the serializer's order.
    Invalid(Vec<(Cow<'static, str>, Vec<Cow<'static, str>>)>),
    /// `{"detail": …}` with this status.
    Detail(StatusCode, Cow<'static, str>),
    /// 401; `auth/` adds `WWW-Authenticate`.
    Unauthenticated {
        detail: Cow<'static, str>,
        code: Option<&'static str>,
        /// What is wrong with the token of the `Authorization` header: for each class that it might be of, the class, its
        /// type and the message.
        tokens: Option<Vec<[&'static str; 3]>>,
    },
    /// One of Django's own pages: 400 or 404, without the headers of DRF's views.
    Page(StatusCode),
    /// Django's page of a 400, which does not say why: the log does.
    Refused(String),
    /// 429 with `Retry-After`: too many in so short a time, and when one may try again.
    Throttled(Seconds),
    /// 503 with `Retry-After`: too much to do, or the database is away, and when to try again.
    Unavailable(Cause, Seconds),
    /// 500: a defect.
    Internal(Cause),
}

/// Whole seconds until another try, 1 at least.
type Seconds = u64;

/// When to try again where nobody knows how long a failure lasts.
const SOON: Seconds = 1;

/// Why a request failed and where in the code, for the log line.
#[derive(Clone)]
pub(crate) struct Cause {
    pub(crate) text: String,
    pub(crate) at: &'static Location<'static>,
}

/// Why a request was refused, where its answer does not tell, for the log line.
#[derive(Clone)]
pub(crate) struct Refusal(pub(crate) String);

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}:{})", self.text, self.at.file(), self.at.line())
    }
}

/// The key of errors that belong to no field.
const NON_FIELD_ERRORS: &str = "non_field_errors";

/// What is said where a rule that a project added to its tables refuses a row.
pub(crate) const RULE: &str = "A rule of the database refuses these values.";

impl Error {
    /// One message under one field.
    pub(crate) fn field(name: &'static str, message: &'static str) -> Self {
        Self::Invalid(vec![(name.into(), vec![message.into()])])
    }

    pub(crate) fn non_field(message: impl Into<Cow<'static, str>>) -> Self {
        Self::Invalid(vec![(NON_FIELD_ERRORS.into(), vec![message.into()])])
    }

    pub(crate) fn not_an_object(python_type: &str) -> Self {
        Self::non_field(format!(
            "Invalid data. Expected a dictionary, but got {python_type}."
        ))
    }

    pub(crate) fn method_not_allowed(method: &str) -> Self {
        Self::Detail(
            StatusCode::METHOD_NOT_ALLOWED,
            format!("Method \"{method}\" not allowed.").into(),
        )
    }

    pub(crate) fn not_acceptable() -> Self {
        Self::Detail(
            StatusCode::NOT_ACCEPTABLE,
            "Could not satisfy the request Accept header.".into(),
        )
    }

    pub(crate) fn not_found() -> Self {
        Self::Detail(StatusCode::NOT_FOUND, "Not found.".into())
    }

    pub(crate) fn forbidden() -> Self {
        Self::Detail(
            StatusCode::FORBIDDEN,
            "You do not have permission to perform this action.".into(),
        )
    }

    /// 401 with a sentence and, where SimpleJWT gives one, its code.
    pub(crate) fn unauthenticated(
        detail: impl Into<Cow<'static, str>>,
        code: Option<&'static str>,
    ) -> Self {
        Self::Unauthenticated {
            detail: detail.into(),
            code,
            tokens: None,
        }
    }

    pub(crate) fn not_authenticated() -> Self {
        Self::unauthenticated("Authentication credentials were not provided.", None)
    }

    /// 408: a large body, for which memory is kept, does not come.
    pub(crate) fn too_slow() -> Self {
        Self::Detail(
            StatusCode::REQUEST_TIMEOUT,
            "The request's body did not arrive in time. Send it again over a faster connection, or send less.".into(),
        )
    }

    /// Django's page of a 400, and why.
    pub(crate) fn refused(why: impl Into<String>) -> Self {
        Self::Refused(why.into())
    }

    /// 503: a queue is full.
    #[track_caller]
    pub(crate) fn overloaded(what: &str) -> Self {
        Self::overloaded_for(SOON, what)
    }

    /// 503: a queue is full, and so many seconds are its work.
    #[track_caller]
    pub(crate) fn overloaded_for(seconds: u64, what: &str) -> Self {
        let cause = Cause {
            text: what.to_owned(),
            at: Location::caller(),
        };
        Self::Unavailable(cause, seconds)
    }

    /// 500: this should not have happened.
    #[track_caller]
    pub(crate) fn internal(what: impl fmt::Display) -> Self {
        Self::Internal(Cause {
            text: what.to_string(),
            at: Location::caller(),
        })
    }

    /// Whether a rule of the database's refused it.
    pub(crate) fn is_of_rule(&self) -> bool {
        let says = |(_, said): &(_, Vec<Cow<'static, str>>)| said.iter().any(|said| said == RULE);
        matches!(self, Self::Invalid(fields) if fields.iter().any(says))
    }

    /// Whether the server has failed, and not who asked.
    pub(crate) fn is_failure(&self) -> bool {
        matches!(self, Self::Unavailable(..) | Self::Internal(_))
    }

    /// Why, for a line of the log of its own.
    pub(crate) fn why(&self) -> &str {
        match self {
            Self::Unavailable(cause, _) | Self::Internal(cause) => &cause.text,
            _ => "the request was refused",
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Invalid(_) | Self::Refused(_) => StatusCode::BAD_REQUEST,
            Self::Detail(status, _) | Self::Page(status) => *status,
            Self::Unauthenticated { .. } => StatusCode::UNAUTHORIZED,
            Self::Throttled(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable(..) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl From<ParseError> for Error {
    fn from(error: ParseError) -> Self {
        match error {
            ParseError::UnsupportedMediaType(detail) => {
                Self::Detail(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail.into())
            }
            ParseError::Malformed(detail) => Self::Detail(StatusCode::BAD_REQUEST, detail.into()),
            ParseError::TooLarge => Self::refused(
                "the body has more fields or files than Django takes, or more bytes outside of files than limits.body",
            ),
        }
    }
}

impl From<db::Error> for Error {
    /// A database that is away or too busy is 503, what a rule of the project's refuses is 400; anything else is a
    /// defect.
    #[track_caller]
    fn from(error: db::Error) -> Self {
        if let db::Error::Refused(why) = &error {
            tracing::warn!(cause = %why, "a rule of the database refused a request's values");
            return Self::non_field(RULE);
        }
        let cause = Cause {
            text: error.to_string(),
            at: Location::caller(),
        };
        if error.is_passing() {
            Self::Unavailable(cause, SOON)
        } else {
            Self::Internal(cause)
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let status = self.status();
        let mut body = Vec::new();
        // whatever is not there now may be there soon
        let is_away = status == StatusCode::SERVICE_UNAVAILABLE;
        let (mut cause, mut retry_after) = (None, is_away.then_some(1));
        match self {
            Self::Page(status) => return html::django(status),
            Self::Refused(why) => {
                let mut page = html::django(StatusCode::BAD_REQUEST);
                page.extensions_mut().insert(Refusal(why));
                return page;
            }
            Self::Invalid(fields) => write_fields(&mut body, &fields),
            Self::Detail(_, detail) => write_detail(&mut body, &detail, None, None),
            Self::Unauthenticated {
                detail,
                code,
                tokens,
            } => write_detail(&mut body, &detail, code, tokens.as_deref()),
            Self::Throttled(seconds) => {
                let plural = if seconds == 1 { "" } else { "s" };
                let detail = format!(
                    "Request was throttled. Expected available in {seconds} second{plural}."
                );
                write_detail(&mut body, &detail, None, None);
                retry_after = Some(seconds);
            }
            Self::Unavailable(why, seconds) => {
                write_detail(&mut body, "The service is busy; try again.", None, None);
                (cause, retry_after) = (Some(why), Some(seconds));
            }
            Self::Internal(why) => {
                write_detail(&mut body, "A server error occurred.", None, None);
                cause = Some(why);
            }
        }
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        if let Some(seconds) = retry_after {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, seconds.into());
        }
        if let Some(cause) = cause {
            response.extensions_mut().insert(cause);
        }
        response
    }
}

fn write_fields(out: &mut Vec<u8>, fields: &[(Cow<'static, str>, Vec<Cow<'static, str>>)]) {
    out.push(b'{');
    for (at, (name, messages)) in fields.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        json::write_string(out, name);
        out.extend_from_slice(b":[");
        for (at, message) in messages.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            json::write_string(out, message);
        }
        out.push(b']');
    }
    out.push(b'}');
}

fn write_detail(
    out: &mut Vec<u8>,
    detail: &str,
    code: Option<&str>,
    tokens: Option<&[[&'static str; 3]]>,
) {
    out.extend_from_slice(b"{\"detail\":");
    json::write_string(out, detail);
    if let Some(code) = code {
        out.extend_from_slice(b",\"code\":");
        json::write_string(out, code);
    }
    if let Some(tokens) = tokens {
        out.extend_from_slice(b",\"messages\":[");
        for (at, [class, kind, message]) in tokens.iter().enumerate() {
            let before = if at > 0 { "," } else { "" };
            out.extend_from_slice(before.as_bytes());
            out.extend_from_slice(b"{\"token_class\":\"");
            out.extend_from_slice(class.as_bytes());
            out.extend_from_slice(b"\",\"token_type\":\"");
            out.extend_from_slice(kind.as_bytes());
            out.extend_from_slice(b"\",\"message\":");
            json::write_string(out, message);
            out.push(b'}');
        }
        out.push(b']');
    }
    out.push(b'}');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_being_away_is_503_and_a_wrong_statement_500() {
        for passing in [
            db::Error::Away,
            db::Error::Busy,
            db::Error::ReadOnly,
            db::Error::Full,
            db::Error::Conflict,
        ] {
            assert_eq!(Error::from(passing("why".to_owned())).status(), 503);
        }
        for failed in [db::Error::Dangling, db::Error::Failed] {
            assert_eq!(Error::from(failed("why".to_owned())).status(), 500);
        }
        assert_eq!(Error::from(db::Error::NoRow).status(), 500);
        let refused = db::Error::Refused("UNIQUE on a column".to_owned());
        assert_eq!(Error::from(refused).status(), 400);
    }

    #[test]
    fn a_client_is_told_when_to_come_back() {
        let header = |error: Error| {
            let response = error.into_response();
            response.headers()[header::RETRY_AFTER]
                .to_str()
                .unwrap()
                .to_owned()
        };
        assert_eq!(header(Error::Throttled(17)), "17");
        assert_eq!(header(Error::overloaded("why")), "1");
        assert_eq!(header(Error::overloaded_for(3, "why")), "3");
    }

    #[test]
    fn a_failure_does_not_show_its_cause() {
        let response = Error::internal("secret cause").into_response();
        assert_eq!(
            response.extensions().get::<Cause>().unwrap().text,
            "secret cause"
        );
        assert_eq!(response.status(), 500);
    }
}
