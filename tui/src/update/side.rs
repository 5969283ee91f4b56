//! The pane beside the list, when keys go to it.

use super::cx::Cx;
use super::{accounts, edit, posts};
use crate::allowed::allowed;
use crate::keymap::Action;
use crate::layout;
use crate::model::Model;
use crate::screen::Screen;
use crate::side::{Entry, entries, is_in_use};
use crate::theme::Role;

/// Keys go to the pane, first to the account in use.
pub(super) fn enter(cx: &mut Cx<'_>) {
    let model = &mut *cx.model;
    let all = entries(model);
    let first = all.iter().position(|entry| match entry {
        Entry::InUse => true,
        Entry::Account(at) => is_in_use(model, *at),
        _ => false,
    });
    model.side = Some(first.unwrap_or(0));
}

/// Keys go to the list again.
pub(super) fn leave(cx: &mut Cx<'_>) {
    cx.model.side = None;
}

/// What a key does here; whether it does anything.
pub(super) fn act(cx: &mut Cx<'_>, action: Action) -> bool {
    let Some(marked) = cx.model.side else {
        return false;
    };
    match action {
        Action::Up => cx.model.side = Some(marked.saturating_sub(1)),
        Action::Down => cx.model.side = Some(marked + 1),
        Action::Back | Action::NextPane => leave(cx),
        Action::Choose => choose(cx, marked),
        _ => return false,
    }
    true
}

fn choose(cx: &mut Cx<'_>, marked: usize) {
    let Some(entry) = entries(cx.model).get(marked).copied() else {
        return;
    };
    match entry {
        Entry::InUse => cx.toast(Role::Good, "This account is in use already"),
        Entry::Account(at) => accounts::choose(cx, at),
        Entry::Another => accounts::choose(cx, cx.model.about.known.len()),
        Entry::All | Entry::Mine => {
            leave(cx);
            cx.model.list.query.text.clear();
            posts::show_mine(cx, entry == Entry::Mine);
        }
        Entry::Drafts => {
            leave(cx);
            edit::offer(cx);
        }
    }
}

/// A row of the pane was clicked.
pub(super) fn clicked(cx: &mut Cx<'_>, y: u16) {
    let body = layout::regions(cx.model).body;
    let Some(pane) = layout::panes(body).side else {
        return;
    };
    let areas = layout::side(pane);
    let all = entries(cx.model);
    let count = all.iter().filter(|entry| entry.is_account()).count();
    let (area, from, to) = if y < areas.show.y {
        (areas.accounts, 0, count)
    } else {
        (areas.show, count, all.len())
    };
    let Some(row) = y.checked_sub(area.y).filter(|row| *row < area.height) else {
        return;
    };
    let at = from + usize::from(row);
    if at < to {
        cx.model.side = Some(at);
        match allowed(cx.model, Action::Choose) {
            Ok(()) => choose(cx, at),
            Err(why) => cx.toast(Role::Warning, why),
        }
    }
}

/// Keys go to it only while it is there.
pub(super) fn settle(cx: &mut Cx<'_>) {
    let is_there = is_there(cx.model);
    let last = entries(cx.model).len().saturating_sub(1);
    let side = &mut cx.model.side;
    *side = side.filter(|_| is_there).map(|marked| marked.min(last));
}

fn is_there(model: &Model) -> bool {
    let body = layout::regions(model).body;
    matches!(model.screen(), Screen::Posts) && layout::panes(body).side.is_some()
}
