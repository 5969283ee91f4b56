//! Tokens as values that can't be printed, and what their claims say without being verified.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::clock::Millis;

/// An access token: what is sent in the `Authorization` header.
///
/// It has no `Display`, and `Debug` shows only its id; [`AccessToken::expose`] gives the text.
#[derive(Clone)]
pub struct AccessToken(SecretString);

impl AccessToken {
    /// The token that this text is. It is not verified.
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// The token's text, for handing it to another program.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Seconds after 1970 at which it expires by the server's clock; `None` where it does not say.
    pub fn expires_at(&self) -> Option<i64> {
        self.claims().exp()
    }

    /// Whose it is: the claim `user_id`, which is SimpleJWT's default for USER_ID_CLAIM; `None` where it has none. It is
    /// not verified.
    pub fn user_id(&self) -> Option<String> {
        match self.claims().user_id? {
            serde_json::Value::String(id) => Some(id),
            serde_json::Value::Number(id) => Some(id.to_string()),
            _ => None,
        }
    }

    pub(crate) fn claims(&self) -> Claims {
        Claims::of(&self.0)
    }

    /// A header value that is marked as a secret, so that no log shows it.
    pub(crate) fn header(&self, scheme: &str) -> Option<HeaderValue> {
        let mut value = HeaderValue::from_str(&format!("{scheme} {}", self.expose())).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

impl From<SecretString> for AccessToken {
    fn from(token: SecretString) -> Self {
        Self(token)
    }
}

impl PartialEq for AccessToken {
    /// Whether the texts are the same. Both are the client's own, so time tells nobody anything.
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for AccessToken {}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccessToken({})", fingerprint(&self.0))
    }
}

/// Eight hexadecimal digits that tell tokens apart in a log and give nothing away.
pub(crate) fn fingerprint(token: &SecretString) -> String {
    let digest =
        aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, token.expose_secret().as_bytes());
    hex(&digest.as_ref()[..4])
}

/// Bytes in lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The claims of a token, unverified: good for guessing when it expires, never for a decision about rights.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Claims {
    #[serde(default)]
    exp: Option<serde_json::Number>,
    #[serde(default)]
    jti: Option<String>,
    #[serde(default)]
    token_type: Option<String>,
    #[serde(default)]
    user_id: Option<serde_json::Value>,
}

impl Claims {
    pub(crate) fn of(token: &SecretString) -> Self {
        let mut parts = token.expose_secret().split('.');
        let payload = parts.nth(1).unwrap_or_default().trim_end_matches('=');
        let json = URL_SAFE_NO_PAD.decode(payload).unwrap_or_default();
        serde_json::from_slice(&json).unwrap_or_default()
    }

    /// Seconds after 1970.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a float is cut, as by the server"
    )]
    pub(crate) fn exp(&self) -> Option<i64> {
        let exp = self.exp.as_ref()?;
        exp.as_i64().or_else(|| exp.as_f64().map(|exp| exp as i64))
    }

    /// The same in milliseconds.
    pub(crate) fn exp_millis(&self) -> Option<Millis> {
        self.exp().map(|exp| exp.saturating_mul(1000))
    }

    pub(crate) fn is_refresh(&self) -> bool {
        self.token_type.as_deref() == Some("refresh")
    }

    pub(crate) fn jti(&self) -> Option<&str> {
        self.jti.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(payload: &str) -> AccessToken {
        AccessToken::new(format!("e30.{}.sig", URL_SAFE_NO_PAD.encode(payload)))
    }

    #[test]
    fn claims_are_read_where_they_can_be() {
        let claims = token(r#"{"exp":1800000000,"jti":"abc"}"#).claims();
        assert_eq!(
            (claims.exp(), claims.jti()),
            (Some(1_800_000_000), Some("abc"))
        );
        assert_eq!(
            token(r#"{"exp":1800000000.9}"#).claims().exp(),
            Some(1_800_000_000)
        );
        for nonsense in ["", "a", "a.b", "a.%%%.c", "..", "e30.bm8.x"] {
            let claims = AccessToken::new(nonsense).claims();
            assert_eq!((claims.exp(), claims.jti()), (None, None), "{nonsense}");
        }
        assert_eq!(
            token(r#"{"exp":9e300}"#).claims().exp_millis(),
            Some(i64::MAX)
        );
    }

    #[test]
    fn nothing_prints_a_token() {
        let token = AccessToken::new("e30.e30.secret-signature");
        let header = token.header("Bearer").unwrap();
        assert!(header.is_sensitive());
        assert_eq!(header.as_bytes(), b"Bearer e30.e30.secret-signature");
        assert!(!format!("{token:?} {header:?}").contains("secret"));
    }
}
