//! Requests that are refused as such, before any route is looked for.

use axum::extract::Request;
use axum::http::{StatusCode, Version, header};

use crate::app::App;
use crate::http::error::Error;

/// How many fields a head may have; hyper counts those of HTTP/1.
const MOST_FIELDS: usize = 100;

/// What is wrong with a request as such, which no route has to do with. One that a program asks itself needs no host.
pub(super) fn malformed(app: &App, request: &Request, has_peer: bool) -> Option<Error> {
    let (headers, uri) = (request.headers(), request.uri());
    let url = uri.path_and_query().map_or(0, |url| url.as_str().len());
    if url > app.intake().longest_url {
        return Some(Error::Page(StatusCode::URI_TOO_LONG));
    }
    // hyper reads a little more of a head than it may be long
    let fields = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len());
    let head = url + fields.sum::<usize>();
    let is_long = u64::try_from(head).is_ok_and(|head| head > app.settings().limits.head.get());
    if is_long || headers.len() > MOST_FIELDS {
        return Some(Error::Page(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE));
    }
    let codings = headers.get_all(header::TRANSFER_ENCODING);
    let is_chunked = |coding: &[u8]| coding.eq_ignore_ascii_case(b"chunked");
    // in lines of their own or in one: a proxy may have read such a body otherwise
    let named = codings
        .iter()
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b','));
    if named
        .filter(|coding| is_chunked(coding.trim_ascii()))
        .count()
        > 1
    {
        return Some(Error::refused(
            "the request is chunked more than once (RFC 9112, 6.1)",
        ));
    }
    if !codings.iter().all(|line| is_chunked(line.as_bytes())) {
        return Some(Error::Page(StatusCode::NOT_IMPLEMENTED));
    }
    let has_host = headers.contains_key(header::HOST) || uri.authority().is_some();
    let needs_host = has_peer && request.version() == Version::HTTP_11;
    (needs_host && !has_host).then(|| Error::refused("the request names no host (RFC 9112, 3.2)"))
}
