//! A key that verifies: a secret text or a public key, for one algorithm.

use std::fmt;

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{ED25519, ParsedPublicKey, RsaPublicKeyComponents};

use crate::algorithm::{Algorithm, Kind, Refusal};
use crate::pems;
use crate::public::{NO_KEY, PublicKey};
use crate::signing::SigningKey;

/// A key that verifies. Printed without the key.
pub struct VerifyingKey {
    algorithm: Algorithm,
    key: Key,
}

enum Key {
    Secret(Box<hmac::Key>),
    Public(ParsedPublicKey),
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({})", self.algorithm)
    }
}

impl PublicKey {
    /// A public key in PEM or in SSH's line. A private key stands for its public one where PyJWT takes it so.
    ///
    /// # Errors
    /// The text is none, or one of another algorithm.
    pub fn from_pem(algorithm: Algorithm, text: &str) -> Result<Self, Refusal> {
        let mut read = pems::public(text);
        if algorithm.kind() != Kind::Rsa
            && let Err(why) = &read
            && let Some(public) = pems::private(text).ok().and_then(|key| key.public())
        {
            debug_assert!(!why.is_empty());
            read = Ok(public);
        }
        let key = read?;
        key.check(algorithm)?;
        Ok(key)
    }

    /// Whether an algorithm takes it.
    ///
    /// # Errors
    /// It is of another algorithm, or too short.
    pub fn check(&self, algorithm: Algorithm) -> Result<(), Refusal> {
        VerifyingKey::new(algorithm, self).map(drop)
    }
}

impl VerifyingKey {
    /// A public key.
    ///
    /// # Errors
    /// It is of another algorithm, too short, or no point of its curve.
    pub fn new(algorithm: Algorithm, key: &PublicKey) -> Result<Self, Refusal> {
        let (is, wanted) = (key.kind(), algorithm.kind());
        if is != wanted {
            return Err(format!("it is {is}; {algorithm} takes {wanted}"));
        }
        let parsed = match key {
            PublicKey::Rsa { n, e } => {
                match PublicKey::bits(n) {
                    0..2048 => return Err(pems::TOO_SHORT.to_owned()),
                    2048..=8192 => {}
                    _ => return Err(pems::TOO_LONG.to_owned()),
                }
                let numbers = RsaPublicKeyComponents { n, e };
                let parameters = algorithm.rsa().map(|(_, parameters)| parameters);
                parameters.and_then(|parameters| numbers.to_parsed_public_key(parameters).ok())
            }
            PublicKey::Ec { curve, x, y } => {
                let point = [&[4], x.as_slice(), y].concat();
                ParsedPublicKey::new(curve.verifying(), point).ok()
            }
            PublicKey::Ed25519(key) if key.len() == 32 => ParsedPublicKey::new(&ED25519, key).ok(),
            PublicKey::Ed25519(_) => None,
        };
        let key = Key::Public(parsed.ok_or(NO_KEY)?);
        Ok(Self { algorithm, key })
    }

    /// The key that verifies what another one signs.
    ///
    /// # Errors
    /// A private key of which no public one can be made.
    pub fn of(key: &SigningKey) -> Result<Self, Refusal> {
        let algorithm = key.algorithm();
        if let Some(key) = key.hmac() {
            let key = Key::Secret(Box::new(key.clone()));
            return Ok(Self { algorithm, key });
        }
        Self::new(algorithm, &key.public().ok_or(NO_KEY)?)
    }

    /// What it verifies.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Whether this is the signature of a text.
    pub fn verify(&self, text: &[u8], signature: &[u8]) -> bool {
        match &self.key {
            Key::Secret(key) => hmac::verify(key, text, signature).is_ok(),
            Key::Public(key) => key.verify_sig(text, signature).is_ok(),
        }
    }
}
