//! Whether an action can be done at this moment; why not, in a sentence.

use crate::bindings;
use crate::dialog::{Confirm, Dialog};
use crate::effect::{Slot, Timer};
use crate::form::Form;
use crate::keymap::{Action, Context, Key};
use crate::layout;
use crate::model::Model;
use crate::msg::Kind;
use crate::screen::Screen;
use crate::side::{Entry, entries};
use crate::text::TextOp;

/// Whether an action can be done at this moment; why not, in a sentence.
pub(crate) fn allowed(model: &Model, action: Action) -> Result<(), &'static str> {
    match (model.screen(), action) {
        (_, Action::Choose) if matches!(model.dialog, Some(Dialog::Place { then: None, .. })) => {
            Err("Still trying")
        }
        (_, Action::Choose) if matches!(model.dialog, Some(Dialog::Palette { .. })) => {
            match chosen(model).map(|named| named.why_not) {
                Some(None) => Ok(()),
                Some(Some(why)) => Err(why),
                None => Err("No action has this name"),
            }
        }
        _ if is_too_early(model, action) => {
            Err("This question has just come: press the key again to answer it")
        }
        _ if model.dialog.is_some() => Ok(()),
        _ => allowed_on_screen(model, action),
    }
}

/// The same of an action of the screen, whatever question is over it.
pub(crate) fn allowed_on_screen(model: &Model, action: Action) -> Result<(), &'static str> {
    match (model.screen(), action) {
        (_, Action::NextPane) if layout::panes(layout::regions(model).body).side.is_none() => {
            Err("The accounts are beside the list from 160 columns on; a lists them")
        }
        (Screen::Posts, Action::Back | Action::NextPane) if model.side.is_some() => Ok(()),
        (Screen::Posts, Action::Choose) if model.side.is_some() => beside(model),
        (Screen::Edit(edit), Action::Text(TextOp::Undo)) if !edit.focus().can_undo() => {
            Err("Nothing to undo")
        }
        (_, Action::Accounts) if !model.about.can_connect => {
            Err("This program was started for one server")
        }
        (_, Action::Accounts) if !model.saving.is_empty() || !model.deleting.is_empty() => {
            Err("A change is still being sent")
        }
        (_, Action::Accounts) if !model.queued.is_empty() => {
            Err("A change waits for the server: discard its draft, or wait")
        }
        (_, Action::Accounts) if model.user.is_none() && model.screens.len() > 1 => {
            Err("Go back to the first form")
        }
        (_, Action::Refresh) if is_too_many(model) => {
            Err("The server asked to wait; the next try is automatic")
        }
        (_, Action::Refresh) if is_being_retried(model) => Err("Already trying again"),
        (Screen::SignIn(form) | Screen::Register(form), _) => in_form(model, form, action),
        (Screen::Posts | Screen::Read(_), _) => with_post(model, action),
        (Screen::Edit(_), Action::Editor) if !model.about.has_editor => {
            Err("Set $VISUAL or $EDITOR first")
        }
        (Screen::Edit(edit), Action::Save) if edit.title.is_empty() && edit.body.is_empty() => {
            Err("Nothing to save yet")
        }
        (Screen::Session, Action::RefreshSession | Action::Verify | Action::SignOut)
            if !model.session.is_signed_in() =>
        {
            Err("Nobody is signed in")
        }
        (Screen::Session, Action::EndSession) => end_session(model),
        (Screen::Session, Action::RefreshSession) if model.is_live(&Slot::Refresh) => {
            Err("Already refreshing")
        }
        (Screen::Session, Action::Verify) if model.is_live(&Slot::Verify) => {
            Err("Already asking the server")
        }
        (Screen::Session, Action::SignOut) if !model.deleting.is_empty() => {
            Err("A post is still being deleted: go back to undo it with u, or wait a moment")
        }
        (Screen::Session, Action::SignOut) if model.is_live(&Slot::SignOut) => {
            Err("Already signing out")
        }
        _ => Ok(()),
    }
}

/// An action that can be chosen by its name.
pub(crate) struct Named {
    pub(crate) action: Action,
    pub(crate) key: Key,
    pub(crate) help: &'static str,
    /// Why it can't be done now.
    pub(crate) why_not: Option<&'static str>,
}

/// The marked one of them.
pub(crate) fn chosen(model: &Model) -> Option<Named> {
    let Some(Dialog::Palette { query, selected }) = &model.dialog else {
        return None;
    };
    named(model, &query.text()).into_iter().nth(*selected)
}

/// The actions of the screen whose sentence holds every word, those that can be done first.
pub(crate) fn named(model: &Model, query: &str) -> Vec<Named> {
    let context = Context::of_screen(model.screen());
    let query = query.to_lowercase();
    let named = bindings::of(context)
        .filter(|binding| binding.action.is_named())
        .filter(|binding| {
            let name = format!("{} {}", binding.hint, binding.help).to_lowercase();
            query.split_whitespace().all(|word| name.contains(word))
        })
        .filter_map(|binding| {
            Some(Named {
                action: binding.action,
                key: bindings::keys(context, binding).next()?,
                help: binding.help,
                why_not: allowed_on_screen(model, binding.action).err(),
            })
        });
    let (can, can_not): (Vec<_>, Vec<_>) = named.partition(|named| named.why_not.is_none());
    can.into_iter().chain(can_not).collect()
}

/// Whether what is marked beside the list can be chosen.
fn beside(model: &Model) -> Result<(), &'static str> {
    let marked = model.side.and_then(|at| entries(model).get(at).copied());
    match marked {
        Some(Entry::Account(_) | Entry::Another) => allowed_on_screen(model, Action::Accounts),
        Some(Entry::Mine) => with_post(model, Action::Mine),
        Some(Entry::Drafts) => with_post(model, Action::Drafts),
        Some(Entry::InUse | Entry::All) | None => Ok(()),
    }
}

/// Whether the selected session can be ended.
fn end_session(model: &Model) -> Result<(), &'static str> {
    match model.sessions.chosen() {
        None => Err("No session is listed"),
        Some(session) if session.current => Err("This is the session in use; L signs out"),
        Some(session) if model.is_live(&Slot::EndSession(session.id.clone())) => {
            Err("Already ending it")
        }
        Some(_) => Ok(()),
    }
}

/// Whether this would answer a question that came by itself and may not have been seen yet. What keeps the text as it
/// is, and sends nothing, answers it at once.
fn is_too_early(model: &Model, action: Action) -> bool {
    let is_held = match &model.dialog {
        Some(
            Dialog::Conflict { .. }
            | Dialog::Confirm {
                what: Confirm::Anew(_),
                ..
            },
        ) => matches!(
            action,
            Action::Choose
                | Action::Up
                | Action::Down
                | Action::KeepMine
                | Action::TakeTheirs
                | Action::EditBoth
                | Action::Yes
                | Action::Switch
        ),
        Some(Dialog::Drafts { .. }) => action == Action::Discard,
        _ => false,
    };
    is_held && model.timers.contains_key(&Timer::Question)
}

fn is_too_many(model: &Model) -> bool {
    let offline = model.offline.as_ref();
    offline.is_some_and(|offline| matches!(offline.kind, Kind::TooMany(Some(_))))
}

fn is_being_retried(model: &Model) -> bool {
    let slot = match model.screen() {
        Screen::Read(read) => Slot::Post(read.id),
        Screen::Profile => Slot::Profile,
        _ => Slot::List,
    };
    let offline = model.offline.as_ref();
    offline.is_some_and(|offline| offline.reads.is_empty()) && model.is_live(&slot)
}

/// Whether an action can be done in a form.
fn in_form(model: &Model, form: &Form, action: Action) -> Result<(), &'static str> {
    let is_first = model.screens.len() == 1;
    match action {
        Action::Submit | Action::OtherForm | Action::Back if form.is_sent => {
            Err("Waiting for the server")
        }
        Action::Back if is_first => Err("Nothing to go back to; ^c quits"),
        Action::OtherForm if model.user.is_some() => Err("Sign in first"),
        _ => Ok(()),
    }
}

/// Whether an action can be done with the post that keys act on.
fn with_post(model: &Model, action: Action) -> Result<(), &'static str> {
    let nobody = model.user.is_none();
    match action {
        Action::New | Action::Profile | Action::Session | Action::Refresh if nobody => {
            return Err("Still reading the session");
        }
        Action::Mine | Action::Drafts if nobody => return Err("Still reading the session"),
        Action::Mine if model.user.as_deref() == Some("") => {
            return Err("Whose session this is is not known");
        }
        Action::Drafts if model.drafts.is_empty() => return Err("There is no draft"),
        Action::Undo if model.doomed.is_empty() => return Err("Nothing to undo"),
        Action::Copy | Action::CopyAddress => {
            return match model.subject() {
                Some((id, _, _)) if id > 0 || action == Action::Copy => Ok(()),
                Some((id, _, _)) if model.draft_rows.contains_key(&id) => {
                    Err("This is a draft, which has no address yet")
                }
                Some(_) => Err("This post is being saved"),
                None => Err("No post is selected"),
            };
        }
        Action::Open | Action::Edit | Action::Delete => {}
        Action::Back if model.list.is_whole() && matches!(model.screen(), Screen::Posts) => {
            return Err("Nothing to go back to; q quits");
        }
        Action::Previous if model.list.position() == 0 => return Err("This is the newest post"),
        Action::Next if model.list.position() + 1 >= model.list.len() => {
            return Err("No older post is loaded");
        }
        Action::Previous | Action::Next => {
            let by = if action == Action::Next { 1 } else { -1 };
            let at = model.list.position().saturating_add_signed(by);
            return match model.list.visible(at).next() {
                Some((_, row)) if model.draft_rows.contains_key(&row.id) => {
                    Err("That is a draft: go back to the list to continue it")
                }
                Some((_, row)) if row.id < 0 => Err("That post is being saved"),
                _ => Ok(()),
            };
        }
        _ => return Ok(()),
    }
    let Some((id, _, author)) = model.subject() else {
        return Err("No post is selected");
    };
    if model.draft_rows.contains_key(&id) {
        return Ok(());
    }
    let is_read = action == Action::Open;
    if id < 0 || !is_read && model.saving.values().any(|saving| saving.row == id) {
        return Err("This post is being saved");
    }
    if model.deleting.contains(&id) {
        return Err("This post is being deleted");
    }
    let user = model.user.as_deref().unwrap_or_default();
    // with a token of the program's own the name is not known, and the server decides
    if !is_read && !user.is_empty() && author != user {
        return Err("Only the author can do that");
    }
    Ok(())
}
