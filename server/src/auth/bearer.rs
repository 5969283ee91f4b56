//! The token in a request's header, by AUTH_HEADER_NAME and AUTH_HEADER_TYPES.

use std::borrow::Cow;

use axum::http::{HeaderMap, HeaderValue};
use memchr::memchr2;

use crate::http::error::Error;
use crate::settings::SimpleJwt;

/// The token of `Authorization: Bearer TOKEN`, or of the header and schemes that AUTH_HEADER_NAME and
/// AUTH_HEADER_TYPES name.
pub(super) fn bearer<'h>(
    headers: &'h HeaderMap,
    jwt: &SimpleJwt,
) -> Result<Option<Cow<'h, str>>, Error> {
    let mut values = headers.get_all(&jwt.auth_header_name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(only), None) => token_of(only.as_bytes(), jwt),
        // repeated headers are one, joined by a comma
        (Some(first), Some(second)) => {
            let values = [first, second].into_iter().chain(values);
            let joined = values
                .map(HeaderValue::as_bytes)
                .collect::<Vec<_>>()
                .join(&b',');
            Ok(token_of(&joined, jwt)?.map(|token| token.into_owned().into()))
        }
    }
}

/// The second of a header's two words. Words are separated by ASCII white space; another scheme, or the same in other
/// letters, is nobody's.
fn token_of<'v>(value: &'v [u8], jwt: &SimpleJwt) -> Result<Option<Cow<'v, str>>, Error> {
    // no header holds other white space
    let end_of_word = |value: &[u8]| memchr2(b' ', b'\t', value);
    let value = value.trim_ascii();
    let (scheme, token) = value.split_at(end_of_word(value).unwrap_or(value.len()));
    if !(jwt.auth_header_types.iter()).any(|known| known.as_bytes() == scheme) {
        return Ok(None);
    }
    let token = token.trim_ascii_start();
    if token.is_empty() || end_of_word(token).is_some() {
        return Err(Error::bad_authorization_header());
    }
    // what is not ASCII is in no token; and of two ways to read what is, this is the fast one
    Ok(Some(match str::from_utf8(token) {
        Ok(token) => token.into(),
        Err(_) => String::from_utf8_lossy(token),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    fn with(settings: &str, name: &'static str, values: &[&str]) -> Result<Option<String>, ()> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(name, value.parse().unwrap());
        }
        let jwt = Settings::from_toml(settings).unwrap().simple_jwt;
        let token = bearer(&headers, &jwt).map_err(drop)?;
        Ok(token.map(Cow::into_owned))
    }

    fn of(values: &[&str]) -> Result<Option<String>, ()> {
        with("", "authorization", values)
    }

    #[test]
    fn header_and_schemes_are_settings() {
        let x = || Ok(Some("x".to_owned()));
        let types = "simple_jwt.auth_header_types = ['JWT', 'Bearer']";
        assert_eq!(with(types, "authorization", &["Bearer x"]), x());
        assert_eq!(with(types, "authorization", &["JWT x"]), x());
        assert_eq!(with(types, "authorization", &["jwt x"]), Ok(None));
        let name = "simple_jwt.auth_header_name = 'HTTP_X_ACCESS_TOKEN'";
        assert_eq!(with(name, "x-access-token", &["Bearer x"]), x());
        assert_eq!(with(name, "x-access-token", &["x"]), Ok(None));
        assert_eq!(with(name, "authorization", &["Bearer x"]), Ok(None));
    }

    #[test]
    fn a_bearer_header_has_two_words() {
        assert_eq!(of(&[]), Ok(None));
        assert_eq!(of(&[""]), Ok(None));
        assert_eq!(of(&["bearer x"]), Ok(None));
        assert_eq!(of(&["Bearer  x\t"]), Ok(Some("x".to_owned())));
        assert_eq!(of(&["Bearer"]), Err(()));
        assert_eq!(of(&["Bearer x y"]), Err(()));
        assert_eq!(of(&["Bearer x", "Bearer y"]), Err(()));
    }
}
