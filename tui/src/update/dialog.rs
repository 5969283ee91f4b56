//! Questions over the screen.

use gatepost_terminal::merge::Keep;

use super::cx::Cx;
use super::{accounts, deleting, edit, save, session};
use crate::allowed::named;
use crate::dialog::{ANSWERS, Confirm, Dialog};
use crate::effect::{Call, Slot, Timer};
use crate::keymap::Action;
use crate::text::TextBuf;
use crate::theme::Role;

pub(super) fn act(cx: &mut Cx<'_>, action: Action) {
    let count = match cx.model.dialog {
        Some(Dialog::Drafts { .. }) => cx.model.drafts.len(),
        Some(Dialog::Conflict { .. }) => ANSWERS.len(),
        Some(Dialog::Palette { ref query, .. }) => named(cx.model, &query.text()).len(),
        Some(Dialog::Accounts { .. }) => cx.model.about.known.len() + 1,
        _ => cx.model.choices().len(),
    };
    match (&mut cx.model.dialog, action) {
        (Some(Dialog::Confirm { is_yes, .. }), Action::Switch) => *is_yes = !*is_yes,
        (
            Some(
                Dialog::Drafts { selected }
                | Dialog::Conflict { selected, .. }
                | Dialog::Place { selected, .. }
                | Dialog::Palette { selected, .. }
                | Dialog::Accounts { selected },
            ),
            Action::Up | Action::Down,
        ) => {
            *selected = match action {
                Action::Up => selected.saturating_sub(1),
                _ => (*selected + 1).min(count.saturating_sub(1)),
            };
        }
        (Some(Dialog::Palette { query, selected }), Action::Text(op)) => {
            if query.apply(op) {
                *selected = 0;
            }
        }
        _ => answered(cx, action),
    }
}

/// Adds what was typed or pasted to what actions are looked for by.
pub(super) fn look_for(query: &mut TextBuf, selected: &mut usize, text: &str) {
    query.paste(text);
    *selected = 0;
}

/// The question is answered, and no longer asked.
fn answered(cx: &mut Cx<'_>, action: Action) {
    let Some(dialog) = cx.model.dialog.take() else {
        return;
    };
    cx.model.timers.remove(&Timer::Question);
    match (dialog, action) {
        (Dialog::Confirm { what, is_yes: true }, Action::Choose)
        | (Dialog::Confirm { what, .. }, Action::Yes) => confirmed(cx, what),
        (
            Dialog::Confirm {
                what:
                    Confirm::DiscardDraft {
                        is_offered: true, ..
                    },
                ..
            },
            _,
        ) => edit::offer(cx),
        (
            Dialog::Confirm {
                what: Confirm::Anew(_),
                ..
            },
            _,
        ) => save::stays_new(cx),
        (
            Dialog::Conflict {
                draft,
                theirs,
                selected,
            },
            action,
        ) => {
            let keep = match action {
                Action::Choose => ANSWERS[selected].0,
                Action::KeepMine => Keep::Mine,
                Action::TakeTheirs => Keep::Theirs,
                Action::EditBoth => Keep::Both,
                _ => return cx.toast(Role::Good, "Draft kept (e opens it)"),
            };
            save::settled(cx, &draft, theirs, keep);
        }
        (Dialog::Drafts { selected }, Action::Resume) => edit::resume(cx, selected),
        (Dialog::Drafts { selected }, Action::Discard) => {
            if let Some(draft) = cx.model.drafts.get(selected) {
                let id = draft.id.clone();
                let is_offered = true;
                cx.ask(Confirm::DiscardDraft { id, is_offered });
            }
        }
        (Dialog::Ended { user, reason }, Action::SignInAgain) => {
            session::sign_in_again(cx, &user, reason);
        }
        (
            Dialog::Place {
                why,
                selected,
                then: Some(then),
                said,
            },
            Action::Choose,
        ) => {
            let place = cx.model.choices()[selected];
            if place == cx.model.place {
                // until there is an answer, so that no key goes astray
                let then = None;
                cx.model.dialog = Some(Dialog::Place {
                    why,
                    selected,
                    then,
                    said,
                });
            }
            session::keep_in(cx, place, *then);
        }
        (Dialog::Place { said, .. }, _) => session::not_now(cx, said),
        (Dialog::Accounts { selected }, Action::Choose) => accounts::choose(cx, selected),
        // no, later, stay
        _ => {}
    }
}

fn confirmed(cx: &mut Cx<'_>, what: Confirm) {
    match what {
        Confirm::Delete { id, title } => deleting::doom(cx, id, title),
        Confirm::DiscardEdit => edit::discard(cx),
        Confirm::DiscardDraft { id, is_offered } => {
            edit::drop_draft(cx, &id);
            if is_offered {
                edit::offer(cx);
            } else {
                cx.toast(Role::Good, "Draft discarded");
            }
        }
        Confirm::Anew(id) => save::anew(cx, &id),
        Confirm::EndSession { id, .. } => {
            cx.call(Slot::EndSession(id.clone()), Call::EndSession(id));
        }
        Confirm::SignOut => cx.call(Slot::SignOut, Call::SignOut),
        Confirm::Quit => deleting::quit(cx),
    }
}
