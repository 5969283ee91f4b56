//! The session as it begins, ends, and is taken up again in place.

use gatepost_sdk::{ExpiredReason, SessionState};

use super::cx::Cx;
use super::{edit, form, posts, retry, sessions};
use crate::dialog::{Confirm, Dialog};
use crate::effect::{Call, Effect, Slot};
use crate::form::{Field, Input};
use crate::keymap::Action;
use crate::list::List;
use crate::model::Sessions;
use crate::msg::Failure;
use crate::screen::Screen;
use crate::theme::Role;

pub(super) fn act(cx: &mut Cx<'_>, action: Action) {
    match action {
        Action::RefreshSession => {
            // what was verified is another token soon
            cx.model.verified = None;
            cx.call(Slot::Refresh, Call::Refresh);
        }
        Action::Verify => {
            cx.model.verified = None;
            cx.call(Slot::Verify, Call::Verify);
        }
        Action::SignOut => {
            cx.ask(Confirm::SignOut);
        }
        _ => sessions::act(cx, action),
    }
}

/// The session is in another state.
pub(super) fn changed(cx: &mut Cx<'_>, state: SessionState) {
    cx.model.session = state.clone();
    match state {
        SessionState::Active { user, .. } => begun(cx, user),
        SessionState::Token { .. } => begun(cx, String::new()),
        SessionState::SignedOut if cx.model.is_live(&Slot::SignOut) => {}
        SessionState::SignedOut if cx.model.user.is_some() => {
            ended(cx, Some(ExpiredReason::LoggedOutElsewhere));
        }
        SessionState::SignedOut => first_form(cx, "", None),
        SessionState::Expired { user, reason, .. } if cx.model.user.is_none() => {
            let notice = format!("The session of {user} has ended: {reason}");
            first_form(cx, &user, Some(notice));
        }
        SessionState::Expired { reason, .. } => ended(cx, Some(reason)),
        _ => {}
    }
}

/// Somebody is signed in: goes on where the same user was, begins anew for another.
fn begun(cx: &mut Cx<'_>, user: String) {
    let model = &mut *cx.model;
    let was_ended =
        model.ended.take().is_some() || matches!(model.dialog, Some(Dialog::Ended { .. }));
    let is_form = |screen: &Screen| matches!(screen, Screen::SignIn(_) | Screen::Register(_));
    if model.user.as_ref() == Some(&user) {
        if matches!(model.dialog, Some(Dialog::Ended { .. })) {
            model.dialog = None;
        }
        let before = model.screens.len();
        model.screens.retain(|screen| !is_form(screen));
        let is_back = before != model.screens.len() || was_ended;
        if model.screens.is_empty() {
            model.screens.push(Screen::Posts);
        }
        if is_back {
            cx.toast(Role::Good, format!("Signed in again as {user}"));
        }
        for (slot, call) in std::mem::take(&mut cx.model.held) {
            retry::again(cx, slot, call);
        }
        return;
    }
    // what the other user was writing stays that user's draft
    edit::keep(cx);
    forget(cx);
    cx.model.user = Some(user.clone());
    // not where it was to be: said once
    if cx.model.place != 0 {
        let text = format!("The session is kept in {}", cx.model.kept_in());
        cx.toast(Role::Good, text);
    }
    cx.model.screens = vec![Screen::Posts];
    cx.effects.push(Effect::LoadDrafts { user });
    posts::list(cx);
}

/// Leaves the account in use, for another one.
pub(super) fn leave(cx: &mut Cx<'_>) {
    forget(cx);
    cx.model.session = SessionState::default();
    cx.model.screens = vec![Screen::Posts];
}

/// Nothing of one user is left for the next.
fn forget(cx: &mut Cx<'_>) {
    let model = &mut *cx.model;
    model.epoch += 1;
    model.live.clear();
    model.timers.clear();
    model.list = List::default();
    model.preview = None;
    model.drafts.clear();
    model.draft_rows.clear();
    model.side = None;
    model.saving.clear();
    model.deleting.clear();
    model.doomed.clear();
    model.held.clear();
    model.profile = None;
    model.details = None;
    model.verified = None;
    model.sessions = Sessions::default();
    model.offline = None;
    model.queued.clear();
    model.dialog = None;
    model.ended = None;
    model.toast = None;
    model.user = None;
}

/// The stored session can't be read.
pub(super) fn unreadable(cx: &mut Cx<'_>, why: String) {
    cx.model.session = SessionState::SignedOut;
    first_form(cx, "", Some(why));
}

/// The session can't be read, or not be kept, where it should be: asks where else, and then goes on.
pub(super) fn unkept(cx: &mut Cx<'_>, then: (Slot, Call), failure: Failure) {
    let why = Failure {
        // what else can be done is what is asked here
        hint: None,
        ..failure.clone()
    };
    let why = why.said();
    if then.0 == Slot::Load {
        unreadable(cx, failure.said());
    } else {
        form::refused(cx, failure);
    }
    // what the question says, the form below it need not say too
    let said = said_in_form(cx);
    // the mark stays where it was put while the place was tried again
    let selected = match cx.model.dialog {
        Some(Dialog::Place { selected, .. }) => selected,
        _ => 0,
    };
    cx.model.dialog = Some(Dialog::Place {
        why,
        selected,
        then: Some(Box::new(then)),
        said,
    });
}

/// Takes what the form says of a failure.
fn said_in_form(cx: &mut Cx<'_>) -> Option<String> {
    let mut screens = cx.model.screens.iter_mut().rev();
    screens.find_map(|screen| match screen {
        Screen::SignIn(form) => form.error.take().or_else(|| form.notice.take()),
        _ => None,
    })
}

/// The session is to be kept nowhere now: the form says why.
pub(super) fn not_now(cx: &mut Cx<'_>, said: Option<String>) {
    if let Some(Screen::SignIn(form)) = cx.model.screens.last_mut() {
        form.error = said;
    }
}

/// The session is to be kept in this place; what failed is done again.
pub(super) fn keep_in(cx: &mut Cx<'_>, place: usize, (slot, call): (Slot, Call)) {
    if place != cx.model.place {
        cx.model.place = place;
        cx.effects.push(Effect::UsePlace(place));
    }
    let mut screens = cx.model.screens.iter_mut().rev();
    let form = screens.find_map(|screen| match screen {
        Screen::SignIn(form) => Some(form),
        _ => None,
    });
    if let Some(form) = form {
        form.error = None;
        form.is_sent = slot == Slot::SignIn;
        if let Some(Field {
            input: Input::Choice(chosen),
            ..
        }) = form.field("place")
        {
            *chosen = place;
        }
        if slot == Slot::Load {
            form.notice = None;
        }
    }
    cx.call(slot, call);
}

/// The form of a program in which nobody is signed in.
pub(super) fn first_form(cx: &mut Cx<'_>, user: &str, notice: Option<String>) {
    cx.model.session = match &cx.model.session {
        SessionState::Unknown { .. } => SessionState::SignedOut,
        known => known.clone(),
    };
    let is_there = matches!(cx.model.screens.first(), Some(Screen::SignIn(_)));
    if !is_there {
        cx.model.screens = vec![Screen::SignIn(cx.model.sign_in(user, notice))];
    }
}

/// The session has ended while it was used: says why, once nothing is being written.
pub(super) fn ended(cx: &mut Cx<'_>, reason: Option<ExpiredReason>) {
    let Some(user) = cx.model.user.clone() else {
        return first_form(cx, "", None);
    };
    edit::keep(cx);
    let is_said = matches!(cx.model.screen(), Screen::SignIn(_))
        || matches!(cx.model.dialog, Some(Dialog::Ended { .. }));
    if !is_said {
        cx.model.ended = Some((user, reason));
    }
}

/// Opens the question about a session that has ended, where it is over nothing that is being written.
pub(super) fn tell(cx: &mut Cx<'_>) {
    let is_free = cx.model.dialog.is_none() && !cx.model.is_writing();
    if is_free && let Some((user, reason)) = cx.model.ended.take() {
        cx.model.dialog = Some(Dialog::Ended { user, reason });
    }
}

/// Signs in again over what is on the screen.
pub(super) fn sign_in_again(cx: &mut Cx<'_>, user: &str, reason: Option<ExpiredReason>) {
    let notice = reason.map(|reason| format!("The session has ended: {reason}"));
    let form = cx.model.sign_in(user, notice);
    cx.model.screens.push(Screen::SignIn(form));
}

/// The person has signed out.
pub(super) fn signed_out(cx: &mut Cx<'_>, problem: Option<String>) {
    edit::keep(cx);
    forget(cx);
    cx.model.session = SessionState::SignedOut;
    cx.model.screens = vec![Screen::SignIn(cx.model.sign_in("", None))];
    match problem {
        None => cx.toast(Role::Good, "Signed out here and on the server"),
        Some(why) => cx.toast(
            Role::Warning,
            format!("Signed out here, but the server could not be told: {why}"),
        ),
    }
}
