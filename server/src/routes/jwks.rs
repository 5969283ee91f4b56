//! `/.well-known/jwks.json`: the public keys by which others verify the tokens (RFC 7517).

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use crate::app::App;

pub(super) const JWKS: &str = "/.well-known/jwks.json";

/// For how many seconds others may keep the set: as long as PyJWT's client does by itself.
const MAX_AGE: &str = "public, max-age=300";

/// `GET /.well-known/jwks.json`, where there is a key pair.
pub(crate) async fn get(State(app): State<App>) -> Response {
    let keys = app.tokens().jwks(app.clock().now());
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/jwk-set+json"),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static(MAX_AGE)),
    ];
    (headers, keys).into_response()
}
