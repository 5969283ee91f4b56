//! The list of posts.

use super::cx::Cx;
use super::{copying, deleting, draft_rows, edit, preview, reading, retry};
use crate::allowed::allowed;
use crate::dialog::Confirm;
use crate::effect::{Call, Query, Slot};
use crate::keymap::Action;
use crate::layout;
use crate::model::Model;
use crate::msg::{Failure, Row};
use crate::screen::{Read, Screen};
use crate::theme::Role;

pub(super) fn act(cx: &mut Cx<'_>, action: Action) {
    let page = isize::try_from(page(cx.model)).unwrap_or(1);
    match action {
        Action::New => edit::open_new(cx),
        Action::Edit => match cx.model.screen() {
            Screen::Read(Read {
                post: Some(post), ..
            }) => {
                let post = post.clone();
                edit::open(cx, &post);
            }
            Screen::Read(read) => {
                let id = read.id;
                for read in reading::shown(cx.model, id) {
                    read.then_edit = true;
                }
                if !cx.model.is_live(&Slot::Post(id)) {
                    cx.call(Slot::Post(id), Call::Post(id));
                }
            }
            _ => open(cx, true),
        },
        Action::Delete => {
            let Some((id, title, _)) = cx.model.subject() else {
                return;
            };
            let what = if let Some(draft) = cx.model.draft_rows.get(&id) {
                Confirm::DiscardDraft {
                    id: draft.clone(),
                    is_offered: false,
                }
            } else {
                let title = title.to_owned();
                Confirm::Delete { id, title }
            };
            cx.ask(what);
        }
        Action::Raw => reading::switch_raw(cx),
        Action::Undo => deleting::undo(cx),
        Action::Copy => copying::copy(cx),
        Action::CopyAddress => copying::copy_address(cx),
        Action::Mine => {
            let is_mine = cx.model.list.query.author.is_some();
            show_mine(cx, !is_mine);
        }
        Action::Drafts => edit::offer(cx),
        Action::Previous | Action::Next => {
            let by = if action == Action::Next { 1 } else { -1 };
            cx.model.list.step(by);
            cx.back();
            open(cx, false);
        }
        _ if matches!(cx.model.screen(), Screen::Read(_)) => reading::act(cx, action, page),
        Action::Refresh => refresh(cx),
        Action::Open => open(cx, false),
        Action::Filter => cx.model.list.open_filter(),
        Action::Choose => search(cx),
        Action::Back if cx.model.list.filter.is_some() => cx.model.list.filter = None,
        Action::Back => {
            cx.model.list.query.text.clear();
            list(cx);
        }
        Action::Text(op) => cx.model.list.look_for(|query| {
            query.apply(op);
        }),
        Action::Up => cx.model.list.step(-1),
        Action::Down => cx.model.list.step(1),
        Action::PageUp => cx.model.list.step(-page),
        Action::PageDown => cx.model.list.step(page),
        Action::First => cx.model.list.first(),
        Action::Last => cx.model.list.last(),
        _ => {}
    }
}

fn page(model: &Model) -> u16 {
    let body = layout::regions(model).body;
    let window = if matches!(model.screen(), Screen::Read(_)) {
        layout::read(layout::reading(body)).text
    } else {
        layout::list(layout::panes(body).list, model.list.filter.is_some()).rows
    };
    window.height.saturating_sub(1).max(1)
}

fn refresh(cx: &mut Cx<'_>) {
    if !retry::is_retried(cx, &Slot::List) {
        list(cx);
    }
    preview::refresh(cx);
}

/// Shows one's own posts alone, or all.
pub(super) fn show_mine(cx: &mut Cx<'_>, is_mine: bool) {
    let user = cx.model.user.clone();
    cx.model.list.query.author = user.filter(|_| is_mine);
    cx.model.list.filter = None;
    list(cx);
}

/// Asks for the list anew.
pub(super) fn list(cx: &mut Cx<'_>) {
    cx.model.list.restart();
    let call = call(cx.model);
    cx.call(Slot::List, call);
}

/// What the list is asked for by.
fn call(model: &Model) -> Call {
    let query = &model.list.query;
    if *query == Query::default() {
        Call::List
    } else {
        Call::Find(query.clone())
    }
}

/// A save has met no server: whether it is back is found out by asking for the list.
pub(super) fn go_offline(cx: &mut Cx<'_>, failure: &Failure) {
    if cx.model.offline.is_none() {
        let call = call(cx.model);
        retry::offline(cx, (Slot::List, call), failure, None);
    }
}

/// Looks through all posts of the server for what was typed; one that can't search leaves it at what is loaded.
fn search(cx: &mut Cx<'_>) {
    let list_of = &mut cx.model.list;
    let text = list_of.filter.as_ref().map(|filter| filter.query.text());
    let text = text.unwrap_or_default().trim().to_owned();
    if !cx.model.can_search || text.is_empty() {
        return cx.model.list.close_filter();
    }
    cx.model.list.filter = None;
    cx.model.list.query.text = text;
    list(cx);
}

/// Opens the selected post, where it can be.
pub(super) fn open_selected(cx: &mut Cx<'_>) {
    match allowed(cx.model, Action::Open) {
        Ok(()) => open(cx, false),
        Err(why) => cx.toast(Role::Warning, why),
    }
}

fn open(cx: &mut Cx<'_>, then_edit: bool) {
    let Some(row) = cx.model.list.current() else {
        return;
    };
    let id = row.id;
    if draft_rows::open(cx, id) {
        return;
    }
    // what was shown beside the list is there at once, and asked for anew
    let shown = cx.model.preview.clone().filter(|shown| shown.id == id);
    cx.model.screens.push(Screen::Read(Read {
        then_edit,
        ..shown.unwrap_or_else(|| Read::new(id))
    }));
    cx.call(Slot::Post(id), Call::Post(id));
}

/// The next rows of the list.
pub(super) fn rows(cx: &mut Cx<'_>, rows: Vec<Row>, is_end: bool) {
    cx.model.list.take(rows, is_end);
    // what is on its way looks as it will be
    let model = &mut *cx.model;
    for saving in model.saving.values() {
        if let Some(at) = model.list.find(saving.row) {
            model.list.rows[at].title = saving.draft.title.as_str().into();
        }
    }
}
