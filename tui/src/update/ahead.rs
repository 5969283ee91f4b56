//! Keys after an action whose screen is still to come wait for that screen: what is typed for it acts on no other.

use super::cx::Cx;
use crate::bindings;
use crate::keymap::{Action, Context, Key};
use crate::model::{MOST_AHEAD, Model, Wait};
use crate::msg::Msg;
use crate::screen::Screen;
use crate::theme::Role;

/// Whether a key or paste is kept for the screen that is waited for.
pub(super) fn keeps(cx: &mut Cx<'_>, msg: &Msg) -> bool {
    let Some(wait) = cx.model.waits_for() else {
        return false;
    };
    let event = match msg {
        Msg::Key(event) => Key::of(*event),
        Msg::AfterEsc(_) | Msg::Paste(_) => None,
        _ => return false,
    };
    if matches!(msg, Msg::Key(_)) && event.is_none()
        || event.is_some_and(|key| acts(cx.model, wait, key))
    {
        return false;
    }
    if cx.model.ahead.len() < MOST_AHEAD {
        cx.model.ahead.push_back(msg.clone());
        cx.model.ahead_of = Some(wait);
    }
    true
}

/// What acts at once all the same: to quit, to suspend, to draw anew, to get help, to cancel the waiting.
fn acts(model: &Model, wait: Wait, key: Key) -> bool {
    let binding = bindings::lookup(Context::of(model), key);
    binding.is_some_and(|binding| match binding.action {
        Action::Suspend | Action::Redraw => true,
        Action::Quit => key.ctrl,
        // what waits already is for the screen that is to come, not for the help
        Action::Help => key.character().is_none() && model.ahead.is_empty(),
        // Esc, and no letter that goes back elsewhere
        Action::Back => key.character().is_none() && matches!(wait, Wait::Post(_) | Wait::Form),
        _ => false,
    })
}

/// The next of what was kept, once the screen is there. Where it does not come, what was typed for it is dropped, and
/// that is said.
pub(super) fn next(cx: &mut Cx<'_>) -> Option<Msg> {
    let wait = cx.model.ahead_of?;
    let now = cx.model.waits_for();
    if now == Some(wait) {
        return None;
    }
    if has_come(cx.model, wait) {
        // what it does may be waited for again
        cx.model.ahead_of = now;
        if now.is_some() {
            return None;
        }
        let next = cx.model.ahead.pop_front();
        cx.model.ahead_of = next.as_ref().map(|_| wait);
        return next;
    }
    let count = cx.model.ahead.len();
    cx.model.ahead.clear();
    cx.model.ahead_of = None;
    let keys = if count == 1 { "key" } else { "keys" };
    let dropped = format!("{count} {keys} typed meanwhile not used");
    match cx.model.toast.take() {
        Some(toast) if toast.role == Role::Error => {
            cx.toast(toast.role, format!("{}; {dropped}", toast.text));
        }
        _ => cx.toast(Role::Error, dropped),
    }
    None
}

/// Whether the screen that was waited for is there, and nothing over it.
fn has_come(model: &Model, wait: Wait) -> bool {
    let is_form = matches!(model.screen(), Screen::SignIn(_) | Screen::Register(_));
    model.dialog.is_none()
        && match wait {
            Wait::Session => true,
            Wait::Form => model.user.is_some() && !is_form,
            Wait::SignOut => is_form,
            Wait::Post(id) => matches!(model.screen(), Screen::Edit(edit) if edit.post == Some(id)),
        }
}
