//! The folder of drafts, `$XDG_STATE_HOME/gatepost/drafts/`: texts that are not at the server yet, of all programs of a
//! person.
//!
//! A draft is a file `ID.json`, written whole or not at all. Beside it, `ID.md` is what an editor is given and writes
//! to: while it is there, it is the newer of the two. `ID.lent` says that it was taken, and whose it is after the draft
//! has gone, for an editor that saves late: what it writes then is a text of its own. Each run of a program holds a lock while it lives, so that
//! another never takes a draft that is being written for one that was left.

mod beside;
mod draft;
mod files;
mod folder;
mod run;

use std::cmp::Reverse;
use std::io;
use std::path::{Path, PathBuf};

pub use draft::{Draft, DraftId};
use run::Run;

/// The folder, and this run's place in it.
#[derive(Debug)]
pub struct Drafts {
    folder: PathBuf,
    run: Run,
    opened: i64,
}

impl Drafts {
    /// Makes the folder where it is missing. `now` is in seconds since 1970.
    ///
    /// # Errors
    /// The folder can't be written to, or is in the home of another account.
    pub fn open(folder: &Path, now: i64) -> io::Result<Self> {
        files::make(folder)?;
        Ok(Self {
            folder: folder.to_owned(),
            run: Run::new(folder, now)?,
            opened: now,
        })
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The name of this run, for the names of its drafts.
    pub fn run(&self) -> &str {
        self.run.name()
    }

    /// Keeps a draft, whole or not at all.
    ///
    /// # Errors
    /// It can't be written.
    pub fn save(&self, draft: &Draft) -> io::Result<()> {
        folder::save(&self.folder, draft)
    }

    /// The drafts of this user at this server, the newest first, each as it was last written: by a program or by its
    /// editor. Not those that another run is writing.
    pub fn of(&self, server: &str, user: &str) -> Vec<Draft> {
        let mut drafts = folder::load(&self.folder, self.run(), self.opened);
        drafts.retain(|draft| draft.server == server && draft.user == user);
        drafts.sort_by_key(|draft| Reverse((draft.saved, draft.id.clone())));
        drafts
    }

    /// The file that the editor is given.
    ///
    /// # Errors
    /// The name is none that a run has made, and might lead elsewhere.
    pub fn file(&self, id: &DraftId) -> io::Result<PathBuf> {
        files::written(&self.folder, id).ok_or_else(|| io::ErrorKind::InvalidInput.into())
    }

    /// Makes the file for the editor, with this text.
    ///
    /// # Errors
    /// It can't be written.
    pub fn lend(&self, id: &DraftId, text: &str) -> io::Result<PathBuf> {
        let file = self.file(id)?;
        beside::lent(&self.folder, id);
        files::write(&file, text.as_bytes())?;
        Ok(file)
    }

    /// What the editor wrote is part of the draft now: its file goes. What the editor saves later is no part of it.
    pub fn taken(&self, id: &DraftId) {
        beside::remember(&self.folder, id);
        if let Ok(file) = self.file(id) {
            let _ = std::fs::remove_file(file);
        }
    }

    /// What an editor wrote for it and nobody has taken yet: the file that it was given or one that it left beside, where
    /// that is newer than the draft.
    pub fn left(&self, id: &DraftId) -> Option<PathBuf> {
        folder::left(&self.folder, id)
    }

    /// Makes a draft of its own of what an editor wrote and then failed; gives it, and its file. What is no text stays
    /// a file alone.
    ///
    /// # Errors
    /// It can't be moved: the file is where it was.
    pub fn set_apart(&self, draft: &Draft) -> io::Result<(Option<Draft>, PathBuf)> {
        folder::set_apart(&self.folder, draft)
    }

    /// The server has acknowledged it, or the person has thrown it away: it goes, and the editor's file with it. What an
    /// editor left beside that file stays.
    pub fn remove(&self, id: &DraftId) {
        folder::remove(&self.folder, self.run(), id, false);
    }

    /// As [`Drafts::remove`], where the editor may be open still, as one that goes on beside its terminal: what it
    /// saves later is found as this draft's.
    pub fn leave(&self, id: &DraftId) {
        folder::remove(&self.folder, self.run(), id, true);
    }
}

#[cfg(test)]
mod tests;
