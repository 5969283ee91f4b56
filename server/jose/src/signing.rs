//! A key that signs: a secret text or a private key, for one algorithm.

use std::fmt;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{EcdsaKeyPair, Ed25519KeyPair, RsaKeyPair, RsaSignatureEncoding};
use pem::{EncodeConfig, LineEnding, Pem};

use crate::algorithm::{Algorithm, Kind, Refusal};
use crate::pems::{self, Private};
use crate::public::PublicKey;
use crate::thumbprint::secret_thumbprint;

/// A key that signs. Printed without the key.
pub struct SigningKey {
    algorithm: Algorithm,
    key: Key,
}

enum Key {
    /// With the hash begun, so that a signature costs no more than its text.
    Secret(Box<hmac::Key>, String),
    Private(Private),
}

/// A signature, in the form of RFC 7518.
pub enum Signature {
    /// Of HMAC.
    Tag(hmac::Tag),
    /// Of a private key.
    Bytes(Vec<u8>),
}

impl AsRef<[u8]> for Signature {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Tag(tag) => tag.as_ref(),
            Self::Bytes(bytes) => bytes,
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.algorithm)
    }
}

impl SigningKey {
    /// A secret text.
    ///
    /// # Errors
    /// The algorithm takes a private key.
    pub fn from_secret(algorithm: Algorithm, secret: &[u8]) -> Result<Self, Refusal> {
        let hmac = algorithm.hmac().ok_or_else(|| {
            format!(
                "{algorithm} takes no secret text; write {}",
                algorithm.kind()
            )
        })?;
        let hmac = Box::new(hmac::Key::new(hmac, secret));
        let key = Key::Secret(hmac, secret_thumbprint(secret));
        Ok(Self { algorithm, key })
    }

    /// A private key in PEM.
    ///
    /// # Errors
    /// The text is none, or one of another algorithm.
    pub fn from_pem(algorithm: Algorithm, text: &str) -> Result<Self, Refusal> {
        let key = pems::private(text)?;
        let (is, wanted) = (key.kind(), algorithm.kind());
        if is != wanted {
            return Err(format!("it is {is}; {algorithm} takes {wanted}"));
        }
        let key = Key::Private(key);
        Ok(Self { algorithm, key })
    }

    /// What it signs by.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The key that verifies what this one signs; none of a secret text.
    pub fn public(&self) -> Option<PublicKey> {
        match &self.key {
            Key::Secret(..) => None,
            Key::Private(key) => key.public(),
        }
    }

    /// The thumbprint of RFC 7638.
    pub fn thumbprint(&self) -> String {
        match &self.key {
            Key::Secret(_, thumbprint) => thumbprint.clone(),
            Key::Private(key) => key.public().map(|key| key.thumbprint()).unwrap_or_default(),
        }
    }

    /// Signs a text.
    ///
    /// # Errors
    /// The library failed, for want of memory or of randomness.
    pub fn sign(&self, text: &[u8]) -> Result<Signature, aws_lc_rs::error::Unspecified> {
        let random = SystemRandom::new();
        Ok(match &self.key {
            Key::Secret(key, _) => Signature::Tag(hmac::sign(key, text)),
            Key::Private(Private::Rsa(pair)) => {
                let (encoding, _): (&'static RsaSignatureEncoding, _) =
                    self.algorithm.rsa().ok_or(aws_lc_rs::error::Unspecified)?;
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(encoding, &random, text, &mut signature)?;
                Signature::Bytes(signature)
            }
            Key::Private(Private::Ec(_, pair)) => {
                Signature::Bytes(pair.sign(&random, text)?.as_ref().to_vec())
            }
            Key::Private(Private::Ed25519(pair)) => {
                Signature::Bytes(pair.try_sign(text)?.as_ref().to_vec())
            }
        })
    }

    /// Whether this is the signature of a text, by a secret text; a private key verifies nothing.
    pub(crate) fn hmac(&self) -> Option<&hmac::Key> {
        match &self.key {
            Key::Secret(key, _) => Some(key),
            Key::Private(_) => None,
        }
    }
}

/// A new private key in PEM (PKCS#8): of RSA with 3072 bits.
///
/// # Errors
/// The algorithm has no private keys, or the library failed.
pub fn generate(algorithm: Algorithm) -> Result<String, Refusal> {
    let failed = |_| "no random number could be had".to_owned();
    let der: Vec<u8> = match algorithm.kind() {
        Kind::Secret => return Err(format!("{algorithm} takes a secret text")),
        Kind::Rsa => {
            let pair = RsaKeyPair::generate(KeySize::Rsa3072).map_err(failed)?;
            pair.as_der().map_err(failed)?.as_ref().to_vec()
        }
        Kind::Ec(curve) => {
            let pair = EcdsaKeyPair::generate(curve.signing()).map_err(failed)?;
            pair.to_pkcs8v1().map_err(failed)?.as_ref().to_vec()
        }
        Kind::Ed25519 => {
            let pair = Ed25519KeyPair::generate().map_err(failed)?;
            pair.to_pkcs8v1().map_err(failed)?.as_ref().to_vec()
        }
    };
    let config = EncodeConfig::new().set_line_ending(LineEnding::LF);
    Ok(pem::encode_config(&Pem::new("PRIVATE KEY", der), config))
}
