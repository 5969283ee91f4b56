//! Why a store can't be used, and what to do about it.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// Why a session can't be read or kept. It never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreError {
    /// There is no such place on this machine, for example no Secret Service. The text says which and why, for a person.
    Unavailable(String),
    /// The place is locked, and nobody unlocked it. The text says which, for a person.
    Locked(String),
    /// The place did not answer within this time; it may be waiting for someone to unlock it.
    Timeout(Duration),
    /// The session is longer than the place takes.
    #[non_exhaustive]
    TooLong {
        /// The session's length in bytes.
        length: usize,
    },
    /// What is kept there is not a session, or a newer version's. A login writes it anew, a logout removes it.
    Corrupt(String),
    /// Others can read or change the file, or the folder it is in.
    #[non_exhaustive]
    Exposed {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The file or folder belongs to another account: the program runs with sudo in somebody's home, or did once.
    #[non_exhaustive]
    Foreign {
        /// The file or folder.
        path: PathBuf,
    },
    /// The session can't be locked against other processes, and the server is not known to repeat a refresh, so one
    /// without a lock could end the session.
    #[non_exhaustive]
    NoLock {
        /// The lock's file, where it would be one.
        path: Option<PathBuf>,
        /// Why it can't be locked.
        why: String,
    },
    /// The operating system refused. The text says what, for a person.
    Io(String),
    /// The place has no way of doing that.
    Unsupported(&'static str),
    /// The store's own code panicked while it was asked to do this.
    Panicked(&'static str),
}

impl StoreError {
    /// That a session of this length in bytes is longer than the place takes; it is tried again without its access
    /// token.
    pub fn too_long(length: usize) -> Self {
        Self::TooLong { length }
    }

    /// The next step in one sentence for a person, where there is one.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Unavailable(_) | Self::TooLong { .. } => "keep the session in another store",
            Self::Locked(_) | Self::Timeout(_) => {
                "unlock it and try again, or keep the session in another store"
            }
            Self::Corrupt(_) => {
                "log in again, which writes it anew, or use the version that wrote it"
            }
            Self::Exposed { .. } => "make it readable by its owner alone (chmod 600, a folder 700)",
            Self::Foreign { .. } => {
                "with sudo, run it with `sudo -H`, or keep the session in another store; otherwise give it to your own account or remove it"
            }
            Self::NoLock { .. } => {
                "make the folder writable, or keep the session where files can be locked"
            }
            Self::Io(_) => "check the free space and the rights of the folder",
            Self::Unsupported(_) => "name the account",
            Self::Panicked(_) => "this is a defect of the store",
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
            Self::Unavailable(what) | Self::Locked(what) | Self::Io(what) => f.write_str(what),
            Self::Timeout(limit) => write!(
                f,
                "the store of the session did not answer within {} s; it may be waiting to be unlocked",
                limit.as_secs_f32()
            ),
            Self::TooLong { length } => {
                write!(
                    f,
                    "the session is longer ({length} bytes) than its store takes"
                )
            }
            Self::Corrupt(what) => write!(f, "the stored session can't be read: {what}"),
            Self::Exposed { path, what } => write!(f, "{} {what}", path.display()),
            Self::Foreign { path } => write!(f, "{} belongs to another account", path.display()),
            Self::NoLock { why, .. } => write!(f, "the session can't be locked: {why}"),
            Self::Unsupported(what) => write!(f, "this store can't {what}"),
            Self::Panicked(what) => write!(f, "the session's store failed to {what}: it panicked"),
        }
    }
}

impl std::error::Error for StoreError {}

/// What the system says, without the number that it has for it.
pub(crate) fn words(error: &std::io::Error) -> String {
    let text = error.to_string();
    let end = text.find(" (os error").unwrap_or(text.len());
    text[..end].to_owned()
}
