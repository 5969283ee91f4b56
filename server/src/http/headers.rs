//! The headers that Django's middlewares give an answer, and the answer that they give themselves.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;

use super::html;
use crate::settings::Server;

const CROSS_ORIGIN_OPENER_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-opener-policy");

/// Django refuses a host before the middlewares that give an answer its frame options and its length.
pub(crate) fn refused_host(hsts: Option<&HeaderValue>) -> Response {
    let response = html::django(StatusCode::BAD_REQUEST);
    let mut response = response.map(html::without_length);
    finish_security(response.headers_mut(), hsts);
    response
}

/// The headers of Django's own pages and redirects.
pub(crate) fn finish_bare(mut response: Response, hsts: Option<&HeaderValue>) -> Response {
    // a redirect passes Django's middlewares before the one that adds this
    if !response.status().is_redirection() {
        response
            .headers_mut()
            .insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    }
    finish_security(response.headers_mut(), hsts);
    response
}

/// What SECURE_HSTS_SECONDS and the two beside it put on what is answered over TLS.
pub(crate) fn hsts(server: &Server) -> Option<HeaderValue> {
    let seconds = server.hsts.get();
    let mut value = format!("max-age={seconds}");
    for (is_set, directive) in [
        (server.hsts_include_subdomains, "; includeSubDomains"),
        (server.hsts_preload, "; preload"),
    ] {
        if is_set {
            value.push_str(directive);
        }
    }
    (seconds > 0).then(|| HeaderValue::try_from(value).ok())?
}

/// Those of Django's SecurityMiddleware, which every answer has.
pub(crate) fn finish_security(headers: &mut HeaderMap, hsts: Option<&HeaderValue>) {
    if let Some(hsts) = hsts {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, hsts.clone());
    }
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
