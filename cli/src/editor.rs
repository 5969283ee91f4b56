//! The person's editor on a file of the drafts' folder, and the end of both when a signal comes.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use gatepost_terminal::editor::{self, Failed};

use crate::progress;

/// Whether the terminal belongs to an editor; an interrupt is then for it.
static OPEN: AtomicBool = AtomicBool::new(false);
/// Whether a signal has ended it: what it leaves is not sent.
static ENDED: AtomicBool = AtomicBool::new(false);

/// The command that the settings name, if they name one.
static CHOSEN: OnceLock<Option<String>> = OnceLock::new();

/// How long an editor that was told to end is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// Says which editor the settings name; once, before the first is opened.
pub(crate) fn choose(command: Option<&str>) {
    let _ = CHOSEN.set(command.map(str::to_owned));
}

/// The command of the editor that is named: by the settings, or by the system's variables.
pub(crate) fn named() -> Option<String> {
    let chosen = CHOSEN.get().cloned().flatten();
    chosen.or_else(editor::named)
}

/// The command of the editor: the one that is named, or the system's usual one.
pub(crate) fn command() -> String {
    named().unwrap_or_else(editor::command)
}

/// Whether an editor is open.
pub(crate) fn is_open() -> bool {
    OPEN.load(Ordering::SeqCst)
}

/// Whether a signal has ended an editor: whatever it left is kept.
pub(crate) fn was_ended() -> bool {
    ENDED.load(Ordering::SeqCst)
}

/// Opens the editor on a file that holds this text; gives what is in it then, `None` where that is the same.
pub(crate) async fn edit(file: PathBuf, given: String) -> Result<Option<String>, Failed> {
    OPEN.store(true, Ordering::SeqCst);
    let _held = progress::hold();
    let open = move || editor::edit(&command(), &file, &given);
    let ended = tokio::task::spawn_blocking(open).await;
    OPEN.store(false, Ordering::SeqCst);
    let ended = ended.unwrap_or_else(|_| {
        Err(Failed {
            why: "The editor can't be run".to_owned(),
            has_written: true,
        })
    });
    if !ENDED.load(Ordering::SeqCst) {
        return ended;
    }
    let has_written = match ended {
        Ok(text) => text.is_some(),
        Err(failed) => failed.has_written,
    };
    let why = "The editor was ended by a signal".to_owned();
    Err(Failed { why, has_written })
}

/// Ends the editor that is open, and waits until the command has put away what it wrote; `None` where none is open, or
/// it does not end.
pub(crate) async fn end<T>(command: impl Future<Output = T>) -> Option<T> {
    if !is_open() {
        return None;
    }
    ENDED.store(true, Ordering::SeqCst);
    editor::end();
    tokio::time::timeout(PATIENCE, command).await.ok()
}
