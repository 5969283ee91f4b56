//! Keeping drafts: a thread of its own that writes each whole or not at all, and tries again what failed.
//!
//! Each run of the program holds a lock while it lives, so that another never takes the drafts that are being
//! written for left behind.

mod folder;

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;

use self::folder::{Run, load, remove, save};
pub(crate) use self::folder::{put_away, written};
use crate::draft::{Draft, DraftId};
use crate::msg::Msg;

/// How long after a draft could not be kept it is tried again.
const AGAIN: Duration = Duration::from_secs(3);

/// What is to be done with the files, in this order.
enum Job {
    Save {
        draft: Box<Draft>,
        replaces: Option<DraftId>,
    },
    Drop(DraftId),
    Taken(DraftId),
    Load {
        server: String,
        user: String,
    },
}

/// The thread, and the folder that it works in.
pub(crate) struct Files {
    jobs: Sender<Job>,
    thread: JoinHandle<Vec<Unkept>>,
    run: Run,
}

/// A draft that could not be kept.
pub(crate) struct Unkept {
    pub(crate) draft: Box<Draft>,
    pub(crate) why: String,
    replaces: Option<DraftId>,
}

/// What the thread works with.
struct Worker {
    folder: PathBuf,
    run: String,
    to: UnboundedSender<Msg>,
    /// Here, not in the model: they outlive the session of their user.
    unkept: BTreeMap<DraftId, Unkept>,
}

impl Files {
    /// Makes the folder where it is missing, and starts.
    pub(crate) fn open(folder: &Path, seconds: i64, to: UnboundedSender<Msg>) -> io::Result<Self> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
        let run = Run::new(folder, seconds)?;
        let (jobs, todo) = channel();
        let worker = Worker {
            folder: folder.to_owned(),
            run: run.name.clone(),
            to,
            unkept: BTreeMap::new(),
        };
        let thread = std::thread::Builder::new()
            .name("drafts".to_owned())
            .spawn(move || worker.work(&todo))?;
        Ok(Self { jobs, thread, run })
    }

    /// The name of this run.
    pub(crate) fn run(&self) -> &str {
        &self.run.name
    }

    /// Keeps a draft; only then the one that it replaces goes.
    pub(crate) fn save(&self, draft: Box<Draft>, replaces: Option<DraftId>) {
        let _ = self.jobs.send(Job::Save { draft, replaces });
    }

    pub(crate) fn drop(&self, id: DraftId) {
        let _ = self.jobs.send(Job::Drop(id));
    }

    /// What the person's editor wrote is part of the draft now.
    pub(crate) fn taken(&self, id: DraftId) {
        let _ = self.jobs.send(Job::Taken(id));
    }

    pub(crate) fn load(&self, server: String, user: String) {
        let _ = self.jobs.send(Job::Load { server, user });
    }

    /// Returns when all that was asked for is done, with what could not be.
    pub(crate) fn close(self) -> Vec<Unkept> {
        drop(self.jobs);
        let unkept = self.thread.join().unwrap_or_default();
        let _ = fs::remove_file(self.run.lock);
        unkept
    }
}

impl Worker {
    fn work(mut self, todo: &Receiver<Job>) -> Vec<Unkept> {
        loop {
            let job = if self.unkept.is_empty() {
                todo.recv().map_err(RecvTimeoutError::from)
            } else {
                todo.recv_timeout(AGAIN)
            };
            match job {
                Ok(job) => self.carry_out(job),
                Err(RecvTimeoutError::Timeout) => self.again(),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        self.again();
        self.unkept.into_values().collect()
    }

    fn carry_out(&mut self, job: Job) {
        match job {
            Job::Save { draft, replaces } => {
                if self.save(draft, replaces) {
                    self.again();
                }
            }
            Job::Drop(id) => {
                let unkept = self.unkept.remove(&id);
                for id in unkept
                    .and_then(|unkept| unkept.replaces)
                    .iter()
                    .chain([&id])
                {
                    remove(&self.folder, id);
                }
            }
            Job::Taken(id) => {
                if let Some(path) = written(&self.folder, &id)
                    && !self.unkept.contains_key(&id)
                {
                    let _ = fs::remove_file(path);
                }
            }
            Job::Load { server, user } => {
                let mut drafts = load(&self.folder, &self.run);
                drafts.retain(|draft| !self.unkept.contains_key(&draft.id));
                drafts.extend(self.unkept.values().map(|unkept| (*unkept.draft).clone()));
                let replaced = |draft: &Draft| {
                    let mut unkept = self.unkept.values();
                    unkept.any(|unkept| unkept.replaces.as_ref() == Some(&draft.id))
                };
                drafts.retain(|draft| {
                    draft.server == server && draft.user == user && !replaced(draft)
                });
                drafts.sort_by_key(|draft| std::cmp::Reverse(draft.saved));
                let _ = self.to.send(Msg::Drafts(drafts));
            }
        }
    }

    /// Whether it is kept now. Where not, it is tried again; that is told once.
    fn save(&mut self, draft: Box<Draft>, replaces: Option<DraftId>) -> bool {
        let id = draft.id.clone();
        let before = self.unkept.remove(&id);
        let is_told = before.is_some();
        let replaces = replaces.or(before.and_then(|unkept| unkept.replaces));
        match save(&self.folder, &draft) {
            Ok(()) => {
                if let Some(old) = replaces {
                    remove(&self.folder, &old);
                }
                let _ = self.to.send(Msg::DraftSaved(id, Ok(())));
                true
            }
            Err(error) => {
                let why = error.to_string();
                if !is_told {
                    let _ = self.to.send(Msg::DraftSaved(id.clone(), Err(why.clone())));
                }
                let unkept = Unkept {
                    draft,
                    why,
                    replaces,
                };
                self.unkept.insert(id, unkept);
                false
            }
        }
    }

    /// Tries again to keep what could not be.
    fn again(&mut self) {
        let ids: Vec<_> = self.unkept.keys().cloned().collect();
        for id in ids {
            if let Some(unkept) = self.unkept.get(&id) {
                self.save(unkept.draft.clone(), None);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc::UnboundedReceiver;

    use super::folder::path;

    use super::*;

    fn draft(files: &Files, number: u64, title: &str) -> Box<Draft> {
        Box::new(Draft {
            id: DraftId::new(files.run(), number),
            server: "https://x".into(),
            user: "ada".into(),
            post: None,
            title: title.into(),
            content: "text".into(),
            saved: i64::try_from(number).unwrap(),
        })
    }

    fn found(folder: &Path) -> Vec<Draft> {
        let (to, mut from) = tokio::sync::mpsc::unbounded_channel();
        let files = Files::open(folder, 2, to).unwrap();
        files.load("https://x".into(), "ada".into());
        files.close();
        match from.try_recv() {
            Ok(Msg::Drafts(drafts)) => drafts,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_draft_is_found_when_its_run_is_over_and_not_before() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (to, mut from) = tokio::sync::mpsc::unbounded_channel();
        let files = Files::open(folder.path(), 1, to).unwrap();
        files.save(draft(&files, 1, "one"), None);
        files.save(draft(&files, 2, "two"), None);
        files.save(draft(&files, 3, "three"), None);
        files.drop(DraftId::new(files.run(), 2));
        while from.blocking_recv().unwrap() != Msg::DraftSaved(DraftId::new(files.run(), 3), Ok(()))
        {
        }
        assert_eq!(found(folder.path()), [], "they are being written");
        let path = path(folder.path(), &DraftId::new(files.run(), 1)).unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        files.close();
        let titles: Vec<_> = found(folder.path())
            .into_iter()
            .map(|draft| draft.title)
            .collect();
        assert_eq!(titles, ["three", "one"]);
        fs::write(&path, "{torn").unwrap();
        assert_eq!(found(folder.path()).len(), 1);
        assert!(path.exists(), "what can't be read is left alone");
    }

    fn told(from: &mut UnboundedReceiver<Msg>) -> bool {
        match from.blocking_recv() {
            Some(Msg::DraftSaved(_, result)) => result.is_ok(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_draft_that_is_replaced_goes_only_when_the_new_one_is_kept() {
        let parent = tempfile::tempdir().unwrap();
        let (folder, away) = (parent.path().join("drafts"), parent.path().join("away"));
        let (to, mut from) = tokio::sync::mpsc::unbounded_channel();
        let files = Files::open(&folder, 1, to).unwrap();
        let old = draft(&files, 1, "old");
        let old_path = path(&folder, &old.id).unwrap();
        files.save(old.clone(), None);
        assert!(told(&mut from));
        fs::rename(&folder, &away).unwrap();
        files.save(draft(&files, 2, "new"), Some(old.id.clone()));
        assert!(!told(&mut from));
        fs::rename(&away, &folder).unwrap();
        assert!(told(&mut from), "it is tried again by itself");
        assert!(!old_path.exists());
        files.save(draft(&files, 3, "kept"), None);
        assert!(told(&mut from));
        fs::rename(&folder, &away).unwrap();
        files.save(draft(&files, 4, "last"), Some(DraftId::new(files.run(), 3)));
        let unkept = files.close();
        assert_eq!(unkept.len(), 1);
        assert_eq!(unkept[0].draft.title, "last");
        fs::rename(&away, &folder).unwrap();
        let titles: Vec<_> = found(&folder)
            .into_iter()
            .map(|draft| draft.title)
            .collect();
        assert_eq!(titles, ["kept", "new"]);
    }

    #[test]
    fn who_signs_in_again_finds_the_drafts_of_this_run_and_nobody_else_does() {
        let folder = tempfile::tempdir().unwrap();
        let (to, mut from) = tokio::sync::mpsc::unbounded_channel();
        let files = Files::open(folder.path(), 1, to).unwrap();
        files.save(draft(&files, 1, "one"), None);
        assert!(told(&mut from));
        for (user, count) in [("eve", 0), ("ada", 1)] {
            files.load("https://x".into(), user.into());
            let Some(Msg::Drafts(drafts)) = from.blocking_recv() else {
                panic!()
            };
            assert_eq!(drafts.len(), count, "{user}");
        }
        files.close();
    }

    #[test]
    fn what_the_editor_wrote_last_is_offered_after_an_end_that_left_it() {
        let folder = tempfile::tempdir().unwrap();
        let (to, _from) = tokio::sync::mpsc::unbounded_channel();
        let files = Files::open(folder.path(), 1, to).unwrap();
        let one = draft(&files, 1, "one");
        files.save(one.clone(), None);
        files.close();
        let (json, md) = (
            path(folder.path(), &one.id),
            written(folder.path(), &one.id),
        );
        let (json, md) = (json.unwrap(), md.unwrap());
        fs::write(&md, "better\n\n").unwrap();
        assert_eq!(found(folder.path())[0].content, "better\n");
        // cut while it was made
        fs::write(&md, "te").unwrap();
        assert_eq!(found(folder.path())[0].content, "text");
        fs::write(&md, b"\xff").unwrap();
        assert_eq!(found(folder.path())[0].content, "text");
        assert!(!md.exists() && md.with_extension("kept1.md").exists());
        fs::write(&md, "again").unwrap();
        remove(folder.path(), &one.id);
        assert!(!json.exists() && !md.exists());
    }
}
