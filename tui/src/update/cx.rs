//! What an update works with, and the steps that all parts of it take.

use std::time::Duration;

use crate::dialog::{Confirm, Dialog};
use crate::effect::{Call, Effect, Gen, Slot, Timer};
use crate::model::{Model, Now, Toast};
use crate::theme::Role;

/// How long a question or a text that comes by itself takes to be seen: keys until then were meant for something else.
pub(super) const SEEN: Duration = Duration::from_secs(1);
/// How long a toast stays.
const TOAST: Duration = Duration::from_secs(6);

/// The model, what is to be done about it, and the time.
pub(super) struct Cx<'m> {
    pub(super) model: &'m mut Model,
    pub(super) effects: Vec<Effect>,
    pub(super) now: Now,
}

impl Cx<'_> {
    /// Asks the server. An older call of the slot counts no longer.
    pub(super) fn call(&mut self, slot: Slot, call: Call) {
        self.drop_read(&slot);
        let r#gen = self.number();
        self.model.live.insert(slot.clone(), (r#gen, call.clone()));
        self.effects.push(Effect::Call {
            slot,
            r#gen,
            epoch: self.model.epoch,
            call,
        });
    }

    /// What this slot was to ask again is of no use any more: it was asked anew, or is answered.
    pub(super) fn drop_read(&mut self, slot: &Slot) {
        if let Some(offline) = &mut self.model.offline {
            offline.reads.retain(|(other, _)| other != slot);
        }
    }

    /// Starts a timer anew.
    pub(super) fn after(&mut self, timer: Timer, time: Duration) {
        let r#gen = self.number();
        self.model.timers.insert(timer, r#gen);
        self.effects.push(Effect::After(timer, r#gen, time));
    }

    fn number(&mut self) -> Gen {
        self.model.last_gen += 1;
        self.model.last_gen
    }

    /// Says a sentence that goes by itself.
    pub(super) fn toast(&mut self, role: Role, text: impl Into<String>) {
        let text = text.into();
        self.model.toast = Some(Toast { text, role });
        self.after(Timer::Toast, TOAST);
    }

    /// Asks a question; the marked answer is "no".
    pub(super) fn ask(&mut self, what: Confirm) {
        let is_yes = false;
        self.model.dialog = Some(Dialog::Confirm { what, is_yes });
    }

    /// Asks a question that nobody has asked for by a key.
    pub(super) fn interrupt(&mut self, dialog: Dialog) {
        self.model.dialog = Some(dialog);
        self.after(Timer::Question, SEEN);
    }

    /// Leaves the screen on top.
    pub(super) fn back(&mut self) {
        if self.model.screens.len() > 1 {
            self.model.screens.pop();
        }
    }
}
