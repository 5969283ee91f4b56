//! A request's path: decoded as Django decodes it, the key in it, and the redirect to its final slash.

use std::borrow::Cow;

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use percent_encoding::{
    AsciiSet, CONTROLS, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode,
};

use super::error::Error;
use super::html::{self, Bare};
use crate::db::Id;
use django::python::{self, Int};

/// The key in a path, as it stands there; `[^/.]+`.
#[derive(Clone)]
pub(crate) struct Pk(pub(crate) String);

impl Pk {
    /// The id that the text means to Python's `int()`.
    ///
    /// # Errors
    /// 404 where it means none, and where no row can have it.
    pub(crate) fn id(&self, nothing_found: fn() -> Error) -> Result<Id, Error> {
        match python::int(&self.0) {
            Some(Int::Fits(id)) => Ok(Id(id)),
            Some(Int::Beyond) => Err(nothing_found()),
            None => Err(Error::not_found()),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Pk {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        let pk = parts.extensions.get::<Self>().cloned();
        pk.ok_or_else(|| Error::internal("the route has no {pk}").into_response())
    }
}

/// Decodes percent-encoding; bytes that are not UTF-8 stay encoded.
pub(crate) fn decode(path: &str) -> Cow<'_, str> {
    if !path.contains('%') {
        return Cow::Borrowed(path);
    }
    let bytes: Vec<u8> = percent_decode_str(path).collect();
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push_str(percent_encoding::percent_encode_byte(*byte));
        }
    }
    Cow::Owned(text)
}

/// What `django.utils.encoding.escape_uri_path` leaves as it is.
const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b':')
    .remove(b'@')
    .remove(b'&')
    .remove(b'+')
    .remove(b'$')
    .remove(b',')
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// What `django.utils.encoding.iri_to_uri` encodes; the client's own percent signs stay.
const QUERY: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// Django's `APPEND_SLASH`: 301 to the same URL with its slash.
pub(crate) fn redirect(path: &str, query: Option<&str>) -> Response {
    let mut location = utf8_percent_encode(path, PATH).to_string();
    if let Some(query) = query.filter(|query| !query.is_empty()) {
        location.push('?');
        location.extend(utf8_percent_encode(query, QUERY));
    }
    let mut response = Response::new(html::without_length(Body::empty()));
    *response.status_mut() = StatusCode::MOVED_PERMANENTLY;
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    match HeaderValue::try_from(location) {
        Ok(location) => headers.insert(header::LOCATION, location),
        Err(error) => return Error::internal(error).into_response(),
    };
    response.extensions_mut().insert(Bare);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_utf_8_stays_encoded() {
        assert_eq!(decode("/api/%70osts/%2F%FF%C3%A9/"), "/api/posts//%FFé/");
    }

    #[test]
    fn a_redirect_quotes_what_is_not_safe() {
        let location = |path, query| {
            redirect(path, query).headers()[header::LOCATION]
                .to_str()
                .unwrap()
                .to_owned()
        };
        assert_eq!(
            location("/api/posts/1 é;=+/", Some("a=b c&d=%20")),
            "/api/posts/1%20%C3%A9%3B%3D+/?a=b%20c&d=%20"
        );
        assert_eq!(location("/api/posts/", Some("")), "/api/posts/");
    }
}
