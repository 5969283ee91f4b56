//! The `Idempotency-Key` of a refresh: chosen by the client before it sends, kept as a hash.

use std::convert::Infallible;

use aws_lc_rs::digest::{SHA256, digest};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;

/// The header's value, or none where it is absent, longer than 255 characters or not visible ASCII.
pub(crate) struct IdempotencyKey(Option<String>);

impl IdempotencyKey {
    /// Whether the request's key arrived.
    pub(super) fn is_shown(&self) -> bool {
        self.0.is_some()
    }

    /// SHA-256 over the presented token's id and the key, in hexadecimal.
    pub(super) fn hash(&self, jti: &str) -> Option<String> {
        let key = self.0.as_ref()?;
        let both = [jti.as_bytes(), key.as_bytes()].concat();
        Some(hex::encode(digest(&SHA256, &both)))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let value = parts
            .headers
            .get("idempotency-key")
            .and_then(|value| value.to_str().ok());
        let is_key = |key: &&str| {
            (1..=255).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
        };
        Ok(Self(value.filter(is_key).map(str::to_owned)))
    }
}
