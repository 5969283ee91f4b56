//! The key of the tokens' signatures: it knows its algorithm, signs with it and verifies by it.
//!
//! The cryptography is `jsonwebtoken`'s.

use std::fmt;

use jsonwebtoken::crypto;
use jsonwebtoken::errors::Error;
use jsonwebtoken::{DecodingKey, EncodingKey};
use secrecy::{ExposeSecret, SecretString};

use crate::settings::Algorithm;

/// A key that signs and verifies. Printed without the key.
pub(crate) struct SigningKey {
    /// What a token's header calls the algorithm.
    name: &'static str,
    algorithm: jsonwebtoken::Algorithm,
    sign: EncodingKey,
    verify: DecodingKey,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.name)
    }
}

impl SigningKey {
    /// A secret text for an algorithm with one key for both directions.
    pub(crate) fn secret(key: &SecretString, algorithm: Algorithm) -> Self {
        let (name, algorithm) = match algorithm {
            Algorithm::HS256 => ("HS256", jsonwebtoken::Algorithm::HS256),
            Algorithm::HS384 => ("HS384", jsonwebtoken::Algorithm::HS384),
            Algorithm::HS512 => ("HS512", jsonwebtoken::Algorithm::HS512),
        };
        let key = key.expose_secret().as_bytes();
        Self {
            name,
            algorithm,
            sign: EncodingKey::from_secret(key),
            verify: DecodingKey::from_secret(key),
        }
    }

    /// The name of the algorithm in a token's header.
    pub(crate) fn algorithm(&self) -> &'static str {
        self.name
    }

    /// The signature of `header.payload` in base64url.
    pub(crate) fn sign(&self, message: &str) -> Result<String, Error> {
        crypto::sign(message.as_bytes(), &self.sign, self.algorithm)
    }

    /// Whether `signature`, in base64url without padding, is that of `message`.
    pub(crate) fn verify(&self, signature: &str, message: &str) -> bool {
        crypto::verify(signature, message.as_bytes(), &self.verify, self.algorithm).unwrap_or(false)
    }
}
