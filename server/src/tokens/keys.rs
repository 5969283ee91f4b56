//! The keys that sign and verify tokens, by family of algorithms.

use std::fmt;

use aws_lc_rs::hmac;
use jsonwebtoken::crypto;
use jsonwebtoken::{DecodingKey, EncodingKey};
use secrecy::{ExposeSecret, SecretString};

use crate::settings::{Algorithm, Seconds, SimpleJwt, Tokens};

/// The keys of one server and what its tokens are made with. Printed without the keys.
pub struct Keys {
    family: Family,
    pub(super) access_lifetime: Seconds,
    pub(super) refresh_lifetime: Seconds,
    /// Slack of `exp`, and of `nbf` and `iat` with the clocks' difference added.
    pub(super) leeway: i64,
    pub(super) future_leeway: i64,
}

/// A family decides how a key is given and what is kept of it.
enum Family {
    /// HS256, HS384, HS512: one key signs and verifies.
    Hmac {
        algorithm: jsonwebtoken::Algorithm,
        sign: EncodingKey,
        verify: DecodingKey,
    },
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({})", self.algorithm())
    }
}

impl Keys {
    pub(crate) fn new(key: &SecretString, jwt: &SimpleJwt, tokens: &Tokens) -> Self {
        let algorithm = match jwt.algorithm {
            Algorithm::HS256 => jsonwebtoken::Algorithm::HS256,
            Algorithm::HS384 => jsonwebtoken::Algorithm::HS384,
            Algorithm::HS512 => jsonwebtoken::Algorithm::HS512,
        };
        let key = key.expose_secret().as_bytes();
        Self {
            family: Family::Hmac {
                algorithm,
                sign: EncodingKey::from_secret(key),
                verify: DecodingKey::from_secret(key),
            },
            access_lifetime: jwt.access_token_lifetime,
            refresh_lifetime: jwt.refresh_token_lifetime,
            leeway: jwt.leeway.get(),
            future_leeway: jwt.leeway.get() + tokens.clock_slack.get(),
        }
    }

    /// The name of the algorithm in a token's header.
    pub(super) fn algorithm(&self) -> &'static str {
        let Family::Hmac { algorithm, .. } = &self.family;
        match algorithm {
            jsonwebtoken::Algorithm::HS384 => "HS384",
            jsonwebtoken::Algorithm::HS512 => "HS512",
            _ => "HS256",
        }
    }

    /// The signature of `header.payload` in base64url.
    pub(super) fn sign(&self, message: &str) -> Result<String, jsonwebtoken::errors::Error> {
        let Family::Hmac {
            algorithm, sign, ..
        } = &self.family;
        crypto::sign(message.as_bytes(), sign, *algorithm)
    }

    /// Whether `signature`, in base64url without padding, is that of `message`.
    pub(super) fn verify(&self, signature: &str, message: &str) -> bool {
        let Family::Hmac {
            algorithm, verify, ..
        } = &self.family;
        crypto::verify(signature, message.as_bytes(), verify, *algorithm).unwrap_or(false)
    }
}

/// What the database keeps of a key, to notice another one: an HMAC of a constant.
pub(crate) fn fingerprint(key: &SecretString) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.expose_secret().as_bytes());
    let tag = hmac::sign(&key, b"gatepost key fingerprint");
    crate::hex(tag.as_ref())
}
