//! What an editor wrote and the program did not wait for: a file that it left beside the one that it was given, or one
//! that it saved after the draft was gone.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::draft::{Draft, DraftId};
use super::files::{path, write, written};

/// How long an editor's late file still finds its draft.
const REMEMBERED: Duration = Duration::from_hours(30 * 24);

/// Keeps whose a draft is, without its text, for when the editor saves after the draft is gone.
pub(super) fn remember(folder: &Path, id: &DraftId) {
    let Some(own) = path(folder, id) else { return };
    let draft = fs::read(&own)
        .ok()
        .and_then(|text| serde_json::from_slice::<Draft>(&text).ok());
    if let Some(mut draft) = draft {
        draft.content.clear();
        let text = serde_json::to_vec(&draft).unwrap_or_default();
        // a disk that is full takes no draft from anyone: its file stays
        let _ = write(&own.with_extension("lent"), &text);
    }
}

/// The editor has its file again: what it writes is the draft's.
pub(super) fn lent(folder: &Path, id: &DraftId) {
    if let Some(own) = path(folder, id) {
        let _ = fs::remove_file(own.with_extension("lent"));
    }
}

/// The draft of a file that an editor wrote after the draft was gone.
pub(super) fn late(folder: &Path, lent: &Path, id: &DraftId, now: i64) -> Option<Draft> {
    let is_left =
        written(folder, id).is_some_and(|file| file.exists()) || beside(folder, id).is_some();
    if path(folder, id)?.exists() || !is_left {
        forget(lent, now);
        return None;
    }
    let draft = serde_json::from_slice::<Draft>(&fs::read(lent).ok()?).ok()?;
    (draft.id == *id).then_some(draft)
}

fn forget(lent: &Path, now: i64) {
    let now = Duration::from_secs(u64::try_from(now).unwrap_or_default());
    let now = SystemTime::UNIX_EPOCH.checked_add(now);
    let is_old = now
        .zip(changed(lent))
        .and_then(|(now, changed)| now.duration_since(changed).ok())
        .is_some_and(|age| age > REMEMBERED);
    if is_old {
        let _ = fs::remove_file(lent);
    }
}

/// The newest text that an editor left beside its file as it was ended, where it is newer than the draft and the file:
/// nano's name for it, and that of Emacs.
pub(super) fn beside(folder: &Path, id: &DraftId) -> Option<PathBuf> {
    let (own, file) = (path(folder, id)?, written(folder, id)?);
    let known = changed(&own).max(changed(&file));
    names(folder, id)
        .into_iter()
        .filter(|path| fs::metadata(path).is_ok_and(|file| file.len() > 0))
        .filter_map(|path| Some((changed(&path)?, path)))
        .filter(|(changed, _)| Some(*changed) >= known)
        .max()
        .map(|(_, path)| path)
}

/// The names of files beside an editor's own.
pub(super) fn names(folder: &Path, id: &DraftId) -> [PathBuf; 2] {
    [format!("{}.md.save", id.0), format!("#{}.md#", id.0)].map(|name| folder.join(name))
}

fn changed(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|file| file.modified()).ok()
}
