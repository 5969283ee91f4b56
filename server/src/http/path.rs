//! A request's path: below the root path, decoded as Django decodes it, the key in it, and the redirect to its final slash.

use std::borrow::Cow;

use axum::body::Body;
use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, Uri, header};
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

/// The request as if the service were at the root, whether or not a proxy has taken `server.root_path` off.
pub(crate) fn below(root: &str, mut request: Request) -> Request {
    if let Some(uri) = without(root, request.uri()) {
        *request.uri_mut() = uri;
    }
    request
}

fn without(root: &str, uri: &Uri) -> Option<Uri> {
    if root.is_empty() {
        return None;
    }
    let rest = uri.path_and_query()?.as_str().strip_prefix(root)?;
    let rest = match rest.bytes().next() {
        Some(b'/') => rest.to_owned(),
        None | Some(b'?') => format!("/{rest}"),
        // such as /services below /service
        Some(_) => return None,
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(rest.parse().ok()?);
    Uri::from_parts(parts).ok()
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

/// What Python's `urlencode` leaves as it is, with `safe="/"`.
const PARAMETER: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// A path as it stands in a link.
pub(crate) fn quoted(path: &str) -> String {
    utf8_percent_encode(path, PATH).to_string()
}

/// A query that a client sent, as it stands in a link.
pub(crate) fn quoted_query(query: &str) -> String {
    utf8_percent_encode(query, QUERY).to_string()
}

/// A path as the value of a parameter.
pub(crate) fn quoted_parameter(path: &str) -> String {
    utf8_percent_encode(path, PARAMETER).to_string()
}

/// Django's `APPEND_SLASH`: 301 to the same URL with its slash, below the root path.
pub(crate) fn redirect(root: &str, path: &str, query: Option<&str>) -> Response {
    let mut location = root.to_owned();
    location.extend(utf8_percent_encode(path, PATH));
    if let Some(query) = query.filter(|query| !query.is_empty()) {
        location.push('?');
        location.extend(utf8_percent_encode(query, QUERY));
    }
    let mut response = Response::new(html::without_length(Body::empty()));
    *response.status_mut() = StatusCode::MOVED_PERMANENTLY;
    let headers = response.headers_mut();
    html::mark_as_page(headers);
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
            redirect("", path, query).headers()[header::LOCATION]
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

    #[test]
    fn the_root_path_is_taken_off_where_it_is_there() {
        let below = |uri: &str| {
            let request = Request::builder().uri(uri).body(Body::empty()).unwrap();
            below("/a/b", request).uri().to_string()
        };
        for (uri, wanted) in [
            ("/a/b/api/posts/?x=/a/b", "/api/posts/?x=/a/b"),
            ("http://host/a/b/api/", "http://host/api/"),
            ("/a/b", "/"),
            ("/a/b?x", "/?x"),
            ("/a/b/a/b/", "/a/b/"),
            ("/api/posts/", "/api/posts/"),
            ("/a/bc/", "/a/bc/"),
            ("/a/", "/a/"),
            ("/", "/"),
        ] {
            assert_eq!(below(uri), wanted, "{uri}");
        }
    }
}
