//! `bcrypt_sha256$$2b$12$…`: bcrypt of the hexadecimal SHA-256 of the password.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{
    Engine, alphabet,
    engine::{GeneralPurpose, general_purpose::NO_PAD},
};
use subtle::ConstantTimeEq;

use super::format::number;

const BASE64: GeneralPurpose = GeneralPurpose::new(&alphabet::BCRYPT, NO_PAD);
const MAX_COST: u32 = 15;

/// `BCryptSHA256PasswordHasher.verify`; None = malformed.
pub(super) fn verify(password: &str, encoded: &str) -> Option<bool> {
    let [_, "", version, cost, salt_and_hash] = encoded.split('$').collect::<Vec<_>>()[..] else {
        return None;
    };
    let (salt, hash) = salt_and_hash.split_at_checked(22)?;
    let salt: [u8; 16] = BASE64.decode(salt).ok()?.try_into().ok()?;
    let hash: [u8; 23] = BASE64.decode(hash).ok()?.try_into().ok()?;
    // two digits; the versions differ in bytes that hexadecimal text does not hold
    let cost = number(cost.strip_prefix('0').unwrap_or(cost)).filter(|_| cost.len() == 2)?;
    if !["2a", "2b", "2x", "2y"].contains(&version) || !(4..=MAX_COST).contains(&cost) {
        return None;
    }
    let mut input = hex::encode(digest(&SHA256, password.as_bytes()));
    input.push('\0'); // bcrypt hashes the end of its C string, too
    let again = ::bcrypt::bcrypt(cost, salt, input.as_bytes());
    Some(again[..23].ct_eq(&hash).into())
}
