//! Who else can read or change a file of sessions. Where an account's own folders are for it alone, nobody.

use std::fs::Metadata;
use std::path::Path;

use super::StoreError;

pub(super) fn check_file(path: &Path, about: &Metadata) -> Result<(), StoreError> {
    check(path, about, 0o077, "can be read or changed by others")
}

pub(super) fn check_folder(path: &Path, about: &Metadata) -> Result<(), StoreError> {
    check(path, about, 0o022, "can be changed by others")
}

/// What root writes in the home of somebody else, that one can't read afterwards.
#[cfg(unix)]
pub(super) fn check_home(folder: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::MetadataExt;
    let mut above = folder.ancestors();
    let about = above.find_map(|folder| std::fs::metadata(folder).ok());
    let is_foreign = owner() == Some(0) && about.is_some_and(|about| about.uid() != 0);
    if !is_foreign {
        return Ok(());
    }
    Err(StoreError::Exposed {
        path: folder.to_owned(),
        what: "is in the home of another account; run it without sudo".to_owned(),
    })
}

#[cfg(unix)]
fn check(path: &Path, about: &Metadata, not: u32, what: &str) -> Result<(), StoreError> {
    use std::os::unix::fs::MetadataExt;
    let what = if about.mode() & not != 0 {
        format!("{what} (mode {:o})", about.mode() & 0o777)
    } else if owner().is_some_and(|owner| owner != about.uid()) {
        "belongs to another account; was it made with sudo?".to_owned()
    } else {
        return Ok(());
    };
    let path = path.to_owned();
    Err(StoreError::Exposed { path, what })
}

/// Whose this process is.
#[cfg(unix)]
fn owner() -> Option<u32> {
    use std::os::unix::fs::MetadataExt;
    Some(std::fs::metadata("/proc/self").ok()?.uid())
}

#[cfg(not(unix))]
pub(super) fn check_home(_: &Path) -> Result<(), StoreError> {
    Ok(())
}

#[cfg(not(unix))]
fn check(_: &Path, _: &Metadata, _: u32, _: &str) -> Result<(), StoreError> {
    Ok(())
}
