//! `pbkdf2_sha256$ITERATIONS$SALT$BASE64` and `pbkdf2_sha1$…`.

use std::num::NonZeroU32;

use aws_lc_rs::pbkdf2::{PBKDF2_HMAC_SHA1, derive};
use base64::prelude::{BASE64_STANDARD, Engine};
use subtle::ConstantTimeEq;

use super::format::{HashMatch, Preferred, SALT_LENGTH, Scratch, number};
use super::pbkdf2_sha256;

/// A hash of more is not computed: a row must not be able to keep a thread for minutes.
pub const MAX_ITERATIONS: u32 = 10_000_000;

/// `PBKDF2PasswordHasher.encode`.
pub(super) fn encode_pbkdf2(password: &str, salt: &str, iterations: NonZeroU32) -> String {
    let hash = pbkdf2_sha256::derive(password.as_bytes(), salt.as_bytes(), iterations);
    text("pbkdf2_sha256", iterations, salt, &hash)
}

/// `PBKDF2SHA1PasswordHasher.encode`: Django has not made such hashes for long.
fn encode_pbkdf2_sha1(password: &str, salt: &str, iterations: NonZeroU32) -> String {
    let mut hash = [0; 20];
    let (password, bytes) = (password.as_bytes(), salt.as_bytes());
    derive(PBKDF2_HMAC_SHA1, iterations, bytes, password, &mut hash);
    text("pbkdf2_sha1", iterations, salt, &hash)
}

fn text(name: &str, iterations: NonZeroU32, salt: &str, hash: &[u8]) -> String {
    let hash = BASE64_STANDARD.encode(hash);
    format!("{name}${iterations}${salt}${hash}")
}

/// `PBKDF2PasswordHasher.verify`, `must_update` and `harden_runtime`; None = malformed.
pub(super) fn verify(
    password: &str,
    encoded: &str,
    preferred: Preferred,
    scratch: &mut Scratch,
) -> Option<HashMatch> {
    let [name, iterations, salt, hash] = encoded.split('$').collect::<Vec<_>>().try_into().ok()?;
    let count = number(iterations).filter(|&count| count <= MAX_ITERATIONS)?;
    let iterations = NonZeroU32::new(count)?;
    let is_sha1 = name == "pbkdf2_sha1";
    let hash_length = if is_sha1 { 28 } else { 44 };
    if salt.is_empty() || hash.len() != hash_length {
        return None;
    }
    scratch.iterations += u64::from(count);
    let again = if is_sha1 {
        encode_pbkdf2_sha1(password, salt, iterations)
    } else {
        encode_pbkdf2(password, salt, iterations)
    };
    let right = again.as_bytes().ct_eq(encoded.as_bytes()).into();
    Some(match preferred {
        Preferred::Pbkdf2 { iterations: wanted } if !is_sha1 => {
            if right {
                HashMatch::Right {
                    rewrite: iterations != wanted || salt.chars().count() < SALT_LENGTH,
                }
            } else {
                HashMatch::Wrong {
                    missing_iterations: wanted.get().saturating_sub(count),
                }
            }
        }
        _ => HashMatch::of_another_format(right),
    })
}
