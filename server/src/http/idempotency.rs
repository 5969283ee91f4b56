//! The key by which a client asks for the same once more, and what an answer says of that.

use axum::http::HeaderMap;

/// `true`: this answer was given before. `late`: the right key, but the successor is used already.
pub(crate) const REPLAYED: &str = "idempotency-replayed";

/// The `Idempotency-Key` of a request; none where it is absent, longer than 255 characters or not visible ASCII.
pub(crate) fn key(headers: &HeaderMap) -> Option<&str> {
    let key = headers.get("idempotency-key")?.to_str().ok()?;
    let is_key = (1..=255).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
    is_key.then_some(key)
}
