//! Public keys as JSON web keys (RFC 7517): written, and read from a set.

use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use django::json::{self, Object, Value};

use crate::algorithm::{Algorithm, Curve, Kind, Refusal};
use crate::der;
use crate::public::PublicKey;
use crate::verifying::VerifyingKey;

/// A key of a set that verifies tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jwk {
    /// By what tokens name it.
    pub kid: String,
    /// The key.
    pub key: PublicKey,
}

/// What of a set verifies tokens, as PyJWT's client takes it: keys with an id, for signatures, of a kind that is known.
/// None where it is no set.
pub fn keys(text: &[u8]) -> Option<Vec<Jwk>> {
    let Value::Object(set) = json::parse_token(text)? else {
        return None;
    };
    let Value::List(keys) = set.get("keys")? else {
        return None;
    };
    let objects = keys.iter().filter_map(|key| match key {
        Value::Object(key) => Some(key),
        _ => None,
    });
    Some(objects.filter_map(Jwk::of).collect())
}

impl Jwk {
    fn of(key: &Object) -> Option<Self> {
        let kid = text(key, "kid").filter(|kid| !kid.is_empty())?;
        if !matches!(key.get("use"), None | Some(Value::Null)) && text(key, "use") != Some("sig") {
            return None;
        }
        if !may_verify(key) {
            return None;
        }
        let algorithm = match key.get("alg") {
            None | Some(Value::Null) => None,
            Some(_) => Some(Algorithm::named(text(key, "alg")?)?),
        };
        let key = public(key)?;
        // as PyJWT, which forgets the name of the algorithm but for its kind
        let fits = algorithm.is_none_or(|algorithm| algorithm.kind() == key.kind());
        let kid = kid.to_owned();
        fits.then_some(Self { kid, key })
    }
}

impl Jwk {
    /// The key for an algorithm.
    ///
    /// # Errors
    /// It is of another one, or too short.
    pub fn verifying(&self, algorithm: Algorithm) -> Result<VerifyingKey, Refusal> {
        VerifyingKey::new(algorithm, &self.key)
    }
}

/// Whether `key_ops`, where it stands there, has `verify` in it.
fn may_verify(key: &Object) -> bool {
    match key.get("key_ops") {
        None => true,
        Some(Value::List(operations)) => operations
            .iter()
            .any(|operation| matches!(operation, Value::Text(text) if *text == "verify")),
        Some(_) => false,
    }
}

fn public(key: &Object) -> Option<PublicKey> {
    match text(key, "kty")? {
        "RSA" => Some(PublicKey::Rsa {
            n: der::trimmed(&bytes(key, "n")?),
            e: der::trimmed(&bytes(key, "e")?),
        }),
        "EC" => {
            let name = text(key, "crv")?;
            let curve = Curve::ALL.into_iter().find(|curve| curve.name() == name)?;
            let (x, y) = (bytes(key, "x")?, bytes(key, "y")?);
            let is_whole = x.len() == curve.width() && y.len() == curve.width();
            is_whole.then_some(PublicKey::Ec { curve, x, y })
        }
        "OKP" if text(key, "crv") == Some("Ed25519") => Some(PublicKey::Ed25519(bytes(key, "x")?))
            .filter(|key| match key {
                PublicKey::Ed25519(x) => x.len() == 32,
                _ => false,
            }),
        _ => None,
    }
}

fn text<'k>(key: &'k Object, name: &str) -> Option<&'k str> {
    match key.get(name)? {
        Value::Text(text) => text.as_str(),
        _ => None,
    }
}

const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

fn bytes(key: &Object, name: &str) -> Option<Vec<u8>> {
    BASE64URL.decode(text(key, name)?).ok()
}

impl PublicKey {
    /// The key as a JWK for the signatures of an algorithm.
    pub fn jwk(&self, kid: &str, algorithm: Algorithm) -> String {
        // RFC 7518 knows the algorithm by one name alone
        let name = match algorithm {
            Algorithm::ES521 => "ES512",
            other => other.name(),
        };
        debug_assert!(algorithm.kind() != Kind::Secret);
        format!(
            r#"{{"alg":"{name}",{},"kid":"{kid}","use":"sig"}}"#,
            self.members()
        )
    }
}
