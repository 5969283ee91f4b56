//! The files of the drafts' folder: a draft's own, and what the person's editor wrote for it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::beside::{beside, late, names, remember};
use super::draft::{Draft, DraftId};
use super::files::{path, write, written};
use super::run::{lives, sweep};
use crate::post::Version;

pub(super) fn save(folder: &Path, draft: &Draft) -> io::Result<()> {
    let path = path(folder, &draft.id).ok_or(io::ErrorKind::InvalidInput)?;
    write(&path, &serde_json::to_vec(draft)?)
}

/// Removes a draft, and the file that the person's editor was given. What an editor left beside is put away where the
/// draft has it: that is so once the draft was saved after it, and of a draft that `run` took over from another run.
pub(super) fn remove(folder: &Path, run: &str, id: &DraftId, is_open: bool) {
    let (Some(own), Some(file)) = (path(folder, id), written(folder, id)) else {
        return;
    };
    let untaken = beside(folder, id).filter(|_| id.run() == run);
    for path in names(folder, id) {
        if path.exists() && untaken.as_ref() != Some(&path) {
            put_away(&path, &own);
        }
    }
    if is_open || untaken.is_some() {
        remember(folder, id);
    } else {
        let _ = fs::remove_file(own.with_extension("lent"));
    }
    for path in [file, own] {
        let _ = fs::remove_file(path);
    }
}

/// The file that an editor wrote for a draft and nobody has taken.
pub(super) fn left(folder: &Path, id: &DraftId) -> Option<PathBuf> {
    let own = path(folder, id)?;
    beside(folder, id).or_else(|| {
        let file = written(folder, id)?;
        let text = fs::read(&file).ok().filter(|text| !text.is_empty())?;
        let given = read(&own).map(|draft| draft.file());
        (given.map(String::into_bytes) != Some(text)).then_some(file)
    })
}

fn read(path: &Path) -> Option<Draft> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

/// All drafts that no other living run is writing. What can't be read is left alone.
pub(super) fn load(folder: &Path, run: &str, now: i64) -> Vec<Draft> {
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
                let draft = read(&path)
                    .filter(|draft| draft.id.0 == name)
                    .filter(|draft| draft.id.run() == run || !lives(folder, draft.id.run()));
                if let Some(draft) = draft {
                    drafts.extend(late_beside(folder, &draft));
                    drafts.push(newer(folder, draft));
                }
            }
            // its own run goes on without it
            Some("lent") => {
                let id = DraftId(name.to_owned());
                let draft = late(folder, &path, &id, now).filter(|_| !lives(folder, id.run()));
                drafts.extend(draft.map(|draft| newer(folder, draft)));
            }
            Some("lock") if name != run => sweep(&path),
            _ => {}
        }
    }
    drafts
}

/// What the editor saved after its text was taken: by then the draft may have been changed elsewhere.
fn late_beside(folder: &Path, draft: &Draft) -> Option<Draft> {
    let (own, file) = (path(folder, &draft.id)?, written(folder, &draft.id)?);
    let is_late = own.with_extension("lent").exists();
    let is_written = fs::metadata(&file).is_ok_and(|file| file.len() > 0);
    let apart = (is_late && is_written).then(|| set_apart(folder, draft).ok());
    apart.flatten()?.0
}

/// The draft with what the editor wrote, where the program ended before it could be taken. While there is such a file
/// nothing was typed elsewhere.
fn newer(folder: &Path, mut draft: Draft) -> Draft {
    let (Some(own), Some(file)) = (path(folder, &draft.id), written(folder, &draft.id)) else {
        return draft;
    };
    for file in beside(folder, &draft.id).into_iter().chain([file]) {
        match fs::read(&file).map(String::from_utf8) {
            // made empty and not written yet, as an editor may do
            Ok(Ok(text)) if text.is_empty() => {}
            Ok(Ok(text)) => {
                take(&mut draft, text);
                break;
            }
            Ok(Err(_)) => {
                put_away(&file, &own);
            }
            Err(_) => {}
        }
    }
    draft
}

/// Takes what is in the editor's file. Where its head is broken, all of it is the text.
fn take(draft: &mut Draft, text: String) {
    if text == draft.file() {
        return;
    }
    if draft.has_head
        && let Ok(version) = Version::from_file(&text)
    {
        return draft.set(version);
    }
    draft.content = match text.strip_suffix('\n') {
        Some(text) => text.to_owned(),
        None => text,
    };
}

pub(super) fn set_apart(folder: &Path, draft: &Draft) -> io::Result<(Option<Draft>, PathBuf)> {
    let file = written(folder, &draft.id).ok_or(io::ErrorKind::InvalidInput)?;
    let Ok(text) = String::from_utf8(fs::read(&file)?) else {
        return Ok((None, put_away(&file, &file)));
    };
    let mut number = 1;
    loop {
        let mut own = draft.clone();
        own.id = DraftId(format!("{}-{number}", draft.id.0));
        let path = written(folder, &own.id).ok_or(io::ErrorKind::InvalidInput)?;
        if path.exists() || path.with_extension("json").exists() {
            number += 1;
            continue;
        }
        take(&mut own, text);
        save(folder, &own)?;
        fs::rename(&file, &path)?;
        return Ok((Some(own), path));
    }
}

/// Puts away what an editor wrote and nobody takes, under a name of the draft's that is not used again.
fn put_away(file: &Path, own: &Path) -> PathBuf {
    let mut number = 1;
    loop {
        let kept = own.with_extension(format!("kept{number}.md"));
        if !kept.exists() {
            return match fs::rename(file, &kept) {
                Ok(()) => kept,
                Err(_) => file.to_owned(),
            };
        }
        number += 1;
    }
}
