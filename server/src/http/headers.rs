//! The headers that Django's middlewares give an answer, and the answer that they give themselves.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;

use super::html;

const CROSS_ORIGIN_OPENER_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-opener-policy");

/// Django refuses a host before the middlewares that give an answer its frame options and its length.
pub(crate) fn refused_host() -> Response {
    let response = html::django(StatusCode::BAD_REQUEST);
    let mut response = response.map(html::without_length);
    finish_security(response.headers_mut());
    response
}

/// The headers of Django's own pages and redirects.
pub(crate) fn finish_bare(mut response: Response) -> Response {
    // a redirect passes Django's middlewares before the one that adds this
    if !response.status().is_redirection() {
        response
            .headers_mut()
            .insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    }
    finish_security(response.headers_mut());
    response
}

/// The last three, which every answer has.
pub(crate) fn finish_security(headers: &mut HeaderMap) {
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("same-origin"),
    );
    headers.insert(
        CROSS_ORIGIN_OPENER_POLICY,
        HeaderValue::from_static("same-origin"),
    );
}
