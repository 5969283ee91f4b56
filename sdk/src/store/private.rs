//! Whose a file of sessions is, and who else can read or change it. Where an account's own folders are for it alone,
//! nobody.

use std::fs::Metadata;
use std::path::Path;

use super::StoreError;

pub(super) fn check_file(path: &Path, about: &Metadata) -> Result<(), StoreError> {
    check(path, about, 0o077, "can be read or changed by others")
}

pub(super) fn check_folder(path: &Path, about: &Metadata) -> Result<(), StoreError> {
    check(path, about, 0o022, "can be changed by others")
}

/// Whether a file is for this account to write, as far as its owner says: to be asked before anything is made. What
/// root makes in the home of somebody else, as with sudo, that one can't use afterwards.
#[cfg(unix)]
pub(crate) fn check_owner(path: &Path) -> Result<(), StoreError> {
    for path in path.ancestors() {
        let Ok(about) = std::fs::symlink_metadata(path) else {
            continue; // it is not there, or what it is in can't be searched
        };
        return match foreign(path, &about, true) {
            Some(error) => Err(error),
            None => Ok(()),
        };
    }
    Ok(())
}

/// Whether this account can make files in a folder.
#[cfg(unix)]
pub(super) fn check_writable(folder: &Path) -> std::io::Result<()> {
    use rustix::fs::{Access, AtFlags, CWD, accessat};
    let wanted = Access::WRITE_OK | Access::EXEC_OK;
    Ok(accessat(CWD, folder, wanted, AtFlags::EACCESS)?)
}

/// What a refusal of the operating system comes from, where it is that something on the way is another account's.
#[cfg(unix)]
pub(super) fn refused(path: &Path) -> Option<StoreError> {
    use std::os::unix::fs::MetadataExt;
    let mut above = path.ancestors().enumerate();
    let (depth, path, about) = above.find_map(|(depth, path)| {
        let about = std::fs::symlink_metadata(path).ok()?;
        Some((depth, path, about))
    })?;
    // a folder far above that everybody may search, such as /home, is nobody's mistake
    if depth > 1 && about.mode() & 0o001 != 0 {
        return None;
    }
    foreign(path, &about, false)
}

#[cfg(unix)]
fn foreign(path: &Path, about: &Metadata, is_root_only: bool) -> Option<StoreError> {
    use std::os::unix::fs::MetadataExt;
    let account = account();
    // of a folder above, the operating system knows best whether anybody but root may write in it
    let is_ours = about.uid() == account || is_root_only && account != 0 && about.is_dir();
    (!is_ours).then(|| StoreError::Foreign {
        path: path.to_owned(),
    })
}

#[cfg(unix)]
fn check(path: &Path, about: &Metadata, not: u32, what: &str) -> Result<(), StoreError> {
    use std::os::unix::fs::MetadataExt;
    let path = path.to_owned();
    if about.uid() != account() {
        return Err(StoreError::Foreign { path });
    }
    if about.mode() & not != 0 {
        let what = format!("{what} (mode {:o})", about.mode() & 0o777);
        return Err(StoreError::Exposed { path, what });
    }
    Ok(())
}

/// As whom this process makes files.
#[cfg(unix)]
fn account() -> u32 {
    rustix::process::geteuid().as_raw()
}

#[cfg(not(unix))]
pub(crate) fn check_owner(_: &Path) -> Result<(), StoreError> {
    Ok(())
}

#[cfg(not(unix))]
pub(super) fn check_writable(_: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
pub(super) fn refused(_: &Path) -> Option<StoreError> {
    None
}

#[cfg(not(unix))]
fn check(_: &Path, _: &Metadata, _: u32, _: &str) -> Result<(), StoreError> {
    Ok(())
}
