//! The key of the tokens' signatures: it knows its algorithm, signs with it and verifies by it.
//!
//! The cryptography is `aws-lc-rs`'s.

use std::fmt;

use aws_lc_rs::hmac;
use django::pyjwt::Header;
use secrecy::{ExposeSecret, SecretString};

use crate::settings::Algorithm;

/// A key that signs and verifies. Printed without the key.
pub(crate) struct SigningKey {
    /// What the tokens that it signs begin with.
    header: Header,
    /// With the hash begun, so that a signature costs no more than its text.
    key: hmac::Key,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.header.algorithm())
    }
}

impl SigningKey {
    /// A secret text for an algorithm with one key for both directions.
    pub(crate) fn secret(key: &SecretString, algorithm: Algorithm) -> Self {
        let (name, algorithm) = match algorithm {
            Algorithm::HS256 => ("HS256", hmac::HMAC_SHA256),
            Algorithm::HS384 => ("HS384", hmac::HMAC_SHA384),
            Algorithm::HS512 => ("HS512", hmac::HMAC_SHA512),
        };
        Self {
            header: Header::of(name),
            key: hmac::Key::new(algorithm, key.expose_secret().as_bytes()),
        }
    }

    /// The header of the tokens that it signs.
    pub(crate) fn header(&self) -> &Header {
        &self.header
    }

    /// The signature of `header.payload`.
    pub(crate) fn sign(&self, message: &str) -> hmac::Tag {
        hmac::sign(&self.key, message.as_bytes())
    }

    /// Whether this is the signature of `message`.
    pub(crate) fn verify(&self, signature: &[u8], message: &str) -> bool {
        hmac::verify(&self.key, message.as_bytes(), signature).is_ok()
    }
}
