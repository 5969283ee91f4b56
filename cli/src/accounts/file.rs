//! accounts.toml as a file: whose folder it is in, who may read it, and one writer at a time.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::errors::{Exit, Failure};
use crate::{owner, values};

pub(super) fn path(folder: &Path) -> PathBuf {
    folder.join("accounts.toml")
}

pub(super) fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::usage(format!(
        "{} can't be read: {}",
        path.display(),
        values::why(error)
    ))
    .hint("set GATEPOST_CONFIG_DIR to another folder")
}

pub(super) fn unwritable(folder: &Path, error: &io::Error) -> Failure {
    let path = path(folder);
    let failure = Failure::usage(format!(
        "{} can't be written: {}",
        path.display(),
        values::why(error)
    ));
    failure.hint(if owner::is_of_another(folder) {
        format!(
            "{} belongs to another account; was it made with sudo? Give it back with `sudo chown -R \"$USER\" {}`, or set GATEPOST_CONFIG_DIR to another folder",
            folder.display(),
            values::quoted(&folder.display().to_string()),
        )
    } else {
        "set GATEPOST_CONFIG_DIR to another folder".to_owned()
    })
}

/// Refuses to write as root in somebody's home, before anything is touched: that one could not write there any more.
pub(crate) fn check_owner(folder: &Path) -> Result<(), Failure> {
    if !owner::would_be_root_s(folder) {
        return Ok(());
    }
    Err(Failure::new(
        Exit::Store,
        "store",
        format!("{} is in the home of another account", folder.display()),
    )
    .hint("with sudo, use `sudo -H`, or set GATEPOST_CONFIG_DIR and GATEPOST_STATE_DIR to folders of root's"))
}

#[cfg(unix)]
pub(super) fn is_exposed(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(path).is_ok_and(|about| about.mode() & 0o077 != 0)
}

#[cfg(not(unix))]
pub(super) fn is_exposed(_: &Path) -> bool {
    false
}

/// Holds others off until it is dropped; a moment at most, since it is held for one write.
pub(crate) fn lock(folder: &Path) -> io::Result<File> {
    make(folder)?;
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(folder.join("accounts.lock"))?;
    // a lock has no time-out of its own, and a person must not wait for ever: 3 s
    for _ in 0..300 {
        match file.try_lock() {
            Err(fs::TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(10)),
            // or a file system without locks: two logins at once are rare, and only one pointer is lost
            Ok(()) | Err(fs::TryLockError::Error(_)) => return Ok(file),
        }
    }
    Err(io::Error::new(
        io::ErrorKind::TimedOut,
        "another process holds accounts.lock",
    ))
}

fn make(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

pub(super) fn write(folder: &Path, text: &str) -> io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path(folder))?;
    Ok(())
}
