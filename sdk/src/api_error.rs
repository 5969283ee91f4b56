//! What a Django REST framework server says no with: every shape of its error bodies.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde_json::Value;

/// An answer of 4xx or 5xx with what could be read of its body.
///
/// Decide on [`code`](ApiError::code) and [`status`](ApiError::status), never on the text: Django translates it.
#[derive(Clone)]
pub struct ApiError {
    status: StatusCode,
    detail: Option<String>,
    code: Option<String>,
    token_messages: Vec<TokenMessage>,
    fields: Vec<FieldError>,
    retry_after: Option<Duration>,
    request_id: Option<String>,
    raw: Bytes,
}

/// The messages about one field.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldError {
    /// The field: `title`, nested `address.city` or `tags.0`, `non_field_errors` for the whole, empty for a list
    /// of messages that belongs to nothing.
    pub path: String,
    /// The messages, in the server's order.
    pub messages: Vec<String>,
}

/// Why one class of tokens refused the access token (SimpleJWT's `messages`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenMessage {
    /// `AccessToken`, …
    pub token_class: String,
    /// `access`, …
    pub token_type: String,
    /// The reason, in the server's language.
    pub message: String,
}

impl ApiError {
    /// Reads an answer; a body of any shape is fine.
    pub(crate) fn read(status: StatusCode, headers: &HeaderMap, raw: Bytes) -> Self {
        let text = |name: &str| {
            let value = headers.get(name).and_then(|value| value.to_str().ok());
            value.map(str::to_owned)
        };
        let mut error = Self {
            status,
            detail: None,
            code: None,
            token_messages: Vec::new(),
            fields: Vec::new(),
            retry_after: retry_after(headers),
            request_id: text("x-request-id"),
            raw,
        };
        if let Ok(body) = serde_json::from_slice(&error.raw) {
            error.take(body);
        }
        error
    }

    fn take(&mut self, body: Value) {
        let Value::Object(mut body) = body else {
            collect("", &body, &mut self.fields);
            return;
        };
        // `detail` and `code` are DRF's own only as text; otherwise they are fields like any other
        if let Some(Value::String(detail)) = body.get("detail") {
            self.detail = Some(detail.clone());
            body.remove("detail");
            if let Some(Value::String(code)) = body.get("code") {
                self.code = Some(code.clone());
                body.remove("code");
            }
            if let Some(Value::Array(messages)) = body.get("messages")
                && let Some(messages) = messages.iter().map(token_message).collect()
            {
                self.token_messages = messages;
                body.remove("messages");
            }
        }
        collect("", &Value::Object(body), &mut self.fields);
    }

    /// The answer's status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The server's sentence, for people.
    pub fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }

    /// What happened, for programs: `token_not_valid`, `user_inactive`, `user_not_found`, `password_changed`,
    /// `bad_authorization_header`, …
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// Why each class of tokens refused the access token.
    pub fn token_messages(&self) -> &[TokenMessage] {
        &self.token_messages
    }

    /// The messages of each field, in the server's order.
    pub fn fields(&self) -> &[FieldError] {
        &self.fields
    }

    /// The messages about one field; empty where there are none.
    pub fn field(&self, path: &str) -> &[String] {
        let field = self.fields.iter().find(|field| field.path == path);
        field.map_or(&[], |field| &field.messages)
    }

    /// How long the server asks to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// The server's name for the request.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// The body as it came.
    pub fn raw(&self) -> &Bytes {
        &self.raw
    }

    pub(crate) fn hint(&self) -> Option<&'static str> {
        Some(match (self.status, self.code()) {
            (_, Some("user_inactive" | "user_not_found")) => {
                "the account is disabled or gone; ask the server's administrator"
            }
            (_, Some("password_changed")) => "the password was changed; log in again",
            (StatusCode::BAD_REQUEST, _) if !self.fields.is_empty() => {
                "correct the named fields and send it again"
            }
            (StatusCode::UNAUTHORIZED, _) => "log in again",
            (StatusCode::FORBIDDEN, _) => "this account may not do that; log in as one that may",
            (StatusCode::NOT_FOUND, _) => "check the id and the address",
            (StatusCode::TOO_MANY_REQUESTS, _) => "wait a moment and try again",
            (StatusCode::UNSUPPORTED_MEDIA_TYPE, _) => {
                "name the body's Content-Type, for example application/json"
            }
            (status, _) if status.is_server_error() => {
                "the server failed; try again later, or tell its operator the request id"
            }
            _ => return None,
        })
    }
}

/// `Retry-After` in seconds or as a date (RFC 9110 §10.2.3); a date is measured from the answer's own `Date`.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = crate::clock::http_date(text)?;
    let now = crate::clock::http_date(headers.get(reqwest::header::DATE)?.to_str().ok()?)?;
    Some(Duration::from_millis(
        u64::try_from(until.saturating_sub(now)).unwrap_or(0),
    ))
}

fn token_message(value: &Value) -> Option<TokenMessage> {
    let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    Some(TokenMessage {
        token_class: text("token_class").unwrap_or_default(),
        token_type: text("token_type").unwrap_or_default(),
        message: text("message")?,
    })
}

/// The messages of a value and of everything inside it, each under the path that leads there.
fn collect(path: &str, value: &Value, into: &mut Vec<FieldError>) {
    let below = |name: &str| match path {
        "" => name.to_owned(),
        path => format!("{path}.{name}"),
    };
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                collect(&below(name), value, into);
            }
        }
        Value::Array(items) => {
            let messages: Vec<String> = items.iter().filter_map(leaf).collect();
            if !messages.is_empty() {
                into.push(FieldError {
                    path: path.to_owned(),
                    messages,
                });
            }
            for (at, item) in items.iter().enumerate() {
                if leaf(item).is_none() {
                    collect(&below(&at.to_string()), item, into);
                }
            }
        }
        value => into.extend(leaf(value).map(|message| FieldError {
            path: path.to_owned(),
            messages: vec![message],
        })),
    }
}

fn leaf(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.detail, self.fields.as_slice()) {
            (Some(detail), _) => f.write_str(detail)?,
            (None, []) => f.write_str(
                self.status
                    .canonical_reason()
                    .unwrap_or("the server said no"),
            )?,
            (None, fields) => {
                for (at, field) in fields.iter().enumerate() {
                    f.write_str(if at == 0 { "" } else { "; " })?;
                    if !matches!(field.path.as_str(), "" | "non_field_errors") {
                        write!(f, "{}: ", field.path)?;
                    }
                    f.write_str(&field.messages.join(" "))?;
                }
            }
        }
        write!(f, " (status {})", self.status.as_u16())
    }
}

impl fmt::Debug for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiError")
            .field("status", &self.status)
            .field("detail", &self.detail)
            .field("code", &self.code)
            .field("fields", &self.fields)
            .field("request_id", &self.request_id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> ApiError {
        ApiError::read(
            StatusCode::BAD_REQUEST,
            &HeaderMap::new(),
            Bytes::copy_from_slice(body.as_bytes()),
        )
    }

    fn fields(error: &ApiError) -> Vec<(&str, String)> {
        let fields = error.fields().iter();
        fields
            .map(|field| (field.path.as_str(), field.messages.join("|")))
            .collect()
    }

    #[test]
    fn every_shape_of_drf_is_read() {
        let error = read(
            r#"{"detail":"Given token not valid","code":"token_not_valid","messages":[{"token_class":"AccessToken","token_type":"access","message":"Token is expired"}]}"#,
        );
        assert_eq!(error.code(), Some("token_not_valid"));
        assert_eq!(error.token_messages()[0].message, "Token is expired");
        assert_eq!(error.to_string(), "Given token not valid (status 400)");
        assert!(error.fields().is_empty());

        let error = read(r#"{"title":["Blank.","Long."],"non_field_errors":["Bad."]}"#);
        assert_eq!(error.field("title"), ["Blank.", "Long."]);
        assert_eq!(error.to_string(), "title: Blank. Long.; Bad. (status 400)");

        let error = read(r#"{"a":{"b":["x"]},"c":[{},{"d":["y"]}],"e":"z"}"#);
        assert_eq!(
            fields(&error),
            [
                ("a.b", "x".into()),
                ("c.1.d", "y".into()),
                ("e", "z".into())
            ]
        );
        assert_eq!(fields(&read(r#"["one","two"]"#)), [("", "one|two".into())]);
        assert_eq!(
            fields(&read(r#"[{},{"title":["Blank."]}]"#)),
            [("1.title", "Blank.".into())]
        );
        assert_eq!(
            fields(&read(r#"{"detail":["a field of that name"]}"#)),
            [("detail", "a field of that name".into())]
        );
    }

    #[test]
    fn what_is_no_json_keeps_its_status_and_bytes() {
        let error = read("<h1>Bad Request (400)</h1>");
        assert_eq!(error.to_string(), "Bad Request (status 400)");
        assert_eq!(&error.raw()[..4], b"<h1>");
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, "7".parse().unwrap());
        assert_eq!(retry_after(&headers), Some(Duration::from_secs(7)));
        headers.insert(
            RETRY_AFTER,
            "Sun, 06 Nov 1994 08:49:47 GMT".parse().unwrap(),
        );
        assert_eq!(retry_after(&headers), None);
        headers.insert("date", "Sun, 06 Nov 1994 08:49:37 GMT".parse().unwrap());
        assert_eq!(retry_after(&headers), Some(Duration::from_secs(10)));
    }
}
