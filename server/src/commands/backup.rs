//! `gatepost-server backup FILE`: a consistent copy of the database of SQLite, while the server goes on.

use std::fs::File;
use std::io::{self, ErrorKind, IsTerminal};
use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};
use clap::Args;
use tempfile::TempPath;

use super::common::{Common, say};
use super::progress::Progress;
use super::signals::Signals;
use crate::db::{self, BackupFailure, Url, back_up};
use crate::settings::Settings;
use crate::startup::{database_url, keys, no_database};

#[derive(Args)]
pub(super) struct Backup {
    /// The file to write
    file: PathBuf,
    /// Replace a file that is there already, once the new copy is whole
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
        self.refuse_file(&source)?;
        let folder = self.folder();
        let new = tempfile::Builder::new()
            .prefix(".gatepost-backup-")
            .tempfile_in(folder);
        let new = new.map_err(|error| {
            anyhow!(
                "no file can be made in {}: {error}; choose a folder that this user may write to",
                folder.display()
            )
        })?;
        let signals = Signals::listen()?;
        // what is not named at the end is removed, whatever ends this
        let new = new.into_temp_path();
        let (from, to) = (source.clone(), new.to_path_buf());
        let copying = tokio::task::spawn_blocking(move || {
            let mut progress = Progress::new(io::stderr().is_terminal());
            back_up(&from, &to, |left, all| {
                progress.show(u64::from(all - left.min(all)), u64::from(all), "pages");
            })
        });
        tokio::select! {
            copied = copying => copied?.map_err(|failure| self.failed(failure, &source))?,
            () = signals.any() => bail!("stopped by a signal; there is no backup, and nothing is left of it"),
        }
        let size = self.name(new).await?;
        say(&format!(
            "Copied {} to {} ({} KiB), and SQLite has checked the copy.{}",
            source.display(),
            self.file.display(),
            size.div_ceil(1024),
            about_keys(&settings)
        ));
        Ok(())
    }

    /// Refuses to write over something.
    fn refuse_file(&self, source: &Path) -> anyhow::Result<()> {
        let file = self.file.display();
        let Ok(found) = std::fs::metadata(&self.file) else {
            return Ok(());
        };
        if found.is_dir() {
            bail!("{file} is a folder; name a file in it");
        }
        let is_itself = source.canonicalize().ok() == self.file.canonicalize().ok();
        if is_itself {
            bail!("{file} is the database itself; name another file");
        }
        if !self.force {
            bail!("{file} is there already; name another file, or replace it with --force");
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
