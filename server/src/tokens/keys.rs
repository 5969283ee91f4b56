//! The keys that sign and verify tokens, by family of algorithms.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::hmac;
use jsonwebtoken::crypto;
use jsonwebtoken::{DecodingKey, EncodingKey};
use secrecy::{ExposeSecret, SecretString};

use super::claims::Names;
use crate::settings::{Algorithm, Audience, Seconds, SimpleJwt, Tokens};
use crate::web::json::{self, Value};

/// The keys of one server and what its tokens are made with. Printed without the keys.
pub struct Keys {
    family: Family,
    pub(super) access_lifetime: Seconds,
    pub(super) refresh_lifetime: Seconds,
    /// Slack of `exp`, and of `nbf` and `iat` with the clocks' difference added.
    pub(super) leeway: i64,
    pub(super) future_leeway: i64,
    /// AUDIENCE: what `aud` is set to, and what it must share with it.
    pub(super) audience: Audience,
    /// ISSUER: what `iss` is set to and must be; empty for none.
    pub(super) issuer: String,
    pub(super) names: Arc<Names>,
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
            audience: jwt.audience.clone(),
            issuer: jwt.issuer.clone(),
            names: Arc::new(Names {
                token_type: jwt.token_type_claim.clone(),
                jti: jwt.jti_claim.clone(),
                user_id: jwt.user_id_claim.clone(),
                user_field: jwt.user_id_field,
            }),
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

/// Why PyJWT signs nothing with this text: it is a key of another kind, by mistake.
pub(crate) fn refusal(key: &str) -> Option<&'static str> {
    if is_pem(key) {
        return Some("it looks like a PEM file; write a secret text");
    }
    if SSH.iter().any(|kind| key.starts_with(kind)) {
        return Some("it looks like a key of SSH; write a secret text");
    }
    json::parse_token(key.as_bytes())
        .is_some_and(|value| holds_jwk(&value))
        .then_some("it looks like a JSON web key; write the secret text alone")
}

/// The kinds of keys that PyJWT's `is_pem_format` and `is_ssh_key` know.
const PEM: [&str; 16] = [
    "CERTIFICATE",
    "TRUSTED CERTIFICATE",
    "PRIVATE KEY",
    "PUBLIC KEY",
    "ENCRYPTED PRIVATE KEY",
    "OPENSSH PRIVATE KEY",
    "DSA PRIVATE KEY",
    "RSA PRIVATE KEY",
    "RSA PUBLIC KEY",
    "EC PRIVATE KEY",
    "DH PARAMETERS",
    "NEW CERTIFICATE REQUEST",
    "CERTIFICATE REQUEST",
    "SSH2 PUBLIC KEY",
    "SSH2 ENCRYPTED PRIVATE KEY",
    "X509 CRL",
];
const SSH: [&str; 6] = [
    "ssh-ed25519",
    "ssh-rsa",
    "ssh-dss",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
];

fn is_pem(key: &str) -> bool {
    PEM.iter().any(|kind| {
        let begin = format!("BEGIN {kind}");
        let end = format!("END {kind}");
        let rest = key.split_once(begin.as_str()).map(|(_, rest)| rest);
        key.contains("----") && rest.is_some_and(|rest| rest.contains(&end))
    })
}

/// Whether the member `kty` stands anywhere in it.
fn holds_jwk(value: &Value) -> bool {
    match value {
        Value::Object(members) => {
            members.get("kty").is_some() || members.iter().any(|(_, value)| holds_jwk(value))
        }
        Value::List(items) => items.iter().any(holds_jwk),
        _ => false,
    }
}

/// What the database keeps of a key, to notice another one: an HMAC of a constant.
pub(crate) fn fingerprint(key: &SecretString) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.expose_secret().as_bytes());
    let tag = hmac::sign(&key, b"gatepost key fingerprint");
    crate::hex(tag.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_another_kind_is_no_secret_text() {
        for key in [
            "-----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIVATE KEY-----",
            "ssh-rsa AAAA",
            r#"{"kty":"oct","k":"x"}"#,
            r#"[{"keys":[{"kty":"RSA"}]}]"#,
        ] {
            assert!(refusal(key).is_some(), "{key}");
        }
        for key in [
            "",
            "django-insecure-(-----BEGIN)",
            "-----BEGIN PRIVATE KEY-----",
            "{}",
            r#""kty""#,
            "a",
        ] {
            assert_eq!(refusal(key), None, "{key}");
        }
    }
}
