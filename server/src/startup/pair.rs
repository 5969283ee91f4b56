//! The key pair of an algorithm that has one: in the settings or in files, as PEM.

use std::path::Path;

use jose::{Algorithm, PublicKey, SigningKey};
use secrecy::{ExposeSecret, SecretString};

use super::error::OpenError;
use super::secret;
use crate::settings::{PreviousKey, Settings};
use crate::tokens::signing::Key;

const VERIFYING: &str = "simple_jwt.verifying_key";

/// The key that signs, with its public half; where only a public key is given, one that verifies and does not sign.
///
/// None where the keys of JWK_URL verify and nothing signs.
pub(super) fn given(settings: &Settings) -> Result<Option<Key>, OpenError> {
    let jwt = &settings.simple_jwt;
    let algorithm = jwt.algorithm;
    let signing = text(
        &jwt.signing_key,
        &jwt.signing_key_file,
        "simple_jwt.signing_key",
    )?;
    let signing = signing.map(|(text, place)| {
        SigningKey::from_pem(algorithm, text.expose_secret()).map_err(|why| refused(&place, &why))
    });
    let verifying = text(
        &jwt.verifying_key.as_str().into(),
        &jwt.verifying_key_file,
        VERIFYING,
    )?;
    let verifying = verifying.map(|(text, place)| {
        let key = PublicKey::from_pem(algorithm, text.expose_secret());
        key.map_err(|why| refused(&place, &why))
    });
    let (signing, verifying) = (signing.transpose()?, verifying.transpose()?);
    let key = match (signing, verifying) {
        (Some(signing), Some(verifying)) if signing.public() != Some(verifying.clone()) => {
            return Err(OpenError::new(
                "simple_jwt.verifying_key is not the public half of simple_jwt.signing_key, and every token would be refused; leave it out, since it is made of the private key, or give the one that belongs to it",
            ));
        }
        (Some(signing), _) => Key::signing(signing),
        (None, Some(verifying)) => Key::public(verifying, algorithm),
        (None, None) if !jwt.jwk_url.is_empty() => return Ok(None),
        (None, None) => {
            return Err(OpenError::new(format!(
                "simple_jwt.algorithm = \"{algorithm}\" signs with a private key, and there is none; name a file with it in simple_jwt.signing_key_file (`openssl {}` writes one), or give simple_jwt.verifying_key or simple_jwt.jwk_url for a server that only verifies",
                how_to_make(algorithm)
            )));
        }
    };
    key.map(Some).map_err(OpenError::new)
}

/// What makes a key for an algorithm.
fn how_to_make(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::ES256 => "ecparam -name prime256v1 -genkey -noout",
        Algorithm::ES256K => "ecparam -name secp256k1 -genkey -noout",
        Algorithm::ES384 => "ecparam -name secp384r1 -genkey -noout",
        Algorithm::ES512 | Algorithm::ES521 => "ecparam -name secp521r1 -genkey -noout",
        Algorithm::EdDSA => "genpkey -algorithm ed25519",
        _ => "genrsa 3072",
    }
}

/// A key of `tokens.previous_keys`, private or public.
pub(super) fn previous(previous: &PreviousKey, algorithm: Algorithm) -> Result<Key, OpenError> {
    const SETTING: &str = "tokens.previous_keys";
    let path = previous.file();
    let what = if previous.verifying_key_file == path {
        secret::PUBLIC
    } else {
        secret::PRIVATE
    };
    let text = secret::in_file(path, what, SETTING)?;
    let place = format!("{SETTING}: {}", path.display());
    let text = text.expose_secret();
    let is_private = text.contains("PRIVATE KEY");
    if is_private == (what == secret::PUBLIC)
        && (is_private || PublicKey::from_pem(algorithm, text).is_ok())
    {
        let (is, named) = if is_private {
            ("private", "signing_key_file")
        } else {
            ("public", "verifying_key_file")
        };
        return Err(OpenError::new(format!(
            "{place} is a {is} key; name it as {named}"
        )));
    }
    let key = match SigningKey::from_pem(algorithm, text) {
        Ok(key) => key.public().map(Ok),
        Err(why) => {
            let public = PublicKey::from_pem(algorithm, text);
            // of a private key that does not fit it says more than that it is not public
            Some(public.map_err(|other| if is_private { why } else { other }))
        }
    };
    let key = key.ok_or_else(|| OpenError::new(format!("{place} has no public half")))?;
    let key = key.and_then(|key| Key::public(key, algorithm));
    key.map_err(|why| refused(&place, &why))
}

/// A key in the settings or in a file, and the words for its place.
fn text(
    given: &SecretString,
    file: &Path,
    setting: &'static str,
) -> Result<Option<(SecretString, String)>, OpenError> {
    if !given.expose_secret().is_empty() {
        return Ok(Some((given.clone(), setting.to_owned())));
    }
    if file == Path::new("") {
        return Ok(None);
    }
    let what = if setting == VERIFYING {
        secret::PUBLIC
    } else {
        secret::PRIVATE
    };
    let setting = format!("{setting}_file");
    let text = secret::in_file(file, what, &setting)?;
    Ok(Some((text, format!("{setting}: {}", file.display()))))
}

fn refused(place: &str, why: &str) -> OpenError {
    OpenError::new(format!("{place} is not usable: {why}"))
}
