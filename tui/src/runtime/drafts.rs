//! The drafts' files: one a draft, written whole or not at all, by a thread of their own.
//!
//! Each run of the program holds a lock while it lives, so that another never takes the drafts that are being
//! written for left behind.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;

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

/// One run of the program, and the lock that says it lives.
struct Run {
    name: String,
    lock: PathBuf,
    _held: File,
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

impl Run {
    fn new(folder: &Path, seconds: i64) -> io::Result<Self> {
        let mut number = 0;
        loop {
            let name = format!("{seconds:x}x{}x{number}", std::process::id());
            let lock = folder.join(format!("{name}.lock"));
            let made = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&lock);
            match made {
                Ok(held) => {
                    held.lock()?;
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
}

fn is_same(there: &fs::Metadata, file: &File) -> bool {
    file.metadata()
        .is_ok_and(|here| (here.dev(), here.ino()) == (there.dev(), there.ino()))
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

/// Removes a draft, and what the person's editor wrote for it.
fn remove(folder: &Path, id: &DraftId) {
    for path in path(folder, id).into_iter().chain(written(folder, id)) {
        let _ = fs::remove_file(path);
    }
}

/// The file that is given to the person's editor.
pub(crate) fn written(folder: &Path, id: &DraftId) -> Option<PathBuf> {
    path(folder, id).map(|path| path.with_extension("md"))
}

/// Puts away what the editor wrote and nobody could take, under a name that is not used again.
pub(crate) fn put_away(path: &Path) -> PathBuf {
    let mut number = 1;
    loop {
        let kept = path.with_extension(format!("kept{number}.md"));
        if !kept.exists() {
            return match fs::rename(path, &kept) {
                Ok(()) => kept,
                Err(_) => path.to_owned(),
            };
        }
        number += 1;
    }
}

/// What the editor wrote, when the program ended before it could be taken. While there is such a file nothing was
/// typed elsewhere; one that is only the start of what was kept may have been cut while it was made.
fn newer(folder: &Path, draft: &Draft) -> Option<String> {
    let file = written(folder, &draft.id)?;
    let Ok(text) = String::from_utf8(fs::read(&file).ok()?) else {
        put_away(&file);
        return None;
    };
    let text = text.strip_suffix('\n').unwrap_or(&text);
    (!draft.content.starts_with(text)).then(|| text.to_owned())
}

/// The file of a draft; `None` for a name that no run has made, which might lead elsewhere.
fn path(folder: &Path, id: &DraftId) -> Option<PathBuf> {
    let is_ours =
        id.0.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    is_ours.then(|| folder.join(format!("{}.json", id.0)))
}

fn save(folder: &Path, draft: &Draft) -> io::Result<()> {
    let path = path(folder, &draft.id).ok_or(io::ErrorKind::InvalidInput)?;
    let new = path.with_extension("new");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&new)?;
    file.write_all(&serde_json::to_vec(draft)?)?;
    file.sync_all()?;
    fs::rename(&new, &path)
}

/// All drafts that no other living run is writing. What can't be read is left alone.
fn load(folder: &Path, run: &str) -> Vec<Draft> {
    let Ok(files) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut drafts = Vec::new();
    for path in files.flatten().map(|file| file.path()) {
        let name = path
            .file_stem()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        match path.extension().and_then(|kind| kind.to_str()) {
            Some("json") => {
                let draft = fs::read(&path)
                    .ok()
                    .and_then(|text| serde_json::from_slice::<Draft>(&text).ok())
                    .filter(|draft| draft.id.0 == name)
                    .filter(|draft| draft.id.run() == run || !lives(folder, draft.id.run()));
                drafts.extend(draft.map(|mut draft| {
                    if let Some(text) = newer(folder, &draft) {
                        draft.content = text;
                    }
                    draft
                }));
            }
            // held while it is removed, so that a run that is about to lock it sees that it is gone
            Some("lock") if name != run => {
                if let Ok(lock) = File::open(&path)
                    && lock.try_lock().is_ok()
                {
                    let _ = fs::remove_file(&path);
                }
            }
            _ => {}
        }
    }
    drafts
}

/// Whether the run of this name is still there.
fn lives(folder: &Path, run: &str) -> bool {
    match File::open(folder.join(format!("{run}.lock"))) {
        Ok(lock) => lock.try_lock_shared().is_err(),
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc::UnboundedReceiver;

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

    #[test]
    fn a_run_that_is_starting_is_not_taken_for_one_that_is_over() {
        let folder = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            let starts = scope.spawn(|| {
                for seconds in 0..2000 {
                    let run = Run::new(folder.path(), seconds).unwrap();
                    assert!(lives(folder.path(), &run.name), "{seconds}");
                }
            });
            while !starts.is_finished() {
                load(folder.path(), "");
            }
        });
    }

    #[test]
    fn a_name_leads_nowhere_else() {
        assert_eq!(
            path(Path::new("/x"), &DraftId("../../etc/passwd".into())),
            None
        );
    }
}
