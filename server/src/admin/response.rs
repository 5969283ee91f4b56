//! Answers of the admin: a page with its headers, or a redirect.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::cookies::http_date;
use crate::db::Moment;
use crate::http::error::Error;
use crate::http::html;

/// What a page may do: be shown with the site's own style and script, and send its forms to the site.
const CONTENT_SECURITY_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);

/// A page with its status.
pub(super) fn page_of(status: StatusCode, html: String) -> Response {
    let mut response = Response::new(Body::from(html));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    html::mark_as_page(headers);
    headers.insert(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
    response
}

/// To another page.
pub(super) fn redirect(to: &str) -> Response {
    let mut response = page_of(StatusCode::FOUND, String::new());
    match HeaderValue::try_from(to) {
        Ok(to) => response.headers_mut().insert(header::LOCATION, to),
        Err(error) => return Error::internal(error).into_response(),
    };
    response
}

/// `never_cache`, and what a page depends on.
pub(super) fn never_cache(headers: &mut HeaderMap, now: Moment) {
    let directives = "max-age=0, no-cache, no-store, must-revalidate, private";
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(directives));
    headers.insert(header::VARY, HeaderValue::from_static("Cookie"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    if let Ok(date) = HeaderValue::try_from(http_date(now)) {
        headers.insert(header::EXPIRES, date);
    }
}
