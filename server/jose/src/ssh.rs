//! A public key as SSH writes it in one line, which PyJWT takes beside PEM.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::algorithm::{Curve, Refusal};
use crate::der;
use crate::public::{NO_KEY, PublicKey};

/// Whether a text begins as such a line.
pub(crate) fn is_line(text: &str) -> bool {
    text.starts_with("ssh-") || text.starts_with("ecdsa-sha2-")
}

/// The key of a line such as `ssh-ed25519 AAAA… comment`.
pub(crate) fn read(line: &str) -> Result<PublicKey, Refusal> {
    let mut words = line.split_ascii_whitespace();
    let (kind, data) = (words.next(), words.next());
    let data = data.and_then(|data| STANDARD.decode(data).ok());
    let key = kind.zip(data).and_then(|(kind, data)| {
        let mut fields = Fields(&data);
        (fields.next()? == kind.as_bytes()).then(|| of(kind, &mut fields))?
    });
    key.ok_or_else(|| NO_KEY.to_owned())
}

fn of(kind: &str, fields: &mut Fields<'_>) -> Option<PublicKey> {
    let curve = match kind {
        "ssh-rsa" => {
            let (e, n) = (fields.next()?, fields.next()?);
            let (n, e) = (der::trimmed(n), der::trimmed(e));
            return Some(PublicKey::Rsa { n, e });
        }
        "ssh-ed25519" => return Some(PublicKey::Ed25519(fields.next()?.to_vec())),
        "ecdsa-sha2-nistp256" => Curve::P256,
        "ecdsa-sha2-nistp384" => Curve::P384,
        "ecdsa-sha2-nistp521" => Curve::P521,
        _ => return None,
    };
    // the curve's name stands before the point
    fields.next()?;
    PublicKey::of_point(curve, fields.next()?).ok()
}

/// Fields with their length before them (RFC 4251).
struct Fields<'d>(&'d [u8]);

impl<'d> Iterator for Fields<'d> {
    type Item = &'d [u8];

    fn next(&mut self) -> Option<&'d [u8]> {
        let (length, rest) = self.0.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (field, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(field)
    }
}
