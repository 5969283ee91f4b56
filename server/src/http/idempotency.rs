//! The key by which a client asks for the same once more, and what an answer says of that.

use axum::http::{HeaderMap, StatusCode};

use super::error::Error;

/// `true`: this answer was given before. `late`: the right key, but the successor is used already.
pub(crate) const REPLAYED: &str = "idempotency-replayed";

/// The header that holds it.
const KEY: &str = "idempotency-key";

/// The `Idempotency-Key` of a request; none where it is absent, given twice, longer than 255 characters or not visible ASCII.
pub(crate) fn key(headers: &HeaderMap) -> Option<&str> {
    let mut given = headers.get_all(KEY).iter();
    // of two, as of two in a line, none counts
    let (Some(key), None) = (given.next(), given.next()) else {
        return None;
    };
    let key = key.to_str().ok()?;
    let is_key = (1..=255).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
    is_key.then_some(key)
}

/// The key of a request that must not be done twice.
///
/// # Errors
/// 400 for one that does not count: whoever sends it would be wrong about that.
pub(crate) fn checked(headers: &HeaderMap) -> Result<Option<&str>, Error> {
    match key(headers) {
        None if headers.contains_key(KEY) => Err(Error::Detail(
            StatusCode::BAD_REQUEST,
            "An Idempotency-Key has 1 to 255 visible ASCII characters, and no blanks.".into(),
        )),
        key => Ok(key),
    }
}
