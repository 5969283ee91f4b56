//! Which texts are taken for no secret: a key of another kind, given by mistake, which PyJWT refuses too, and blanks,
//! with which anybody could sign.

use crate::json::{self, Value};

/// Why nothing is signed with this text: it is blank, or a key of another kind, by mistake. No text at all is no key.
pub fn refusal(key: &str) -> Option<&'static str> {
    if !key.is_empty() && key.trim().is_empty() {
        return Some("it is blank, so anybody could sign with it; write a secret text");
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_another_kind_and_blanks_are_no_secret_text() {
        for key in [
            " ",
            " \t\n",
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
