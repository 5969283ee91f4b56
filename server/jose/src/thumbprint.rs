//! What makes a key, in JSON, and its hash: the thumbprint of RFC 7638.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::public::PublicKey;

impl PublicKey {
    /// What makes the key, the members in the order of their names, as RFC 7638 hashes them.
    pub(crate) fn members(&self) -> String {
        let text = |bytes: &Vec<u8>| URL_SAFE_NO_PAD.encode(bytes);
        match self {
            Self::Rsa { n, e } => format!(r#""e":"{}","kty":"RSA","n":"{}""#, text(e), text(n)),
            Self::Ec { curve, x, y } => format!(
                r#""crv":"{}","kty":"EC","x":"{}","y":"{}""#,
                curve.name(),
                text(x),
                text(y)
            ),
            Self::Ed25519(x) => format!(r#""crv":"Ed25519","kty":"OKP","x":"{}""#, text(x)),
        }
    }

    /// The thumbprint of RFC 7638 with SHA-256, in base64url.
    pub fn thumbprint(&self) -> String {
        of(&format!("{{{}}}", self.members()))
    }
}

/// The thumbprint of a secret text.
pub(crate) fn secret_thumbprint(secret: &[u8]) -> String {
    of(&format!(
        r#"{{"k":"{}","kty":"oct"}}"#,
        URL_SAFE_NO_PAD.encode(secret)
    ))
}

fn of(members: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, members.as_bytes()))
}
