//! Where a session is and where its lock is: entry keys, lock places, folders.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::error::StoreError;
use super::future::BoxFuture;
use crate::token::hex;

/// Which session: of whom, at which server.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntryKey {
    server: String,
    user: String,
}

impl EntryKey {
    /// The session of this user at this server: `https://api.example.org`, with a port and a path where it has
    /// them, without a final slash.
    pub fn new(server: impl Into<String>, user: impl Into<String>) -> Self {
        Self {
            server: server.into(),
            user: user.into(),
        }
    }

    /// The server's address without a final slash.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// The name that was logged in with.
    pub fn user(&self) -> &str {
        &self.user
    }
}

/// What locks a session against other processes while it is refreshed.
#[derive(Clone)]
#[non_exhaustive]
pub enum LockPlace {
    /// Nothing outside this process can reach the store.
    InProcess,
    /// This file, which is made with its folder where it is missing, and never removed.
    File(PathBuf),
    /// A lock of one's own, for a store that several machines share.
    Shared(Arc<dyn SharedLock>),
}

/// A lock that several machines share: in the database or the Redis that keeps the sessions. `examples/own_store.rs` has
/// one.
///
/// It must be held until its guard is released or lost, and at least for a minute: a refresh takes up to 25 seconds,
/// and storing what came of it some more. A lock that lapses by itself should lapse after that.
pub trait SharedLock: Send + Sync + 'static {
    /// Takes the lock, waiting for it at most so long; `None` where somebody else holds it for longer.
    ///
    /// # Errors
    /// The lock can't be taken at all. Then a refresh is sent only to servers that repeat it.
    fn acquire(
        &self,
        limit: Duration,
    ) -> BoxFuture<'_, Result<Option<Box<dyn SharedGuard>>, StoreError>>;
}

/// A held [`SharedLock`].
pub trait SharedGuard: Send + Sync + 'static {
    /// Frees the lock. It runs in a task of its own; the lock is also over when the guard is dropped without it, as soon
    /// as it lapses.
    fn release(self: Box<Self>) -> BoxFuture<'static, ()>;
}

impl PartialEq for LockPlace {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::InProcess, Self::InProcess) => true,
            (Self::File(one), Self::File(other)) => one == other,
            (Self::Shared(one), Self::Shared(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}

impl Eq for LockPlace {}

impl fmt::Debug for LockPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InProcess => f.write_str("InProcess"),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Shared(_) => f.write_str("Shared"),
        }
    }
}

/// The lock file of a session in a folder: named by a hash, since a server's address is no file name.
pub(crate) fn file_in(folder: &Path, store: &str, key: &EntryKey) -> PathBuf {
    let name = format!("{store}\n{}\n{}", key.server(), key.user());
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, name.as_bytes());
    folder.join(format!("{}.lock", hex(&digest.as_ref()[..16])))
}

/// The folder of lock files in the home of the operating system's account. Two processes of one account share its
/// keyring whatever their environment says, so they must share the lock: `XDG_*` never counts, and `HOME` only where
/// `/etc/passwd` does not list the account, or outside Linux.
pub(crate) fn home_folder() -> Result<PathBuf, StoreError> {
    let home = account_home().or_else(std::env::home_dir);
    let home = home.filter(|home| home.is_absolute());
    let home = home.ok_or_else(|| {
        StoreError::Io("this account has no home folder for the lock of its sessions".to_owned())
    })?;
    Ok(home.join(".local/state/gatepost/locks"))
}

#[cfg(target_os = "linux")]
fn account_home() -> Option<PathBuf> {
    let uid = rustix::process::geteuid().as_raw().to_string();
    let accounts = std::fs::read_to_string("/etc/passwd").ok()?;
    accounts.lines().find_map(|line| {
        // name:password:uid:gid:comment:home:shell
        let mut fields = line.split(':').skip(2);
        (fields.next()? == uid).then(|| fields.nth(2).map(PathBuf::from))?
    })
}

#[cfg(not(target_os = "linux"))]
fn account_home() -> Option<PathBuf> {
    None
}

/// Makes a folder and those above it, for the owner alone.
pub(crate) fn make_private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_of_store_server_and_user() {
        let file =
            |store, server, user| file_in(Path::new("/l"), store, &EntryKey::new(server, user));
        let one = file("keyring:gatepost", "https://a.example", "ada");
        assert_eq!(one, file("keyring:gatepost", "https://a.example", "ada"));
        assert_ne!(one, file("keyring:other", "https://a.example", "ada"));
        assert_ne!(one, file("keyring:gatepost", "https://b.example", "ada"));
        assert_ne!(one, file("keyring:gatepost", "https://a.example", "bob"));
    }
}
