//! Where sessions are kept: the trait of every store, and the three that come with the crate.
//!
//! | store | for | where |
//! | --- | --- | --- |
//! | [`KeyringStore`] | people at their machines | Secret Service, Keychain, Credential Manager |
//! | [`FileStore`] | servers and containers, when asked for | a file for each account, readable by its owner alone |
//! | [`MemoryStore`] | tests, and programs that log in each time | this process |
//!
//! No store falls back on another: what can't be kept as asked is an error.

pub(crate) mod caught;
mod error;
mod file;
mod future;
#[cfg(feature = "keyring")]
mod keyring;
mod memory;
pub(crate) mod place;
pub(crate) mod private;
mod session;

pub use error::StoreError;
pub(crate) use error::words;
pub use file::FileStore;
pub use future::BoxFuture;
#[cfg(feature = "keyring")]
pub use keyring::KeyringStore;
pub use memory::MemoryStore;
pub use place::{EntryKey, LockPlace, SharedGuard, SharedLock};
pub(crate) use session::Mark;
pub use session::StoredSession;

/// A place that keeps sessions. Object safe.
///
/// A store does not need to be atomic over several calls: the client holds a lock over all of them. Each call must
/// end in a bounded time, with [`StoreError::Timeout`] if need be.
pub trait TokenStore: Send + Sync + 'static {
    /// The name of the place: two stores of one id hold the same sessions. It is a part of the lock's name.
    fn id(&self) -> String;

    /// Reads a session; `None` where there is none.
    ///
    /// # Errors
    /// The place can't be read, or holds something else.
    fn load<'a>(
        &'a self,
        key: &'a EntryKey,
    ) -> BoxFuture<'a, Result<Option<StoredSession>, StoreError>>;

    /// Writes a session over what was there. When it returns, the session survives a crash of the machine.
    ///
    /// # Errors
    /// The place can't be written; then what was there before is still there.
    fn save<'a>(
        &'a self,
        key: &'a EntryKey,
        session: &'a StoredSession,
    ) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Whether a session could be written now, as far as that is cheap to know. It is asked before a password is sent,
    /// and before tokens are exchanged that a server gives only once. By default yes.
    ///
    /// # Errors
    /// Why not.
    fn check<'a>(&'a self, key: &'a EntryKey) -> BoxFuture<'a, Result<(), StoreError>> {
        let _ = key;
        Box::pin(async { Ok(()) })
    }

    /// Removes a session; one that is not there is removed already.
    ///
    /// # Errors
    /// The place can't be written.
    fn remove<'a>(&'a self, key: &'a EntryKey) -> BoxFuture<'a, Result<(), StoreError>>;

    /// The sessions at one server, in the order of their users' names.
    ///
    /// # Errors
    /// The place can't be read, or can't be searched ([`StoreError::Unsupported`]).
    fn list<'a>(&'a self, server: &'a str) -> BoxFuture<'a, Result<Vec<EntryKey>, StoreError>>;

    /// Where the lock of a session is: as wide as the store, or two processes would refresh one token at once.
    ///
    /// By default a file in the home folder of the operating system's account.
    ///
    /// # Errors
    /// The account has no home folder.
    fn lock(&self, key: &EntryKey) -> Result<LockPlace, StoreError> {
        let folder = place::home_folder()?;
        Ok(LockPlace::File(place::file_in(&folder, &self.id(), key)))
    }

    /// Ends when no call that was given up (with [`StoreError::Timeout`]) is still at work behind the scenes.
    fn idle(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }
}
