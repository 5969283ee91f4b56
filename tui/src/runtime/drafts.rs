//! The drafts' files: one a draft, written whole or not at all, by a thread of their own.
//!
//! Each run of the program holds a lock while it lives, so that another never takes the drafts that are being
//! written for left behind.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use tokio::sync::mpsc::UnboundedSender;

use crate::draft::{Draft, DraftId};
use crate::msg::Msg;

/// What is to be done with the files, in this order.
enum Job {
    Save(Box<Draft>),
    Drop(DraftId),
    Load { server: String, user: String },
}

/// The thread, and the folder that it works in.
pub(crate) struct Files {
    jobs: Sender<Job>,
    thread: JoinHandle<()>,
    run: Run,
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
        let (folder, name) = (folder.to_owned(), run.name.clone());
        let thread = std::thread::Builder::new()
            .name("drafts".to_owned())
            .spawn(move || work(&folder, &name, &todo, &to))?;
        Ok(Self { jobs, thread, run })
    }

    /// The name of this run.
    pub(crate) fn run(&self) -> &str {
        &self.run.name
    }

    pub(crate) fn save(&self, draft: Box<Draft>) {
        let _ = self.jobs.send(Job::Save(draft));
    }

    pub(crate) fn drop(&self, id: DraftId) {
        let _ = self.jobs.send(Job::Drop(id));
    }

    pub(crate) fn load(&self, server: String, user: String) {
        let _ = self.jobs.send(Job::Load { server, user });
    }

    /// Returns when all that was asked for is done.
    pub(crate) fn close(self) {
        drop(self.jobs);
        let _ = self.thread.join();
        let _ = fs::remove_file(self.run.lock);
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
                    return Ok(Self {
                        name,
                        lock,
                        _held: held,
                    });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
                Err(error) => return Err(error),
            }
        }
    }
}

fn work(folder: &Path, run: &str, todo: &Receiver<Job>, to: &UnboundedSender<Msg>) {
    for job in todo {
        match job {
            Job::Save(draft) => {
                let result = save(folder, &draft).map_err(|error| error.to_string());
                let _ = to.send(Msg::DraftSaved(draft.id, result));
            }
            Job::Drop(id) => {
                if let Some(path) = path(folder, &id) {
                    let _ = fs::remove_file(path);
                }
            }
            Job::Load { server, user } => {
                let mut drafts = load(folder, run);
                drafts.retain(|draft| draft.server == server && draft.user == user);
                drafts.sort_by_key(|draft| std::cmp::Reverse(draft.saved));
                let _ = to.send(Msg::Drafts(drafts));
            }
        }
    }
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

/// All drafts that no living run is writing. What can't be read is left alone.
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
                    .filter(|draft| draft.id.run() != run && !lives(folder, draft.id.run()));
                drafts.extend(draft);
            }
            Some("lock") if name != run && !lives(folder, name) => {
                let _ = fs::remove_file(&path);
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
        files.save(draft(&files, 1, "one"));
        files.save(draft(&files, 2, "two"));
        files.save(draft(&files, 3, "three"));
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

    #[test]
    fn a_name_leads_nowhere_else() {
        assert_eq!(
            path(Path::new("/x"), &DraftId("../../etc/passwd".into())),
            None
        );
    }
}
