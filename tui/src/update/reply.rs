//! The server's answers: stale ones are dropped, failures of reads are tried again, an ended session holds what it
//! could not do.

use super::cx::Cx;
use super::retry::{offline, online};
use super::{deleting, form, posts, reading, save, session, sessions};
use crate::dialog::Dialog;
use crate::effect::{Call, Effect, Epoch, Gen, Slot};
use crate::msg::{Failure, Kind, Reply};
use crate::screen::Screen;
use crate::theme::Role;

/// Takes an answer.
pub(super) fn reply(
    cx: &mut Cx<'_>,
    slot: Slot,
    r#gen: Gen,
    epoch: Epoch,
    reply: Result<Reply, Failure>,
) {
    let asked = cx.model.live.get(&slot).filter(|(live, _)| *live == r#gen);
    let Some((_, asked)) = asked.filter(|_| epoch == cx.model.epoch) else {
        if let (Slot::Save(draft), Ok(Reply::Post(_))) = (slot, reply) {
            // whoever began it has signed out since: it is saved all the same, and must not be offered again
            cx.effects.push(Effect::DropDraft(draft));
        }
        return;
    };
    let asked = asked.clone();
    cx.drop_read(&slot);
    let goes_on = matches!(reply, Ok(Reply::Rows { is_end: false, .. }));
    if !goes_on {
        cx.model.live.remove(&slot);
    }
    let is_of_place = matches!(slot, Slot::Load | Slot::SignIn);
    let is_unkept = matches!(&reply, Err(failure) if failure.kind == Kind::Store);
    if is_of_place && !is_unkept && matches!(cx.model.dialog, Some(Dialog::Place { .. })) {
        cx.model.dialog = None;
    }
    match reply {
        Ok(reply) => {
            if !matches!(slot, Slot::Load | Slot::Session | Slot::SignOut) {
                back(cx);
            }
            succeeded(cx, slot, reply);
        }
        Err(failure) => {
            let is_answer = !matches!(
                failure.kind,
                Kind::Offline | Kind::NoAnswer | Kind::Server(_) | Kind::TooMany(_) | Kind::Store
            );
            if is_answer {
                back(cx);
            }
            failed(cx, slot, asked, failure);
        }
    }
}

/// The server answers: where it was away, what waited for it is sent.
fn back(cx: &mut Cx<'_>) {
    if online(cx) {
        save::send_waiting(cx);
    }
}

fn succeeded(cx: &mut Cx<'_>, slot: Slot, reply: Reply) {
    match (slot, reply) {
        (Slot::Load | Slot::SignIn | Slot::Refresh, Reply::State(state)) => {
            // where it was asked for, the answer is otherwise not to be seen
            if matches!(cx.model.screen(), Screen::Session) && state.is_signed_in() {
                cx.toast(Role::Good, "The tokens were refreshed");
                cx.call(Slot::Session, Call::Details);
                sessions::ask(cx);
            }
            session::changed(cx, state);
        }
        (Slot::Register, _) => form::registered(cx),
        (Slot::SignOut, Reply::SignedOut { problem }) => session::signed_out(cx, problem),
        (Slot::Verify, Reply::Valid(is_valid)) => cx.model.verified = Some(is_valid),
        (Slot::Profile, Reply::Profile(user)) => cx.model.profile = Some(user),
        (Slot::Session, Reply::Details(details)) => cx.model.details = details,
        (Slot::Sessions, Reply::Sessions(rows)) => sessions::listed(cx, rows),
        (Slot::EndSession(_), _) => sessions::ended(cx, true),
        (Slot::List, Reply::Rows { rows, is_end }) => posts::rows(cx, rows, is_end),
        (Slot::Post(_) | Slot::Preview, Reply::Post(post)) => reading::arrived(cx, &post),
        (Slot::Save(draft), Reply::Post(post)) => save::saved(cx, &draft, &post),
        (Slot::Save(draft), Reply::Conflict(post)) => save::conflict(cx, &draft, &post),
        (Slot::Delete(id), _) => deleting::deleted(cx, id),
        _ => {}
    }
}

fn failed(cx: &mut Cx<'_>, slot: Slot, asked: Call, failure: Failure) {
    let is_form = matches!(slot, Slot::SignIn | Slot::Register);
    if let (Kind::Ended(reason), false) = (&failure.kind, is_form || slot == Slot::SignOut) {
        if slot == Slot::List {
            cx.model.list.fail(Some(failure.said()));
        }
        cx.model.held.retain(|(held, _)| *held != slot);
        cx.model.held.push((slot, asked));
        return session::ended(cx, *reason);
    }
    match slot {
        Slot::Load | Slot::SignIn
            if failure.kind == Kind::Store && cx.model.about.places.len() > 1 =>
        {
            session::unkept(cx, (slot, asked), failure);
        }
        Slot::SignIn | Slot::Register => form::refused(cx, failure),
        Slot::Save(draft) => save::not_saved(cx, &draft, &failure),
        Slot::Delete(id) => deleting::not_deleted(cx, id, &failure),
        Slot::Sessions => sessions::not_listed(cx, &failure),
        Slot::EndSession(_) if failure.kind == Kind::NotFound => sessions::ended(cx, false),
        Slot::EndSession(_) | Slot::SignOut | Slot::Verify | Slot::Refresh => {
            cx.toast(Role::Error, failure.said());
        }
        Slot::List | Slot::Post(_) | Slot::Preview | Slot::Profile | Slot::Session | Slot::Load => {
            if slot == Slot::List {
                cx.model.list.fail(None);
            }
            if let Slot::Post(id) = slot {
                reading::give_up(cx, id);
            }
            match failure.kind {
                Kind::Offline | Kind::NoAnswer => offline(cx, (slot, asked), &failure, None),
                Kind::Server(wait) | Kind::TooMany(wait) => {
                    offline(cx, (slot, asked), &failure, wait);
                }
                _ => match asked {
                    Call::Post(id) => reading::unreadable(cx, id, &failure),
                    Call::Load => session::unreadable(cx, failure.said()),
                    Call::List | Call::Find(_) if cx.model.list.rows.is_empty() => {
                        cx.model.list.problem = Some(failure.said());
                    }
                    _ => cx.toast(Role::Error, failure.said()),
                },
            }
        }
    }
}
