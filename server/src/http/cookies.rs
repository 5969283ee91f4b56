//! Cookies that a request comes with.

use axum::http::{HeaderMap, header};

/// The value of a cookie. Of several, the one that the browser holds to be meant for this path most, which is the first
/// that holds something.
pub(crate) fn find(headers: &HeaderMap, name: &str) -> Option<String> {
    let sent = headers.get_all(header::COOKIE).iter();
    let pairs = sent.flat_map(|value| value.as_bytes().split(|byte| *byte == b';'));
    let mut values = pairs.filter_map(|pair| {
        let at = pair.iter().position(|byte| *byte == b'=')?;
        (pair[..at].trim_ascii() == name.as_bytes()).then(|| unquoted(pair[at + 1..].trim_ascii()))
    });
    let value = values.find(|value| !value.is_empty())?;
    // no token has other bytes, and what is none is refused as any other text
    Some(String::from_utf8_lossy(value).into_owned())
}

fn unquoted(value: &[u8]) -> &[u8] {
    let inner = value
        .strip_prefix(b"\"")
        .and_then(|value| value.strip_suffix(b"\""));
    inner.unwrap_or(value)
}
