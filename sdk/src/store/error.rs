//! Why a store can't be used, and what to do about it.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// Why a session can't be read or kept. It never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreError {
    /// There is no such place on this machine, for example no Secret Service.
    Unavailable(String),
    /// The place is locked, and nobody unlocked it.
    Locked(String),
    /// The place did not answer within this time; it may be waiting for someone to unlock it.
    Timeout(Duration),
    /// The session is longer than the place takes.
    TooLong {
        /// The session's length in bytes.
        length: usize,
    },
    /// What is kept there is not a session, or a newer version's.
    Corrupt(String),
    /// Others can read or own the file, or the folder it is in.
    Exposed {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The operating system refused.
    Io(String),
    /// The place has no way of doing that.
    Unsupported(&'static str),
}

impl StoreError {
    /// The next step in one sentence for a person, where there is one.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Unavailable(_) => {
                "there is no OS keyring here; keep the session in a file (--store file) or in memory"
            }
            Self::Locked(_) | Self::Timeout(_) => {
                "unlock the OS keyring and try again, or keep the session in a file (--store file)"
            }
            Self::TooLong { .. } => "keep the session in a file (--store file)",
            Self::Corrupt(_) => {
                "log in again, which writes it anew, or use the version that wrote it"
            }
            Self::Exposed { .. } => "make it readable by its owner alone (chmod 600, a folder 700)",
            Self::Io(_) => "check the free space and the rights of the folder",
            Self::Unsupported(_) => "name the account",
        })
    }

    /// Whether the same call may succeed later without anyone changing anything but an unlock.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Locked(_) | Self::Timeout(_))
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable(why) => write!(f, "the OS keyring can't be reached: {why}"),
            Self::Locked(why) => write!(f, "the OS keyring is locked: {why}"),
            Self::Timeout(limit) => write!(
                f,
                "the OS keyring did not answer within {} s; it may be waiting to be unlocked",
                limit.as_secs_f32()
            ),
            Self::TooLong { length } => {
                write!(
                    f,
                    "the session is longer ({length} bytes) than the OS keyring takes"
                )
            }
            Self::Corrupt(what) => write!(f, "the stored session can't be read: {what}"),
            Self::Exposed { path, what } => write!(f, "{} {what}", path.display()),
            Self::Io(what) => f.write_str(what),
            Self::Unsupported(what) => write!(f, "this store can't {what}"),
        }
    }
}

impl std::error::Error for StoreError {}
