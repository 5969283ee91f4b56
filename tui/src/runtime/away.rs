//! The terminal in other hands: a shell's while the program is stopped, an editor's; and how it is taken back.

use super::drafts::written;
use super::signals::Asked;
use super::{App, GONE, editor, term};
use crate::msg::Msg;

impl App {
    pub(super) fn asked(&mut self, asked: Asked) -> bool {
        match asked {
            Asked::End(code) => self.step(Msg::End(code)),
            // in the editor, Ctrl-C is the editor's
            Asked::Interrupt if self.model.is_away => true,
            Asked::Interrupt => self.step(Msg::End(130)),
            Asked::Stop if self.model.is_away => {
                let _ = rustix::process::kill_process(
                    rustix::process::getpid(),
                    rustix::process::Signal::STOP,
                );
                true
            }
            Asked::Stop => {
                self.suspend();
                self.resized()
            }
            Asked::GoOn if std::mem::take(&mut self.has_stopped) || self.model.is_away => true,
            Asked::GoOn => {
                // stopped behind our back: the shell has had the terminal
                self.reader.pause();
                term::restore();
                self.enter();
                self.resized()
            }
            Asked::Size => self.resized(),
        }
    }

    /// Takes the terminal, which somebody else has had.
    pub(super) fn enter(&mut self) {
        if term::enter().is_err() {
            self.model.exit = Some(GONE);
        }
        self.screen.forget();
        self.reader.resume();
    }

    /// Stops the whole process group, as Ctrl-Z does elsewhere, and comes back when it goes on.
    pub(super) fn suspend(&mut self) {
        self.reader.pause();
        term::restore();
        self.has_stopped = true;
        let _ = rustix::process::kill_current_process_group(rustix::process::Signal::STOP);
        self.enter();
    }

    pub(super) fn open_editor(&mut self, text: String) {
        let Some(command) = self.editor.clone() else {
            return;
        };
        let id = self.model.edit().map(|edit| edit.draft.clone());
        let Some(path) = id.as_ref().and_then(|id| written(&self.drafts, id)) else {
            return;
        };
        if let Err(error) = editor::prepare(&path, &text) {
            let why = format!("The text can't be given to the editor: {error}");
            let _ = self.to.send(Msg::EditorClosed(Err(why)));
            return;
        }
        self.lent = id;
        self.reader.pause();
        term::restore();
        let to = self.to.clone();
        // off the loop: it goes on meanwhile, without the terminal
        std::thread::spawn(move || {
            let outcome = editor::edit(&command, &path, &text);
            let _ = to.send(Msg::EditorClosed(outcome));
        });
    }

    /// The editor's file goes when its text is in the draft. Where another user has signed in meanwhile it is not.
    pub(super) fn take_back(&mut self) {
        let lent = self.lent.take();
        let edit = self.model.edit();
        if let Some(id) = lent.filter(|id| edit.is_some_and(|edit| edit.draft == *id)) {
            self.files.taken(id);
        }
    }
}
