//! `gatepost-server backup FILE`: a consistent copy of the database of SQLite, while the server goes on.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, IsTerminal, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};
use clap::Args;
use tempfile::TempPath;

use super::common::{Common, say};
use super::progress::Progress;
use super::signals::Signals;
use crate::db::{self, BackupFailure, Url, back_up, bereft};
use crate::settings::Settings;
use crate::startup::{database_url, keys, no_database};

/// How the name of a copy begins until it is whole.
const PREFIX: &str = ".gatepost-backup-";

/// How every database of SQLite begins.
const HEAD: &[u8] = b"SQLite format 3\0";

#[derive(Args)]
pub(super) struct Backup {
    /// The file to write
    file: PathBuf,
    /// Replace a database that is there already, once the new copy is whole
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    common: Common,
}

impl Backup {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let settings = self.common.settings(Vec::new())?;
        let source = match database_url(&settings)? {
            Url::Sqlite(path) => path,
            url @ Url::Postgres(_) => bail!(
                "this database is PostgreSQL's, whose own tool copies it while it is used: `pg_dump --format=custom --file={} '{url}'`, and `pg_restore` puts it back",
                self.file.display()
            ),
        };
        if !source.exists() {
            bail!(no_database(&source));
        }
        if let Some(why) = bereft(&source) {
            bail!(why);
        }
        self.refuse_file(&source)?;
        let folder = self.folder();
        remove_left(folder);
        let signals = Signals::listen()?;
        // what is not named at the end is removed, whatever ends this; its lock says meanwhile that it is at work
        let (_lock, new) = temporary(folder).map_err(|error| {
            anyhow!(
                "no file can be made in {}: {error}; choose a folder that this user may write to",
                folder.display()
            )
        })?;
        let (from, to) = (source.clone(), new.to_path_buf());
        let copying = tokio::task::spawn_blocking(move || {
            let mut progress = Progress::new(io::stderr().is_terminal());
            back_up(&from, &to, |left, all| {
                progress.show(u64::from(all - left.min(all)), u64::from(all), "pages");
            })
        });
        let is_half = tokio::select! {
            copied = copying => copied?.map_err(|failure| self.failed(failure, &source))?,
            () = signals.any() => bail!("stopped by a signal; there is no backup, and nothing is left of it"),
        };
        let size = self.name(new).await?;
        say(&format!(
            "Copied {} to {} ({} KiB), and SQLite has checked the copy.{}",
            source.display(),
            self.file.display(),
            size.div_ceil(1024),
            about_keys(&settings)
        ));
        if is_half {
            say(
                "The database is half a copy of another one, and so is the backup: end it with the `copy` that began it, then make another backup.",
            );
        }
        Ok(())
    }

    /// Refuses to write over something.
    fn refuse_file(&self, source: &Path) -> anyhow::Result<()> {
        let file = self.file.display();
        if self.file.is_dir() {
            bail!("{file} is a folder; name a file in it");
        }
        let name = self.file.file_name().unwrap_or_default();
        let place = self.folder().canonicalize().map(|at| at.join(name)).ok();
        // a file that is made beside the database counts for it as much as one that is there
        let is_of = |end: &str| {
            let mut own = source.canonicalize().ok().map(PathBuf::into_os_string);
            if let Some(own) = &mut own {
                own.push(end);
            }
            own.is_some() && own.map(PathBuf::from) == place
        };
        if is_of("") {
            bail!("{file} is the database itself; name another file");
        }
        if ["-wal", "-shm", "-journal"].into_iter().any(is_of) {
            bail!("{file} is where SQLite keeps a part of the database itself; name another file");
        }
        let Ok(found) = fs::symlink_metadata(&self.file) else {
            return Ok(());
        };
        if found.is_symlink() {
            bail!(
                "{file} is a symbolic link, and the copy would take its place; name the file that it leads to, or remove the link"
            );
        }
        if !found.is_file() {
            bail!("{file} is a device, a pipe or a socket; name an ordinary file");
        }
        if !self.force {
            bail!("{file} is there already; name another file, or replace it with --force");
        }
        if !is_replaceable(&self.file) {
            bail!(
                "{file} is no database of SQLite, and --force replaces nothing else; name another file, or remove this one first"
            );
        }
        Ok(())
    }

    fn folder(&self) -> &Path {
        let folder = self.file.parent();
        folder
            .filter(|folder| *folder != Path::new(""))
            .unwrap_or(Path::new("."))
    }

    /// Gives the copy its name once it is on the disk; its size.
    async fn name(&self, new: TempPath) -> anyhow::Result<u64> {
        let (file, force) = (self.file.clone(), self.force);
        let folder = self.folder().to_owned();
        let named = tokio::task::spawn_blocking(move || {
            let copy = File::open(&new)?;
            copy.sync_all()?;
            let size = copy.metadata()?.len();
            let named = if force {
                new.persist(&file)
            } else {
                new.persist_noclobber(&file)
            };
            named.map_err(|error| error.error)?;
            File::open(folder)?.sync_all()?;
            Ok(size)
        });
        let file = self.file.display();
        named.await?.map_err(|error: io::Error| match error.kind() {
            ErrorKind::AlreadyExists => anyhow!(
                "{file} has been made by somebody else meanwhile; name another file, or replace it with --force"
            ),
            _ => anyhow!("the copy can't be kept in {file}: {error}; nothing is left of it"),
        })
    }

    fn failed(&self, failure: BackupFailure, source: &Path) -> anyhow::Error {
        let (from, to) = (source.display(), self.folder().display());
        match failure {
            BackupFailure::Foreign => anyhow!(
                "{from} is no database of this program's: it has neither its tables nor Django's; name the right one with --database"
            ),
            BackupFailure::Source(db::Error::ReadOnly(why)) => anyhow!(
                "the database {from} can't be read: {why}; SQLite writes beside a database that it reads, so run this as a user who may write to the file and its folder, such as the server's"
            ),
            BackupFailure::Source(db::Error::Busy(_)) => anyhow!(
                "another program has kept the database {from} locked for 10 s; end what it does there, then run this again"
            ),
            BackupFailure::Source(why) => anyhow!("the database {from} can't be read: {why}"),
            BackupFailure::Target(why @ db::Error::Full(_)) => anyhow!(
                "there is no room for the copy in {to}: {why}; nothing is left of it; choose a folder with more room"
            ),
            BackupFailure::Target(why) => {
                anyhow!("the copy could not be written to {to}: {why}; nothing is left of it")
            }
            BackupFailure::Damaged(why) => anyhow!(
                "the database {from} is damaged, so there is no copy of it: {why}; stop every program that uses it, and go back to an earlier backup"
            ),
        }
    }
}

/// Whether a file is an earlier copy, or holds nothing: what was named by mistake, such as a key, is nowhere else.
fn is_replaceable(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| {
        let length = u64::try_from(HEAD.len()).unwrap_or_default();
        file.take(length).read_to_end(&mut head)
    });
    read.is_ok() && (head.is_empty() || head == HEAD)
}

/// A new file of a hidden name, locked as long as it is written.
fn temporary(folder: &Path) -> io::Result<(File, TempPath)> {
    loop {
        let made = tempfile::Builder::new().prefix(PREFIX).tempfile_in(folder);
        let (file, path) = made?.into_parts();
        // another backup that begins now may take it for one that was left, until it is locked
        let is_taken = matches!(file.try_lock(), Err(TryLockError::WouldBlock));
        let is_there = fs::metadata(&path).map(|found| found.ino()).ok();
        if !is_taken && is_there == Some(file.metadata()?.ino()) {
            return Ok((file, path));
        }
    }
}

/// Removes what backups that were killed have left in a folder. What can't be looked at stays, and is in nobody's way.
fn remove_left(folder: &Path) {
    for found in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = found.file_name();
        let is_file = found.file_type().is_ok_and(|kind| kind.is_file());
        let is_ours = is_file && name.to_str().is_some_and(|name| name.starts_with(PREFIX));
        if !is_ours {
            continue;
        }
        let open = File::options().read(true).write(true).open(found.path());
        if open.is_ok_and(|file| file.try_lock().is_ok()) {
            let _ = fs::remove_file(found.path());
        }
    }
}

/// Which files have to be kept beside the copy.
fn about_keys(settings: &Settings) -> String {
    let files = keys::files(settings);
    let names: Vec<_> = files
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    let names = if names.is_empty() {
        "that of the settings".to_owned()
    } else {
        names.join(" and ")
    };
    format!(" The secret key is not in it: keep {names} as well.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_at_work_is_locked_and_what_was_left_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let left = folder.path().join(format!("{PREFIX}abcdef"));
        fs::write(&left, "left").unwrap();
        let (_lock, new) = temporary(folder.path()).unwrap();
        remove_left(folder.path());
        assert!(!left.exists());
        assert!(new.exists(), "another backup writes to it");
    }

    #[test]
    fn a_database_that_can_t_be_read_is_told_with_what_to_do() {
        let backup = Backup {
            file: "copy".into(),
            force: false,
            common: Common::default(),
        };
        for (why, says) in [
            (
                db::Error::ReadOnly("attempt to write a readonly database".to_owned()),
                "run this as a user who may write",
            ),
            (
                db::Error::Busy("database is locked".to_owned()),
                "has kept the database a locked for 10 s; end what it does",
            ),
        ] {
            let told = backup.failed(BackupFailure::Source(why), Path::new("a"));
            assert!(told.to_string().contains(says), "{told}");
        }
    }
}
