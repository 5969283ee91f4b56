//! To whom a folder belongs, looked at before anything is written.

use std::path::Path;

/// Whether root would write into what belongs to somebody else.
#[cfg(unix)]
pub(crate) fn would_be_root_s(folder: &Path) -> bool {
    rustix::process::geteuid().is_root() && is_of_another(folder)
}

/// Whether the folder, or the nearest one above it that there is, belongs to another account.
#[cfg(unix)]
pub(crate) fn is_of_another(folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let mut above = folder.ancestors();
    let there = above.find_map(|folder| std::fs::metadata(folder).ok());
    there.is_some_and(|there| there.uid() != rustix::process::geteuid().as_raw())
}

/// Accounts have their own rights there.
#[cfg(not(unix))]
pub(crate) fn would_be_root_s(_: &Path) -> bool {
    false
}

/// Accounts have their own rights there.
#[cfg(not(unix))]
pub(crate) fn is_of_another(_: &Path) -> bool {
    false
}
