//! Keeping drafts: a thread of its own that does it, and tries again what failed. Where there can be no folder, it goes
//! on without: what could not be kept is said at the end.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use gatepost_terminal::drafts::{Draft, DraftId, Drafts};
use tokio::sync::mpsc::UnboundedSender;

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

/// The folder, or why there is none.
pub(crate) type Folder = Result<Arc<Drafts>, String>;

/// The thread, and the folder that it works in.
pub(crate) struct Files {
    jobs: Sender<Job>,
    thread: JoinHandle<Vec<Unkept>>,
}

/// A draft that could not be kept.
pub(crate) struct Unkept {
    pub(crate) draft: Box<Draft>,
    pub(crate) why: String,
    replaces: Option<DraftId>,
}

/// What the thread works with.
struct Worker {
    drafts: Folder,
    to: UnboundedSender<Msg>,
    /// Here, not in the model: they outlive the session of their user.
    unkept: BTreeMap<DraftId, Unkept>,
    /// Those that an editor was given: it may be open still.
    lent: BTreeSet<DraftId>,
}

impl Files {
    /// Starts.
    pub(crate) fn start(drafts: Folder, to: UnboundedSender<Msg>) -> io::Result<Self> {
        let (jobs, todo) = channel();
        let worker = Worker {
            drafts,
            to,
            unkept: BTreeMap::new(),
            lent: BTreeSet::new(),
        };
        let thread = std::thread::Builder::new()
            .name("drafts".to_owned())
            .spawn(move || worker.work(&todo))?;
        Ok(Self { jobs, thread })
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
        self.thread.join().unwrap_or_default()
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
                    self.remove(id);
                }
            }
            Job::Taken(id) => {
                if let Ok(drafts) = &self.drafts
                    && !self.unkept.contains_key(&id)
                {
                    drafts.taken(&id);
                }
                self.lent.insert(id);
            }
            Job::Load { server, user } => {
                let drafts = self.drafts.as_ref();
                let mut drafts = drafts.map_or_else(|_| Vec::new(), |all| all.of(&server, &user));
                drafts.retain(|draft| !self.unkept.contains_key(&draft.id));
                let unkept = self.unkept.values().map(|unkept| &*unkept.draft);
                let unkept = unkept.filter(|draft| draft.server == server && draft.user == user);
                drafts.extend(unkept.cloned());
                let replaced = |draft: &Draft| {
                    let mut unkept = self.unkept.values();
                    unkept.any(|unkept| unkept.replaces.as_ref() == Some(&draft.id))
                };
                drafts.retain(|draft| !replaced(draft));
                drafts.sort_by_key(|draft| Reverse((draft.saved, draft.id.clone())));
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
        let saved = match &self.drafts {
            Ok(drafts) => drafts.save(&draft).map_err(|error| error.to_string()),
            Err(why) => Err(why.clone()),
        };
        match saved {
            Ok(()) => {
                if let Some(old) = replaces {
                    self.remove(&old);
                }
                let _ = self.to.send(Msg::DraftSaved(id, Ok(())));
                true
            }
            Err(why) => {
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

    fn remove(&self, id: &DraftId) {
        if let Ok(drafts) = &self.drafts {
            if self.lent.contains(id) {
                drafts.leave(id);
            } else {
                drafts.remove(id);
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
    use std::fs;
    use std::path::Path;

    use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

    use super::*;

    /// The worker of a run, the name of which is told too.
    fn start(folder: &Path) -> (Files, String, UnboundedReceiver<Msg>) {
        let drafts = Drafts::open(folder, 1).unwrap();
        let run = drafts.run().to_owned();
        let (to, from) = unbounded_channel();
        (Files::start(Ok(Arc::new(drafts)), to).unwrap(), run, from)
    }

    fn draft(run: &str, number: u64, title: &str) -> Box<Draft> {
        Box::new(Draft {
            id: DraftId::new(run, number),
            server: "https://x".into(),
            user: "ada".into(),
            post: None,
            title: title.into(),
            content: "text".into(),
            saved: i64::try_from(number).unwrap(),
            base: None,
            sent: None,
            has_head: false,
        })
    }

    fn titles(folder: &Path) -> Vec<String> {
        let drafts = Drafts::open(folder, 2).unwrap().of("https://x", "ada");
        drafts.into_iter().map(|draft| draft.title).collect()
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
        let (files, run, mut from) = start(&folder);
        let old = draft(&run, 1, "old");
        let old_path = folder.join(format!("{}.json", old.id.0));
        files.save(old.clone(), None);
        assert!(told(&mut from));
        fs::rename(&folder, &away).unwrap();
        files.save(draft(&run, 2, "new"), Some(old.id.clone()));
        assert!(!told(&mut from));
        fs::rename(&away, &folder).unwrap();
        assert!(told(&mut from), "it is tried again by itself");
        assert!(!old_path.exists());
        files.save(draft(&run, 3, "kept"), None);
        assert!(told(&mut from));
        fs::rename(&folder, &away).unwrap();
        files.save(draft(&run, 4, "last"), Some(DraftId::new(&run, 3)));
        let unkept = files.close();
        assert_eq!(unkept.len(), 1);
        assert_eq!(unkept[0].draft.title, "last");
        fs::rename(&away, &folder).unwrap();
        assert_eq!(titles(&folder), ["kept", "new"]);
    }

    #[test]
    fn who_signs_in_again_finds_the_drafts_of_this_run_and_nobody_else_does() {
        let folder = tempfile::tempdir().unwrap();
        let (files, run, mut from) = start(folder.path());
        files.save(draft(&run, 1, "one"), None);
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
}
