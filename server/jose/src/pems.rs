//! Keys in PEM: which of the forms a text has, and what it is where it is none of them.

use aws_lc_rs::signature::{EcdsaKeyPair, Ed25519KeyPair, RsaKeyPair};
use pem::Pem;

use crate::algorithm::{Curve, Kind, Refusal};
use crate::public::{NO_KEY, PublicKey};
use crate::ssh;

/// A private key with its kind.
pub(crate) enum Private {
    Rsa(RsaKeyPair),
    Ec(Curve, EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl Private {
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Rsa(_) => Kind::Rsa,
            Self::Ec(curve, _) => Kind::Ec(*curve),
            Self::Ed25519(_) => Kind::Ed25519,
        }
    }

    pub(crate) fn public(&self) -> Option<PublicKey> {
        match self {
            Self::Rsa(pair) => PublicKey::of_rsa_pair(pair),
            Self::Ec(curve, pair) => PublicKey::of_ec_pair(*curve, pair),
            Self::Ed25519(pair) => Some(PublicKey::of_ed25519_pair(pair)),
        }
    }
}

/// What PEM calls the forms of keys.
const PKCS8: &str = "PRIVATE KEY";
const PKCS1: &str = "RSA PRIVATE KEY";
const SEC1: &str = "EC PRIVATE KEY";
const SPKI: &str = "PUBLIC KEY";
const RSA_PUBLIC: &str = "RSA PUBLIC KEY";

/// The private key of a text: PKCS#8, PKCS#1 or SEC 1.
pub(crate) fn private(text: &str) -> Result<Private, Refusal> {
    let pem = find(text, &[PKCS8, PKCS1, SEC1], "a private key")?;
    if pem.headers().get("Proc-Type").is_some() {
        return Err(ENCRYPTED.to_owned());
    }
    let der = pem.contents();
    match pem.tag() {
        PKCS1 => RsaKeyPair::from_der(der)
            .map(Private::Rsa)
            .map_err(|error| of_rsa(&error)),
        SEC1 => on_curve(der).ok_or_else(|| NO_KEY.to_owned()),
        _ => {
            if let Ok(pair) = Ed25519KeyPair::from_pkcs8(der) {
                return Ok(Private::Ed25519(pair));
            }
            on_curve(der).map_or_else(
                || {
                    RsaKeyPair::from_pkcs8(der)
                        .map(Private::Rsa)
                        .map_err(|error| of_rsa(&error))
                },
                Ok,
            )
        }
    }
}

fn on_curve(der: &[u8]) -> Option<Private> {
    Curve::ALL.into_iter().find_map(|curve| {
        let pair = EcdsaKeyPair::from_private_key_der(curve.signing(), der).ok()?;
        Some(Private::Ec(curve, pair))
    })
}

fn of_rsa(error: &aws_lc_rs::error::KeyRejected) -> Refusal {
    match error.description_() {
        "TooSmall" => TOO_SHORT.to_owned(),
        "TooLarge" => TOO_LONG.to_owned(),
        _ => NO_KEY.to_owned(),
    }
}

/// The public key of a text: `SubjectPublicKeyInfo`, PKCS#1, or SSH's line.
pub(crate) fn public(text: &str) -> Result<PublicKey, Refusal> {
    if ssh::is_line(text) {
        return ssh::read(text);
    }
    let pem = find(text, &[SPKI, RSA_PUBLIC], "a public key")?;
    match pem.tag() {
        SPKI => PublicKey::from_spki(pem.contents()),
        _ => PublicKey::from_rsa(pem.contents()),
    }
}

/// The first block with one of these names; others may stand before it, as `openssl ecparam` writes one.
fn find(text: &str, names: &[&str], wanted: &str) -> Result<Pem, Refusal> {
    let blocks = pem::parse_many(text).map_err(|_| {
        if text.contains("\\n") {
            "it has \\n in place of the ends of its lines; write it in several lines, or name a file".to_owned()
        } else {
            format!("it is no PEM; write {wanted} from -----BEGIN to -----END-----")
        }
    })?;
    let mut others = None;
    for block in blocks {
        if names.contains(&block.tag()) {
            return Ok(block);
        }
        others.get_or_insert(block);
    }
    Err(match others.as_ref().map(Pem::tag) {
        None => format!("it is no PEM; write {wanted} from -----BEGIN to -----END-----"),
        Some("ENCRYPTED PRIVATE KEY") => ENCRYPTED.to_owned(),
        Some("CERTIFICATE" | "TRUSTED CERTIFICATE" | "X509 CERTIFICATE") => format!("it is a certificate; write {wanted}: `openssl x509 -noout -pubkey -in FILE` shows the public one"),
        Some("OPENSSH PRIVATE KEY") => "it is a private key as SSH keeps it; turn it into PEM with `ssh-keygen -p -m PKCS8 -f FILE`".to_owned(),
        Some(SPKI | RSA_PUBLIC) => format!("it is a public key; write {wanted}, which signs"),
        Some(PKCS8 | PKCS1 | SEC1) => format!("it is a private key; write {wanted}: `openssl pkey -pubout -in FILE` shows it"),
        Some(other) => format!("it is PEM of the kind {other}; write {wanted}"),
    })
}

const ENCRYPTED: &str = "it is encrypted, and nobody is there to type its password; decrypt it with `openssl pkey -in FILE -out NEWFILE` and let nobody else read that file";
pub(crate) const TOO_SHORT: &str =
    "it is an RSA key of less than 2048 bits; make one of 3072 with `openssl genrsa 3072`";
pub(crate) const TOO_LONG: &str =
    "it is an RSA key of more than 8192 bits; make one of 3072 with `openssl genrsa 3072`";
