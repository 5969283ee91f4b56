//! The terminal, while it is ours and while it is in other hands: a shell's while the program is stopped, an editor's.

use std::path::PathBuf;

use rustix::process::{Signal, kill_current_process_group};
use tokio::sync::mpsc::UnboundedSender;

use super::drafts::written;
use super::input::Reader;
use super::term::Screen;
use super::{editor, term};
use crate::draft::DraftId;
use crate::msg::Msg;

/// The terminal, its reader, and the editor that it is lent to.
pub(super) struct Terminal {
    pub(super) reader: Reader,
    pub(super) screen: Screen,
    /// The person's editor with its arguments.
    pub(super) editor: Option<String>,
    /// The folder in which the editor finds its text.
    pub(super) drafts: PathBuf,
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
        self.enter();
    }

    /// Lends it to the editor, which is given the text of this draft.
    pub(super) fn lend(&mut self, id: Option<DraftId>, text: String) {
        let Some(command) = self.editor.clone() else {
            return;
        };
        let Some(path) = id.as_ref().and_then(|id| written(&self.drafts, id)) else {
            return;
        };
        if let Err(error) = editor::prepare(&path, &text) {
            let why = format!("The text can't be given to the editor: {error}");
            let _ = self.to.send(Msg::EditorClosed(Err(why)));
            return;
        }
        self.lent = id;
        self.leave();
        let to = self.to.clone();
        // off the loop: it goes on meanwhile, without the terminal
        std::thread::spawn(move || {
            let outcome = editor::edit(&command, &path, &text);
            let _ = to.send(Msg::EditorClosed(outcome));
        });
    }
}
