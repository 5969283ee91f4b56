//! Where the account is logged in: the list on the session's screen, and the end of one of them.

use gatepost_sdk::AccountSession;

use super::cx::Cx;
use super::retry::offline;
use crate::dialog::Confirm;
use crate::effect::{Call, Slot};
use crate::keymap::Action;
use crate::msg::{Failure, Kind};
use crate::theme::Role;

/// Asks for the list.
pub(super) fn ask(cx: &mut Cx<'_>) {
    cx.call(Slot::Sessions, Call::Sessions);
}

pub(super) fn act(cx: &mut Cx<'_>, action: Action) {
    let sessions = &mut cx.model.sessions;
    match action {
        Action::Up => sessions.selected = sessions.selected.saturating_sub(1),
        Action::Down => sessions.selected += 1,
        Action::EndSession => {
            let chosen = sessions.chosen();
            if let Some((id, label)) = chosen.map(|one| (one.id.clone(), one.label.clone())) {
                cx.ask(Confirm::EndSession { id, label });
            }
        }
        _ => {}
    }
    cx.model.sessions.settle();
}

/// The list is there.
pub(super) fn listed(cx: &mut Cx<'_>, rows: Vec<AccountSession>) {
    let sessions = &mut cx.model.sessions;
    // the mark stays on its session, wherever that is now
    let chosen = sessions.chosen().map(|chosen| chosen.id.clone());
    let at = rows.iter().position(|row| Some(&row.id) == chosen.as_ref());
    sessions.selected = at.unwrap_or(sessions.selected);
    sessions.rows = rows;
    sessions.problem = None;
    sessions.is_known = true;
    sessions.settle();
}

/// It could not be had: a server that is away is asked again, one that has no such list says so.
pub(super) fn not_listed(cx: &mut Cx<'_>, failure: &Failure) {
    match failure.kind {
        Kind::Offline | Kind::NoAnswer => {
            offline(cx, (Slot::Sessions, Call::Sessions), failure, None);
        }
        Kind::Server(wait) | Kind::TooMany(wait) => {
            offline(cx, (Slot::Sessions, Call::Sessions), failure, wait);
        }
        _ => {
            cx.model.sessions.rows.clear();
            cx.model.sessions.is_known = false;
            cx.model.sessions.problem = Some(failure.said());
        }
    }
}

/// The session has ended, or had ended before.
pub(super) fn ended(cx: &mut Cx<'_>, is_new: bool) {
    let said = if is_new {
        "The session has ended"
    } else {
        "The session had ended already"
    };
    cx.toast(Role::Good, said);
    ask(cx);
}
