//! The OS keyring: Secret Service, Keychain, Credential Manager.

use std::path::PathBuf;
use std::time::Duration;

use super::{BoxFuture, Entry, EntryKey, StoreError, TokenStore};

/// Keeps sessions in the OS keyring, under the service `gatepost:<server>` and the user's name.
///
/// Made without touching the keyring; it is opened by the first call. All calls run on a thread of their own with a
/// time limit: a keyring may wait for an unlock for ever.
#[derive(Clone, Debug)]
pub struct KeyringStore {
    prefix: String,
    limit: Duration,
    locks: Option<PathBuf>,
}

impl KeyringStore {
    /// Sessions under `<prefix>:<server>`; the prefix of Gatepost's own programs is `gatepost`.
    pub fn new(prefix: impl Into<String>) -> Self {
        Self {
            prefix: prefix.into(),
            limit: Duration::from_secs(3),
            locks: None,
        }
    }

    /// How long a call may take: 3 seconds by default. Give 30 where somebody is there to unlock the keyring.
    #[must_use]
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// The folder of the lock files, in place of the one in the account's home folder. All programs that use one
    /// keyring must agree on it.
    #[must_use]
    pub fn lock_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.locks = Some(folder.into());
        self
    }

    /// Writes, reads and removes a value that means nothing, to find out whether the keyring can be used at all.
    ///
    /// # Errors
    /// Why it can't.
    pub async fn probe(&self) -> Result<(), StoreError> {
        todo!()
    }
}

impl TokenStore for KeyringStore {
    fn id(&self) -> String {
        format!("keyring:{}", self.prefix)
    }
    fn load<'a>(&'a self, _key: &'a EntryKey) -> BoxFuture<'a, Result<Option<Entry>, StoreError>> {
        todo!()
    }
    fn save<'a>(
        &'a self,
        _key: &'a EntryKey,
        _entry: &'a Entry,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        todo!()
    }
    fn remove<'a>(&'a self, _key: &'a EntryKey) -> BoxFuture<'a, Result<(), StoreError>> {
        todo!()
    }
    fn list<'a>(&'a self, _server: &'a str) -> BoxFuture<'a, Result<Vec<EntryKey>, StoreError>> {
        todo!()
    }
}
