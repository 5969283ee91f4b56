//! A public key as its numbers: what all its written forms have in common.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::signature::{
    ED25519, EcdsaKeyPair, Ed25519KeyPair, KeyPair, ParsedPublicKey, RsaKeyPair,
    RsaSubjectPublicKey,
};

use crate::algorithm::{Curve, Kind, Refusal};
use crate::der;

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicKey {
    /// RSA: modulus and exponent, without leading zeros.
    Rsa {
        /// The modulus.
        n: Vec<u8>,
        /// The exponent.
        e: Vec<u8>,
    },
    /// A point of a curve, both coordinates at their full width.
    Ec {
        /// Which curve.
        curve: Curve,
        /// The first coordinate.
        x: Vec<u8>,
        /// The second.
        y: Vec<u8>,
    },
    /// Ed25519.
    Ed25519(Vec<u8>),
}

impl PublicKey {
    /// Of which algorithms.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Rsa { .. } => Kind::Rsa,
            Self::Ec { curve, .. } => Kind::Ec(*curve),
            Self::Ed25519(_) => Kind::Ed25519,
        }
    }

    /// How many bits an RSA modulus has.
    pub(crate) fn bits(n: &[u8]) -> usize {
        let zeros = n.first().map_or(0, |byte| byte.leading_zeros() as usize);
        n.len() * 8 - zeros
    }

    /// Of a `SubjectPublicKeyInfo` (RFC 5280).
    pub(crate) fn from_spki(spki: &[u8]) -> Result<Self, Refusal> {
        for curve in Curve::ALL {
            if let Ok(key) = ParsedPublicKey::new(curve.verifying(), spki) {
                let whole = key.as_der().map_err(|_| NO_KEY)?;
                return Self::of_point(curve, whole.as_ref());
            }
        }
        if ParsedPublicKey::new(&ED25519, spki).is_ok() {
            // its last 32 bytes are the key
            let at = spki.len().saturating_sub(32);
            return Ok(Self::Ed25519(spki[at..].to_vec()));
        }
        Self::from_rsa(spki)
    }

    /// Of an `RSAPublicKey` (RFC 8017).
    pub(crate) fn from_rsa(der: &[u8]) -> Result<Self, Refusal> {
        let key = RsaSubjectPublicKey::from_der(der).map_err(|_| NO_KEY)?;
        Self::of_rsa(&key).ok_or_else(|| NO_KEY.to_owned())
    }

    fn of_rsa(key: &RsaSubjectPublicKey) -> Option<Self> {
        let (n, e) = der::rsa_numbers(key.as_ref())?;
        Some(Self::Rsa { n, e })
    }

    /// Of a private key.
    pub(crate) fn of_rsa_pair(pair: &RsaKeyPair) -> Option<Self> {
        Self::of_rsa(pair.public_key())
    }

    /// Of a private key.
    pub(crate) fn of_ec_pair(curve: Curve, pair: &EcdsaKeyPair) -> Option<Self> {
        Self::of_point(curve, pair.public_key().as_ref()).ok()
    }

    /// Of a private key.
    pub(crate) fn of_ed25519_pair(pair: &Ed25519KeyPair) -> Self {
        Self::Ed25519(pair.public_key().as_ref().to_vec())
    }

    /// Of a point that ends a text, as SEC 1 writes it without compression.
    pub(crate) fn of_point(curve: Curve, text: &[u8]) -> Result<Self, Refusal> {
        let width = curve.width();
        let at = text.len().checked_sub(2 * width + 1);
        let point = at.map(|at| &text[at..]).filter(|point| point[0] == 4);
        let point = point.ok_or(
            "its point is compressed; write it out with `openssl pkey -pubin -ec_conv_form uncompressed`",
        )?;
        Ok(Self::Ec {
            curve,
            x: point[1..=width].to_vec(),
            y: point[width + 1..].to_vec(),
        })
    }
}

/// What no library can read.
pub(crate) const NO_KEY: &str = "it holds no RSA, elliptic-curve or Ed25519 key that can be read";
