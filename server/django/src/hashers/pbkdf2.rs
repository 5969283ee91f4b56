//! `pbkdf2_sha256$ITERATIONS$SALT$BASE64` and `pbkdf2_sha1$…`.

use std::num::NonZeroU32;

use aws_lc_rs::pbkdf2::{self, Algorithm, PBKDF2_HMAC_SHA1, PBKDF2_HMAC_SHA256};
use base64::prelude::{BASE64_STANDARD, Engine};
use subtle::ConstantTimeEq;

use super::format::{HashMatch, Preferred, SALT_LENGTH, Scratch, number};

/// A hash of more is not computed: a row must not be able to keep a thread for minutes.
pub const MAX_ITERATIONS: u32 = 10_000_000;

/// `PBKDF2PasswordHasher.encode`.
pub(super) fn encode_pbkdf2(password: &str, salt: &str, iterations: NonZeroU32) -> String {
    encode(
        "pbkdf2_sha256",
        PBKDF2_HMAC_SHA256,
        &mut [0; 32],
        password,
        salt,
        iterations,
    )
}

fn encode(
    name: &str,
    algorithm: Algorithm,
    hash: &mut [u8],
    password: &str,
    salt: &str,
    iterations: NonZeroU32,
) -> String {
    pbkdf2::derive(
        algorithm,
        iterations,
        salt.as_bytes(),
        password.as_bytes(),
        hash,
    );
    format!(
        "{name}${iterations}${salt}${}",
        BASE64_STANDARD.encode(hash)
    )
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
    let (algorithm, bytes, hash_length) = match name {
        "pbkdf2_sha1" => (PBKDF2_HMAC_SHA1, 20, 28),
        _ => (PBKDF2_HMAC_SHA256, 32, 44),
    };
    if salt.is_empty() || hash.len() != hash_length {
        return None;
    }
    scratch.iterations += u64::from(count);
    let again = encode(
        name,
        algorithm,
        &mut [0; 32][..bytes],
        password,
        salt,
        iterations,
    );
    let right = again.as_bytes().ct_eq(encoded.as_bytes()).into();
    Some(match preferred {
        Preferred::Pbkdf2 { iterations: wanted } if name == "pbkdf2_sha256" => {
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
