//! Signed texts: `django.core.signing` with its HMAC-SHA256, which sessions and one-time messages are kept in.

use std::io::{Read, Write};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;

/// The longest text that is unpacked: what is signed is nobody else's, but a key may be known to more than one service.
const MOST: u64 = 4 * 1024 * 1024;

/// Signs texts for one purpose, the salt: `TimestampSigner`.
pub struct Signer(hmac::Key);

impl Signer {
    /// With a service's SECRET_KEY. What is signed for one salt is nothing to another.
    pub fn new(secret: &str, salt: &str) -> Self {
        Self(salted(&format!("{salt}signer"), secret))
    }

    /// For what a cookie holds itself: `get_cookie_signer`.
    pub fn of_cookies(secret: &str, salt: &str) -> Self {
        Self::new(&format!("django.http.cookies{secret}"), salt)
    }

    /// Packs and signs a text of ASCII at a time in seconds since 1970: `dumps` with `compress=True`.
    ///
    /// ```
    /// # use gatepost_django as django;
    /// use django::signing::Signer;
    ///
    /// let signer = Signer::new("a secret key", "a purpose");
    /// let signed = signer.sign("{\"a\":1}", 1_795_512_282);
    /// assert!(signed.starts_with("eyJhIjoxfQ:1xVmlW:"));
    /// assert_eq!(signer.read(&signed).as_deref(), Some("{\"a\":1}"));
    /// ```
    pub fn sign(&self, text: &str, at: u64) -> String {
        let packed = packed(text.as_bytes()).filter(|packed| packed.len() + 1 < text.len());
        let payload = match packed {
            Some(packed) => format!(".{}", BASE64_URL_SAFE_NO_PAD.encode(packed)),
            None => BASE64_URL_SAFE_NO_PAD.encode(text),
        };
        let value = format!("{payload}:{}", base62(at));
        let signature = self.signature(&value);
        format!("{value}:{signature}")
    }

    /// The text, where this key has signed it for this purpose, however long ago.
    pub fn read(&self, signed: &str) -> Option<String> {
        let (value, signature) = signed.rsplit_once(':')?;
        verify_slices_are_equal(self.signature(value).as_bytes(), signature.as_bytes()).ok()?;
        let (payload, _) = value.rsplit_once(':')?;
        let text = match payload.strip_prefix('.') {
            Some(packed) => unpacked(&BASE64_URL_SAFE_NO_PAD.decode(packed).ok()?)?,
            None => BASE64_URL_SAFE_NO_PAD.decode(payload).ok()?,
        };
        String::from_utf8(text).ok()
    }

    fn signature(&self, value: &str) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(hmac::sign(&self.0, value.as_bytes()))
    }
}

/// The mark of a password in a session, which ends where the password is changed: `get_session_auth_hash`.
pub fn session_auth_hash(secret: &str, encoded_password: &str) -> String {
    let salt = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash";
    hex::encode(hmac::sign(
        &salted(salt, secret),
        encoded_password.as_bytes(),
    ))
}

/// `salted_hmac`.
fn salted(salt: &str, secret: &str) -> hmac::Key {
    let key = digest(&SHA256, format!("{salt}{secret}").as_bytes());
    hmac::Key::new(hmac::HMAC_SHA256, key.as_ref())
}

fn packed(text: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).ok()?;
    encoder.finish().ok()
}

fn unpacked(packed: &[u8]) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    let mut decoder = ZlibDecoder::new(packed).take(MOST + 1);
    decoder.read_to_end(&mut text).ok()?;
    (text.len() as u64 <= MOST).then_some(text)
}

fn base62(mut number: u64) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut digits = Vec::new();
    loop {
        digits.push(char::from(DIGITS[(number % 62) as usize]));
        number /= 62;
        if number == 0 {
            return digits.iter().rev().collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The reference's.
    const SECRET: &str = "reference-secret-key-for-tests-only-0123456789";

    fn sessions() -> Signer {
        Signer::new(SECRET, "django.contrib.sessions.SessionStore")
    }

    #[test]
    fn a_session_is_signed_as_django_does() {
        let signed = "eyJhIjoxfQ:1xVmlW:NmR4IQo44e9KRhC4Si5RR9EDPZxlld5SYfSJDGyLnOs";
        assert_eq!(sessions().sign("{\"a\":1}", 1_795_512_282), signed);
        assert_eq!(sessions().read(signed).as_deref(), Some("{\"a\":1}"));
    }

    #[test]
    fn a_password_s_mark_is_django_s() {
        assert_eq!(
            session_auth_hash(SECRET, "pbkdf2_sha256$1000$abc$def"),
            "d311d0cc99c874024ca30dab70d7d704aa1df1b17a4043d66f78292a28dffcc2"
        );
    }

    #[test]
    fn a_long_text_is_packed() {
        let text = "{\"a\":\"".to_owned() + &"b".repeat(500) + "\"}";
        let signed = sessions().sign(&text, 1);
        assert!(signed.starts_with('.') && signed.len() < 120, "{signed}");
        assert_eq!(sessions().read(&signed), Some(text));
    }

    #[test]
    fn what_another_has_signed_is_nothing() {
        let signed = sessions().sign("{\"a\":1}", 1_795_512_282);
        let mut changed = signed.clone();
        changed.replace_range(1..2, "z");
        for other in [
            "",
            ":",
            "::",
            "a:b:c",
            &changed,
            &signed[..signed.len() - 1],
        ] {
            assert_eq!(sessions().read(other), None, "{other}");
        }
        assert_eq!(Signer::new(SECRET, "x").read(&signed), None);
        assert_eq!(Signer::new("x", "y").read(&signed), None);
    }

    #[test]
    fn what_unpacks_to_too_much_is_nothing() {
        let text = " ".repeat(5 * 1024 * 1024);
        let signed = sessions().sign(&text, 1);
        assert_eq!(sessions().read(&signed), None);
    }

    #[test]
    fn numbers_in_base_62() {
        for (number, text) in [(0, "0"), (61, "z"), (62, "10"), (1_795_512_282, "1xVmlW")] {
            assert_eq!(base62(number), text);
        }
    }
}
