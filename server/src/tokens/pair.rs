//! The answer that carries tokens.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;

use crate::web::json::write_texts;
use crate::web::view::json;

/// Names what this server does for clients beyond Django, see `docs/deviations.md`.
pub(super) const FEATURES: &str = "gatepost-features";
/// Says that an answer is one that was given before, or that it would have been.
pub(super) const REPLAYED: &str = "idempotency-replayed";

/// `{"name":"token",…}` in this order, never to be kept by a cache.
pub(super) fn answer(tokens: &[(&str, &str)]) -> Response {
    let mut body = Vec::with_capacity(600);
    body.push(b'{');
    write_texts(&mut body, tokens);
    body.push(b'}');
    let mut response = json(StatusCode::OK, body);
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Says that a refresh may be repeated with its key.
pub(super) fn with_features(mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(FEATURES, HeaderValue::from_static("refresh-idempotency"));
    response
}
