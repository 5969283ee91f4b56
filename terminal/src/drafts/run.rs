//! One run of a program, and the lock that says that it lives.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::files::private;

/// One run of a program.
#[derive(Debug)]
pub(super) struct Run {
    name: String,
    lock: PathBuf,
    _held: File,
}

impl Run {
    pub(super) fn new(folder: &Path, seconds: i64) -> io::Result<Self> {
        let mut number = 0;
        loop {
            let name = format!("{seconds:x}x{}x{number}", std::process::id());
            let lock = folder.join(format!("{name}.lock"));
            match private().create_new(true).open(&lock) {
                Ok(held) => {
                    // where files can't be locked, nobody can tell who lives
                    let _ = held.lock();
                    // between the two another run may have taken it for left behind
                    if fs::metadata(&lock).is_ok_and(|there| is_same(&there, &held)) {
                        return Ok(Self {
                            name,
                            lock,
                            _held: held,
                        });
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
                Err(error) => return Err(error),
            }
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.lock);
    }
}

#[cfg(unix)]
fn is_same(there: &fs::Metadata, file: &File) -> bool {
    use std::os::unix::fs::MetadataExt;
    file.metadata()
        .is_ok_and(|here| (here.dev(), here.ino()) == (there.dev(), there.ino()))
}

/// A file that is open is not removed there.
#[cfg(not(unix))]
fn is_same(_: &fs::Metadata, _: &File) -> bool {
    true
}

/// Whether the run of this name is still there.
pub(super) fn lives(folder: &Path, run: &str) -> bool {
    match File::open(folder.join(format!("{run}.lock"))) {
        Ok(lock) => matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock)),
        Err(_) => false,
    }
}

/// Removes the lock of a run that is over: held meanwhile, so that a run that is about to lock it sees that it is gone.
pub(super) fn sweep(path: &Path) {
    if let Ok(lock) = File::open(path)
        && lock.try_lock().is_ok()
    {
        let _ = fs::remove_file(path);
    }
}
