//! The lock of a session across processes: one file, never removed, that also counts the changes.

use std::path::{Path, PathBuf};

use crate::store::{EntryKey, StoreError};

pub(crate) fn home_folder() -> Result<PathBuf, StoreError> {
    todo!()
}

pub(crate) fn file_in(folder: &Path, store: &str, key: &EntryKey) -> PathBuf {
    let _ = (folder, store, key);
    todo!()
}
