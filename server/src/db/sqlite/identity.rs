//! Whether the database's files are still those that were opened. A server that goes on with a file that was deleted or
//! replaced acknowledges what nobody will find again.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::Instant;

use crate::db::error::{Error, Result};

/// How often the files are looked at where nobody insists, in milliseconds.
const INTERVAL: u64 = 1000;

/// The files of a database that is open.
pub(super) struct Identity {
    path: PathBuf,
    log_beside: PathBuf,
    database: Id,
    /// The log and its index: new ones are made where the last connection was closed.
    log: Mutex<Option<[Id; 2]>>,
    begun: Instant,
    /// When the files were looked at last, in milliseconds after `begun`.
    looked: AtomicU64,
    is_gone: AtomicBool,
}

/// Device and inode.
type Id = (u64, u64);

impl Identity {
    /// That of a file that was opened a moment ago.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            // SQLite puts them beside the file, not beside a link to it
            log_beside: fs::canonicalize(path)?,
            database: identity(path)?,
            log: Mutex::new(None),
            begun: Instant::now(),
            looked: AtomicU64::new(0),
            is_gone: AtomicBool::new(false),
        })
    }

    /// Fails where the files were others when they were looked at last, which is at most a second ago.
    pub(super) fn check(&self) -> Result<()> {
        let now = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let last = self.looked.load(Ordering::Relaxed);
        let is_due = now.saturating_sub(last) >= INTERVAL;
        // one of many looks
        let looks = is_due
            && self
                .looked
                .compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok();
        if looks {
            return self.look();
        }
        if self.is_gone.load(Ordering::Relaxed) {
            return Err(self.gone());
        }
        Ok(())
    }

    /// Looks at the files now.
    pub(super) fn look(&self) -> Result<()> {
        let log = *self.log();
        let is_same = |path: &Path, known: Id| identity(path).is_ok_and(|found| found == known);
        let is_there = is_same(&self.path, self.database)
            && log.is_none_or(|log| {
                let paths = self.log_paths();
                paths
                    .iter()
                    .zip(log)
                    .all(|(path, known)| is_same(path, known))
            });
        let was_gone = self.is_gone.swap(!is_there, Ordering::Relaxed);
        match (was_gone, is_there) {
            (false, false) => tracing::error!("{}", self.gone()),
            (true, true) => tracing::info!("the database file {} is back", self.path.display()),
            _ => {}
        }
        if is_there { Ok(()) } else { Err(self.gone()) }
    }

    /// Knows the log that a connection has opened.
    pub(super) fn know_log(&self) {
        let mut log = self.log();
        if log.is_none() {
            let [log_path, index] = self.log_paths();
            *log = identity(&log_path)
                .and_then(|log| Ok([log, identity(&index)?]))
                .ok();
        }
    }

    /// Forgets it: the connection is about to be closed. What is gone stays gone.
    pub(super) fn forget_log(&self) {
        if !self.is_gone.load(Ordering::Relaxed) {
            *self.log() = None;
        }
    }

    fn log(&self) -> MutexGuard<'_, Option<[Id; 2]>> {
        self.log.lock().expect("nobody panics with this lock")
    }

    fn log_paths(&self) -> [PathBuf; 2] {
        ["-wal", "-shm"].map(|end| {
            let mut path = self.log_beside.as_os_str().to_owned();
            path.push(end);
            path.into()
        })
    }

    fn gone(&self) -> Error {
        Error::Away(format!(
            "the database file {}, its -wal or its -shm was deleted or replaced while the server uses it, so nothing is read or written; put back what was there, or restart the server on the new file",
            self.path.display()
        ))
    }
}

fn identity(path: &Path) -> io::Result<Id> {
    fs::metadata(path).map(|found| id(&found))
}

#[cfg(unix)]
fn id(found: &Metadata) -> Id {
    use std::os::unix::fs::MetadataExt;
    (found.dev(), found.ino())
}

#[cfg(not(unix))]
fn id(_: &Metadata) -> Id {
    (0, 0)
}
