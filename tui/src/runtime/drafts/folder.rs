//! The files of the drafts' folder: a draft's own, what the person's editor wrote for it, and a lock a run.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::draft::{Draft, DraftId};

/// One run of the program, and the lock that says it lives.
pub(super) struct Run {
    pub(super) name: String,
    pub(super) lock: PathBuf,
    _held: File,
}

impl Run {
    pub(super) fn new(folder: &Path, seconds: i64) -> io::Result<Self> {
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

/// Removes a draft, and what the person's editor wrote for it.
pub(super) fn remove(folder: &Path, id: &DraftId) {
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
pub(super) fn path(folder: &Path, id: &DraftId) -> Option<PathBuf> {
    let is_ours =
        id.0.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    is_ours.then(|| folder.join(format!("{}.json", id.0)))
}

pub(super) fn save(folder: &Path, draft: &Draft) -> io::Result<()> {
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
pub(super) fn load(folder: &Path, run: &str) -> Vec<Draft> {
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
    use super::*;

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
