//! What the formats of hashes have in common: the preferred one, what a hash says, its numbers.

use std::num::NonZeroU32;

/// Characters of a salt that hold the 128 bits Django wants (`BasePasswordHasher.salt_entropy`).
pub const SALT_LENGTH: usize = 22;

/// The format new hashes are written in, the first of Django's `PASSWORD_HASHERS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preferred {
    /// `PBKDF2PasswordHasher`, whose iterations grow with each version of Django: 1,000,000 in 5.2.
    Pbkdf2 {
        /// How often HMAC-SHA256 runs.
        iterations: NonZeroU32,
    },
    /// `Argon2PasswordHasher`, with Django's parameters.
    Argon2,
}

/// What a stored hash says of a password (`verify_password`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashMatch {
    /// It is the password.
    Right {
        /// Django would store a fresh hash now (`must_update`).
        rewrite: bool,
    },
    /// It is another password.
    Wrong {
        /// Iterations of pbkdf2_sha256 still to run for the cost of the preferred hash (`harden_runtime`).
        missing_iterations: u32,
    },
    /// No password matches, as it was meant: `!…` or nothing. Nothing was computed.
    Unusable,
    /// A format that is unknown or not enabled, no hash Django writes, or one that costs beyond our limits. Nothing was
    /// computed.
    Malformed,
}

impl HashMatch {
    /// What is said of a format that is rewritten whenever it can be.
    pub(super) fn of_another_format(right: bool) -> Self {
        if right {
            Self::Right { rewrite: true }
        } else {
            Self::Wrong {
                missing_iterations: 0,
            }
        }
    }
}

/// What a thread keeps from one hash to the next.
#[derive(Default)]
pub struct Scratch {
    /// argon2's memory: to get it anew costs half as much as the hash.
    pub(super) blocks: Vec<::argon2::Block>,
    /// Hashes computed so far.
    pub(super) hashes: u64,
    /// Iterations of PBKDF2 computed so far.
    pub(super) iterations: u64,
}

impl Scratch {
    /// Hashes and iterations of PBKDF2 since this was last asked.
    pub fn take_counts(&mut self) -> (u64, u64) {
        (
            std::mem::take(&mut self.hashes),
            std::mem::take(&mut self.iterations),
        )
    }
}

/// A number as Django writes it: other spellings come back differently, so that no password matches them.
pub(super) fn number(text: &str) -> Option<u32> {
    text.parse()
        .ok()
        .filter(|number: &u32| number.to_string() == text)
}
