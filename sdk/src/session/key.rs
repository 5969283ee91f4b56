//! The secret of a session and the key that each refresh is sent with.
//!
//! The key is made of the secret, which never leaves the machine, and of the refresh token that is exchanged. So a
//! refresh that was cut off anywhere is repeated with the same key by whoever finds the old token in the store,
//! without a note having been written, and a thief who has the token alone can't make the key.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};

use crate::error::{Error, Result};
use crate::random;
use crate::token::Claims;

const PURPOSE: &[u8] = b"gatepost-refresh-v1";
const KEY_LENGTH: usize = 22;

/// 128 random bits as text.
pub(crate) fn new_secret() -> Result<SecretString> {
    let bytes = random::bytes::<16>()
        .map_err(|_| Error::config("the operating system gives no random numbers"))?;
    Ok(SecretString::from(URL_SAFE_NO_PAD.encode(bytes)))
}

/// The `Idempotency-Key` of exchanging this refresh token: over its `jti`, since a server may sign the same claims
/// to another text, or over the whole where it has none.
pub(crate) fn refresh_key(secret: &SecretString, refresh: &SecretString) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes());
    let claims = Claims::of(refresh);
    let subject = claims.jti().unwrap_or(refresh.expose_secret());
    let mut context = hmac::Context::with_key(&key);
    context.update(PURPOSE);
    context.update(subject.as_bytes());
    let mut text = URL_SAFE_NO_PAD.encode(context.sign());
    text.truncate(KEY_LENGTH);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(payload: &str, signature: &str) -> SecretString {
        let payload = URL_SAFE_NO_PAD.encode(payload);
        SecretString::from(format!("e30.{payload}.{signature}"))
    }

    #[test]
    fn the_key_is_of_the_secret_and_the_jti() {
        let secret = SecretString::from("AAAAAAAAAAAAAAAAAAAAAA");
        let key = refresh_key(&secret, &token(r#"{"jti":"abc","exp":1}"#, "x"));
        // python3: base64.urlsafe_b64encode(hmac.digest(b"A"*22, b"gatepost-refresh-v1abc", "sha256"))[:22]
        assert_eq!(key, "kM40rwRomAv4bDIcss79kd");
        assert_eq!(
            key,
            refresh_key(&secret, &token(r#"{"jti":"abc","exp":2}"#, "y"))
        );
        assert_ne!(key, refresh_key(&secret, &token(r#"{"jti":"abd"}"#, "x")));
        assert_ne!(
            key,
            refresh_key(&new_secret().unwrap(), &token(r#"{"jti":"abc"}"#, "x"))
        );
        assert_ne!(
            refresh_key(&secret, &token("{}", "x")),
            refresh_key(&secret, &token("{}", "y"))
        );
    }

    #[test]
    fn secrets_differ() {
        let (one, other) = (new_secret().unwrap(), new_secret().unwrap());
        assert_eq!(one.expose_secret().len(), 22);
        assert_ne!(one.expose_secret(), other.expose_secret());
    }
}
