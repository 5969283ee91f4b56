//! Whether the secret key is Django's: a stored token's signature tells.

use django::pyjwt::{Header, Parts};
use jose::Algorithm;
use secrecy::ExposeSecret;

use super::report::Report;
use super::rows::Token;
use crate::settings::Settings;
use crate::startup::keys::Known;
use crate::tokens::signing::Key;

/// Says whether the key signed the stored tokens.
pub(super) fn prove(
    report: &mut Report,
    tokens: &[Token],
    known: &Known,
    settings: &Settings,
    is_asked: bool,
) {
    let texts = tokens.iter().map(|token| token.text.expose_secret());
    let signed: Vec<Signed<'_>> = texts.filter_map(Signed::of).collect();
    if signed.is_empty() && is_asked {
        report.fact("The secret key is the project's own.".to_owned());
        return;
    }
    if signed.is_empty() {
        report.remark("No token is stored that a key has signed: the secret key was taken as it was given, and nothing proves it.".to_owned());
        return;
    }
    let algorithm = settings.simple_jwt.algorithm;
    let what = known.secret.as_ref().map_or("key", |_| "secret key");
    match count(&signed, &known.key) {
        0 => {}
        all if all == signed.len() => {
            report.fact(format!("The {what} signed the stored tokens."));
            return;
        }
        some => {
            report.remark(format!(
                "The {what} signed {some} of the newest {} stored tokens; the sessions of the others will end.",
                signed.len()
            ));
            return;
        }
    }
    let Some(key) = &known.secret else {
        let named = Algorithm::ALL.into_iter().find(|other| {
            let header = Header::of(other.name());
            signed.iter().all(|token| token.parts.is_of(&header))
        });
        let why = match named {
            Some(other) if other != algorithm => format!("the stored tokens are signed by another algorithm; set simple_jwt.algorithm = \"{other}\""),
            _ => "the key signed none of the newest stored tokens; set simple_jwt.signing_key_file to a file with SIMPLE_JWT's SIGNING_KEY".to_owned(),
        };
        report.problem(why);
        return;
    };
    let key = key.expose_secret();
    let by_secret = |key: &str, algorithm| {
        let key = Key::secret(&key.to_owned().into(), algorithm);
        key.map_or(0, |key| count(&signed, &key))
    };
    let is_by = |key: &str, algorithm| by_secret(key, algorithm) > 0;
    for (name, other) in [
        ("HS256", Algorithm::HS256),
        ("HS384", Algorithm::HS384),
        ("HS512", Algorithm::HS512),
    ] {
        if is_by(key, other) {
            report.problem(format!("the stored tokens are signed by another algorithm; set simple_jwt.algorithm = \"{name}\""));
            return;
        }
    }
    let why = if is_by(&format!("{key}\n"), algorithm) {
        "the secret key lacks a newline at its end with which Django signed the stored tokens; give it with one newline more, since one is always taken off"
    } else if is_by(key.trim(), algorithm) {
        "the secret key has white space at its beginning or end with which Django did not sign the stored tokens; give it without"
    } else if is_by(key.trim_matches(['\'', '"']), algorithm) {
        "the secret key has quotes around it with which Django did not sign the stored tokens; give it without"
    } else if signed.iter().all(|token| !token.is_hmac()) {
        "the stored tokens are signed by an algorithm with a key pair; set simple_jwt.algorithm to SIMPLE_JWT's ALGORITHM, and simple_jwt.signing_key_file to a file with its SIGNING_KEY"
    } else {
        "the secret key signed none of the newest stored tokens; set GATEPOST_SECRET_KEY to Django's SECRET_KEY, or simple_jwt.signing_key to SIMPLE_JWT's SIGNING_KEY"
    };
    report.problem(why.to_owned());
}

fn count(signed: &[Signed<'_>], key: &Key) -> usize {
    signed.iter().filter(|token| token.is_by(key)).count()
}

/// A token with its signature.
pub(super) struct Signed<'t> {
    parts: Parts<'t>,
    signature: Vec<u8>,
}

impl<'t> Signed<'t> {
    pub(super) fn of(text: &'t str) -> Option<Self> {
        let parts = Parts::of(text)?;
        let signature = parts.signature().filter(|bytes| !bytes.is_empty())?;
        Some(Self { parts, signature })
    }

    pub(super) fn is_by(&self, key: &Key) -> bool {
        key.made(&self.parts, &self.signature)
    }

    fn is_hmac(&self) -> bool {
        let names = ["HS256", "HS384", "HS512"];
        names.iter().any(|name| self.parts.is_of(&Header::of(name)))
    }
}
