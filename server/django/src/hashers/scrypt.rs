//! `scrypt$N$SALT$R$P$BASE64`.

use ::scrypt::Params;
use base64::prelude::{BASE64_STANDARD, Engine};
use subtle::ConstantTimeEq;

use super::format::number;

/// What OpenSSL grants Python, and so Django, at most.
const MAX_MEMORY: u64 = 32 << 20;
const MAX_WORK: u64 = 10 * (1 << 14) * 8 * 5;

/// `ScryptPasswordHasher.verify`; None = malformed.
pub(super) fn verify(password: &str, encoded: &str) -> Option<bool> {
    let [_, n, salt, r, p, hash] = encoded.split('$').collect::<Vec<_>>().try_into().ok()?;
    let [n, r, p] = [number(n)?, number(r)?, number(p)?];
    let [n64, r64, p64] = [n, r, p].map(u64::from);
    let within = |factors: [u64; 3], most: u64| {
        factors
            .into_iter()
            .try_fold(1_u64, u64::checked_mul)
            .is_some_and(|product| product <= most)
    };
    if !n.is_power_of_two()
        || n < 2
        || salt.is_empty()
        || !within([128, r64, n64 + 2 + p64], MAX_MEMORY)
        || !within([n64, r64, p64], MAX_WORK)
    {
        return None;
    }
    let hash: [u8; 64] = BASE64_STANDARD.decode(hash).ok()?.try_into().ok()?;
    let params = Params::new(u8::try_from(n.ilog2()).ok()?, r, p).ok()?;
    let mut again = [0; 64];
    ::scrypt::scrypt(password.as_bytes(), salt.as_bytes(), &params, &mut again).ok()?;
    Some(again.ct_eq(&hash).into())
}
