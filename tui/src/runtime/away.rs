//! The terminal, while it is ours and while it is in other hands: a shell's while the program is stopped, an editor's.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use gatepost_terminal::drafts::{Draft, DraftId, Drafts};
use gatepost_terminal::editor;
use rustix::process::{Signal, kill_current_process_group};
use tokio::sync::mpsc::UnboundedSender;

use super::deadline;
use super::drafts::Folder;
use super::input::Reader;
use super::screen::Screen;
use super::term;
use crate::msg::Msg;

/// How long the signal that ends a stopped program may take to be seen after it goes on.
const SIGNALLED: Duration = Duration::from_millis(150);

/// The terminal, its reader, and the editor that it is lent to.
pub(super) struct Terminal {
    pub(super) reader: Reader,
    pub(super) screen: Screen,
    /// The person's editor with its arguments.
    pub(super) editor: Option<String>,
    /// The folder in which the editor finds its text.
    pub(super) drafts: Folder,
    pub(super) folder: PathBuf,
    /// The draft whose text the editor has.
    pub(super) lent: Option<DraftId>,
    /// The stop that we made ourselves, whose end is known.
    pub(super) has_stopped: bool,
    pub(super) to: UnboundedSender<Msg>,
}

impl Terminal {
    /// Takes the terminal, which somebody else has had and may have given another size.
    pub(super) fn enter(&mut self) {
        let (width, height) = term::size();
        let _ = self.to.send(match term::enter() {
            Ok(()) => Msg::Resize(width, height),
            Err(_) => Msg::End(term::GONE),
        });
        self.screen.forget();
        self.reader.resume();
    }

    /// Leaves it to somebody else.
    pub(super) fn leave(&mut self) {
        self.reader.pause();
        term::restore();
    }

    /// Stops the whole process group, as Ctrl-Z does elsewhere, and comes back when it goes on.
    pub(super) fn suspend(&mut self) {
        self.leave();
        self.has_stopped = true;
        let _ = kill_current_process_group(Signal::STOP);
        // continued behind the shell: by `bg`, or to be ended, and then the terminal is not ours to touch
        while !term::is_ours() {
            std::thread::sleep(SIGNALLED);
            if deadline::is_set() {
                return;
            }
            let _ = kill_current_process_group(Signal::STOP);
        }
        self.enter();
    }

    /// Lends it to the editor, which is given the text of this draft.
    pub(super) fn lend(&mut self, draft: Draft) {
        let Some(command) = self.editor.clone() else {
            return;
        };
        let given = draft.file();
        let lent = self.drafts.clone().and_then(|drafts| {
            let file = drafts.lend(&draft.id, &given);
            let file = file.map_err(|error| error.to_string())?;
            Ok((drafts, file))
        });
        let (drafts, file) = match lent {
            Ok(lent) => lent,
            Err(error) => {
                let why = format!("The text can't be given to the editor: {error}");
                let _ = self.to.send(Msg::EditorClosed(Err(why)));
                return;
            }
        };
        self.lent = Some(draft.id.clone());
        self.leave();
        let to = self.to.clone();
        // off the loop: it goes on meanwhile, without the terminal
        std::thread::spawn(move || {
            let outcome = editor::edit(&command, &file, &given);
            let outcome = outcome.map_err(|failed| {
                if failed.has_written {
                    kept(&drafts, &draft, &failed.why, &to)
                } else {
                    failed.why
                }
            });
            let _ = to.send(Msg::EditorClosed(outcome));
        });
    }
}

/// Keeps what an editor wrote and then failed: as a draft of its own, beside the text that it was given. Says where.
fn kept(drafts: &Drafts, draft: &Draft, why: &str, to: &UnboundedSender<Msg>) -> String {
    let (own, file): (_, io::Result<_>) = match drafts.set_apart(draft) {
        Ok((own, file)) => (own, Ok(file)),
        Err(_) => (None, drafts.file(&draft.id)),
    };
    let offered = if own.is_some() { ", as a draft" } else { "" };
    let _ = to.send(Msg::Drafts(own.into_iter().collect()));
    match file {
        Ok(file) => format!("{why}; its text is in {}{offered}", file.display()),
        Err(_) => why.to_owned(),
    }
}
