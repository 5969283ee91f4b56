//! The section `[passwords]`: how passwords are hashed.

use serde::Deserialize;

/// The section `[passwords]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Passwords {
    /// The format of a new password's hash.
    pub preferred: PreferredHash,
    /// PBKDF2 iterations of a new password.
    pub iterations: u32,
    /// How many hashes may wait.
    pub queue: usize,
    /// Whether a user's sessions end where an administrator sets the password.
    pub end_sessions: bool,
}

/// The format in which new passwords are kept; every format of Django's is read.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
pub enum PreferredHash {
    /// Django's default.
    #[serde(rename = "pbkdf2_sha256")]
    Pbkdf2Sha256,
    /// Argon2id with Django's parameters.
    #[serde(rename = "argon2")]
    Argon2,
}
