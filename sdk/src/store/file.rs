//! A store of files: one for each account, readable by its owner alone.

use std::path::PathBuf;

use super::{BoxFuture, Entry, EntryKey, StoreError, TokenStore};

/// Keeps each session in a file of its own, unencrypted, which only its owner can read.
#[derive(Clone, Debug)]
pub struct FileStore {
    folder: PathBuf,
}

impl FileStore {
    /// Sessions in this folder, which is made (0700) when the first is written.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }
}

impl TokenStore for FileStore {
    fn id(&self) -> String {
        format!("file:{}", self.folder.display())
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
