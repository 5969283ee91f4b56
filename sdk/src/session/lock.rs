//! The lock of a session across processes: one file, never removed, that also counts the changes.
//!
//! `flock` is freed by the kernel when its holder dies and does not lapse while it is suspended, so there is no
//! such thing as a stale lock. The file says how often the session was changed, so that a reader notices a change
//! by one small read; who holds it; and that a refresh was sent whose outcome is not known.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::runtime::Handle;
use tokio::time::Instant;

use super::mounts::network_kind;
use crate::random;
use crate::store::place::make_private_folder;
use crate::store::{LockPlace, SharedGuard, StoreError, private, words};

/// What came of asking for the lock.
pub(crate) enum Asked {
    Held(Held),
    /// There can be no lock here, for this reason.
    Impossible(StoreError),
    /// Another process has it.
    Busy(Option<u32>),
}

/// A held lock; dropping it frees it.
pub(crate) struct Held {
    /// `None` where no other process can reach the store, or the lock is no file.
    file: Option<File>,
    shared: Option<Box<dyn SharedGuard>>,
    note: Note,
    /// What the holder before left in doubt.
    found_sending: u64,
}

/// What the file says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Note {
    pub(crate) generation: u64,
    pid: u32,
    /// The generation whose refresh token was sent without a known outcome; 0 for none.
    sending: u64,
}

impl Note {
    /// Always as long, so that it is written over the old one in one go.
    fn text(self) -> String {
        format!(
            "{:>20} {:>10} {:>20}\n",
            self.generation, self.pid, self.sending
        )
    }

    fn read(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace();
        Some(Self {
            generation: words.next()?.parse().ok()?,
            pid: words.next()?.parse().ok()?,
            sending: words.next()?.parse().ok()?,
        })
    }
}

impl Held {
    fn without_file(shared: Option<Box<dyn SharedGuard>>) -> Self {
        Self {
            file: None,
            shared,
            note: Note::default(),
            found_sending: 0,
        }
    }

    /// How often the session was changed.
    pub(crate) fn generation(&self) -> u64 {
        self.note.generation
    }

    /// Whether other processes read the generation.
    pub(crate) fn counts(&self) -> bool {
        self.file.is_some()
    }

    /// Whether an earlier holder sent a refresh of this generation whose outcome is not known.
    pub(crate) fn is_in_doubt(&self, generation: u64) -> bool {
        generation != 0 && self.found_sending == generation
    }

    /// Notes that a refresh of this generation is about to be sent.
    pub(crate) fn sending(&mut self, generation: u64) {
        self.note.sending = generation;
        self.write();
    }

    /// Notes the outcome: the session is of this generation now and nothing is in doubt.
    pub(crate) fn note_done(&mut self, generation: u64) {
        self.note.generation = generation;
        self.note.sending = 0;
        self.write();
    }

    /// A note that can't be written costs other processes a look at the store and nothing else.
    fn write(&mut self) {
        let text = self.note.text();
        if let Some(file) = &mut self.file
            && let Err(error) = file
                .seek(SeekFrom::Start(0))
                .and_then(|_| file.write_all(text.as_bytes()))
        {
            tracing::debug!(cause = %error, "the lock file can't be written");
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // without a runtime the lock lapses by itself
        if let (Some(guard), Ok(runtime)) = (self.shared.take(), Handle::try_current()) {
            runtime.spawn(guard.release());
        }
    }
}

impl LockPlace {
    /// Takes the lock and frees it again, to find out whether there can be one; that somebody else has it at the moment
    /// is as good.
    ///
    /// # Errors
    /// [`StoreError::NoLock`] with the reason, such as a file system of the network; what a lock of one's own says.
    pub async fn probe(&self) -> Result<(), StoreError> {
        match ask(self, Duration::ZERO).await {
            Asked::Impossible(why) => Err(why),
            Asked::Held(_) | Asked::Busy(_) => Ok(()),
        }
    }
}

/// Waits for the lock, at most so long. It polls: a blocking call could not be given up.
pub(crate) async fn ask(place: &LockPlace, limit: Duration) -> Asked {
    let path = match place {
        LockPlace::InProcess => return Asked::Held(Held::without_file(None)),
        LockPlace::Shared(lock) => {
            // it is the program's own, and may panic
            let acquired = AssertUnwindSafe(async { lock.acquire(limit).await }).catch_unwind();
            return match tokio::time::timeout(limit, acquired).await {
                Ok(Ok(Ok(Some(guard)))) => Asked::Held(Held::without_file(Some(guard))),
                Ok(Ok(Ok(None))) | Err(_) => Asked::Busy(None),
                Ok(Ok(Err(error))) => Asked::Impossible(error),
                Ok(Err(_)) => Asked::Impossible(StoreError::Panicked("lock it")),
            };
        }
        LockPlace::File(path) => path,
    };
    // before anything is made: what root makes in somebody's home locks that one out
    if let Err(foreign) = private::check_owner(path) {
        return Asked::Impossible(foreign);
    }
    let impossible = |why| {
        Asked::Impossible(StoreError::NoLock {
            path: Some(path.clone()),
            why,
        })
    };
    if let Some(kind) = path.parent().and_then(network_kind) {
        return impossible(format!("{} is on a {kind} file system", path.display()));
    }
    let until = Instant::now() + limit;
    let mut pause = Duration::from_millis(10);
    loop {
        match try_lock(path) {
            Ok(Some(held)) => return Asked::Held(held),
            Ok(None) if Instant::now() >= until => {
                let holder = note(place).map(|note| note.pid);
                return Asked::Busy(holder.filter(|pid| *pid != 0));
            }
            Ok(None) => tokio::time::sleep(jitter(pause)).await,
            Err(error) => {
                let why = words(&error);
                return impossible(format!("{} can't be locked: {why}", path.display()));
            }
        }
        pause = (pause * 2).min(Duration::from_millis(100));
    }
}

fn try_lock(path: &Path) -> std::io::Result<Option<Held>> {
    let mut file = match open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            make_private_folder(path.parent().unwrap_or(path))?;
            open(path)?
        }
        opened => opened?,
    };
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    if !is_still(&file, path) {
        return Ok(None); // somebody removed the file meanwhile: the next try makes it again
    }
    let mut text = String::new();
    let note = file
        .read_to_string(&mut text)
        .ok()
        .and_then(|_| Note::read(&text))
        .unwrap_or_default();
    let mut held = Held {
        file: Some(file),
        shared: None,
        note: Note {
            pid: std::process::id(),
            ..note
        },
        found_sending: note.sending,
    };
    held.write();
    Ok(Some(held))
}

fn open(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(unix)]
fn is_still(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(open), Ok(named)) => (open.dev(), open.ino()) == (named.dev(), named.ino()),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_still(_: &File, _: &Path) -> bool {
    true // an open file can't be removed
}

/// What the lock file says at the moment, without holding it.
pub(crate) fn note(place: &LockPlace) -> Option<Note> {
    match place {
        LockPlace::InProcess | LockPlace::Shared(_) => None,
        LockPlace::File(path) => Note::read(&std::fs::read_to_string(path).ok()?),
    }
}

/// A pause of a half to the whole of this, so that those who wait do not ask in step.
pub(crate) fn jitter(pause: Duration) -> Duration {
    // without randomness they do ask in step, which is no harm
    let [byte] = random::bytes().unwrap_or_default();
    pause / 2 + pause * u32::from(byte) / 512
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_millis(150);

    async fn held(place: &LockPlace) -> Held {
        match ask(place, SOON).await {
            Asked::Held(held) => held,
            Asked::Busy(pid) => panic!("busy: {pid:?}"),
            Asked::Impossible(error) => panic!("{error}"),
        }
    }

    #[tokio::test]
    async fn one_holds_it_and_the_note_stays() {
        let folder = tempfile::tempdir().unwrap();
        let place = LockPlace::File(folder.path().join("below/x.lock"));
        let mut first = held(&place).await;
        assert_eq!(first.generation(), 0);
        first.sending(6);
        let Asked::Busy(holder) = ask(&place, SOON).await else {
            panic!("two hold it");
        };
        assert_eq!(holder, Some(std::process::id()));
        drop(first);
        let mut second = held(&place).await;
        assert!(second.is_in_doubt(6) && !second.is_in_doubt(7));
        second.note_done(7);
        drop(second);
        assert_eq!(note(&place).unwrap().generation, 7);
        let third = held(&place).await;
        assert!(third.generation() == 7 && !third.is_in_doubt(6));
    }

    #[tokio::test]
    async fn a_removed_file_makes_no_second_holder_of_one_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.lock");
        let place = LockPlace::File(path.clone());
        let first = held(&place).await;
        std::fs::remove_file(&path).unwrap();
        drop(held(&place).await);
        drop(first);
        assert!(path.exists());
    }

    #[tokio::test]
    async fn a_folder_that_can_not_be_made_is_said() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("file"), "").unwrap();
        let place = LockPlace::File(folder.path().join("file/x.lock"));
        let Asked::Impossible(error) = ask(&place, SOON).await else {
            panic!("it was locked");
        };
        assert!(matches!(error, StoreError::NoLock { .. }), "{error:?}");
        assert!(error.to_string().contains("x.lock"), "{error}");
        assert!(!error.to_string().contains("os error"), "{error}");
    }

    /// As with sudo: nothing is made, and nothing that is there is used.
    #[cfg(unix)]
    #[tokio::test]
    async fn the_lock_of_another_account_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("below/x.lock");
        let place = LockPlace::File(path.clone());
        drop(held(&place).await);
        if std::os::unix::fs::chown(&path, Some(12345), None).is_err() {
            return; // only root can make this
        }
        let before = std::fs::read(&path).unwrap();
        let Asked::Impossible(error) = ask(&place, SOON).await else {
            panic!("it was locked");
        };
        assert_eq!(error, StoreError::Foreign { path: path.clone() });
        assert_eq!(std::fs::read(&path).unwrap(), before);
        std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
        std::os::unix::fs::chown(folder.path(), Some(12345), None).unwrap();
        assert!(matches!(ask(&place, SOON).await, Asked::Impossible(_)));
        assert!(!path.parent().unwrap().exists());
    }
}
