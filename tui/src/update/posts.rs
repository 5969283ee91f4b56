//! The list of posts, and reading one.

use gatepost_sdk::{Post, PostId};

use super::cx::Cx;
use super::{edit, preview, retry};
use crate::dialog::Confirm;
use crate::effect::{Call, Slot};
use crate::keymap::Action;
use crate::layout;
use crate::model::Model;
use crate::msg::{Failure, Kind, Row};
use crate::sanitize;
use crate::screen::{Read, Screen};
use crate::text::wrap::{self, Anchor};
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
                for read in shown(cx.model, id) {
                    read.then_edit = true;
                }
                if !cx.model.is_live(&Slot::Post(id)) {
                    cx.call(Slot::Post(id), Call::Post(id));
                }
            }
            _ => open(cx, true),
        },
        Action::Delete => {
            if let Some((id, title, _)) = cx.model.subject() {
                let title = title.to_owned();
                cx.ask(Confirm::Delete { id, title });
            }
        }
        _ if matches!(cx.model.screen(), Screen::Read(_)) => reading(cx, action, page),
        Action::Refresh => refresh(cx),
        Action::Open => open(cx, false),
        Action::Filter => cx.model.list.open_filter(),
        Action::Choose => cx.model.list.close_filter(),
        Action::Back => cx.model.list.filter = None,
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
    let body = layout::regions(model.size).body;
    let window = if matches!(model.screen(), Screen::Read(_)) {
        layout::read(body)
    } else {
        layout::posts(body, model.list.filter.is_some()).list
    };
    window.height.saturating_sub(1).max(1)
}

/// Asks again for what failed; whether that was among it.
fn is_retried(cx: &mut Cx<'_>, slot: &Slot) -> bool {
    let is_offline = cx.model.offline.is_some();
    retry::retry(cx);
    is_offline && cx.model.is_live(slot)
}

fn refresh(cx: &mut Cx<'_>) {
    if !is_retried(cx, &Slot::List) {
        cx.model.list.restart();
        cx.call(Slot::List, Call::List);
    }
    preview::refresh(cx);
}

fn open(cx: &mut Cx<'_>, then_edit: bool) {
    let Some(row) = cx.model.list.current() else {
        return;
    };
    let id = row.id;
    // what was shown beside the list is there at once, and asked for anew
    let shown = cx.model.preview.clone().filter(|shown| shown.id == id);
    cx.model.screens.push(Screen::Read(Read {
        then_edit,
        ..shown.unwrap_or_else(|| Read::new(id))
    }));
    cx.call(Slot::Post(id), Call::Post(id));
}

fn reading(cx: &mut Cx<'_>, action: Action, page: isize) {
    let width = layout::read(layout::regions(cx.model.size).body).width;
    match action {
        Action::Back => return cx.back(),
        Action::Previous | Action::Next => {
            let by = if action == Action::Next { 1 } else { -1 };
            cx.model.list.step(by);
            cx.back();
            return open(cx, false);
        }
        Action::Refresh => {
            if let Screen::Read(Read { id, .. }) = *cx.model.screen()
                && !is_retried(cx, &Slot::Post(id))
            {
                cx.call(Slot::Post(id), Call::Post(id));
            }
            return;
        }
        _ => {}
    }
    let Some(Screen::Read(read)) = cx.model.screens.last_mut() else {
        return;
    };
    let step = |by| wrap::step(&read.lines, read.top, by, width);
    match action {
        Action::Up => read.top = step(-1),
        Action::Down => read.top = step(1),
        Action::PageUp => read.top = step(-page),
        Action::PageDown => read.top = step(page),
        Action::First => read.top = Anchor::default(),
        Action::Last => read.top = wrap::last(&read.lines, width),
        _ => {}
    }
}

/// The furthest that a text can be scrolled: its last row at the bottom.
pub(super) fn last_top(lines: &[String], width: u16, height: u16) -> Anchor {
    let back = isize::try_from(height.max(1)).unwrap_or(1) - 1;
    wrap::step(lines, wrap::last(lines, width), -back, width)
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

/// A post has come.
pub(super) fn arrived(cx: &mut Cx<'_>, post: &Post) {
    show(cx, post);
    let mut then_edit = false;
    for screen in &mut cx.model.screens {
        if let Screen::Read(read) = screen
            && read.id == post.id
        {
            then_edit |= std::mem::take(&mut read.then_edit);
        }
    }
    let is_on_top = matches!(cx.model.screen(), Screen::Read(read) if read.id == post.id);
    if then_edit && is_on_top && cx.model.dialog.is_none() {
        edit::open(cx, post);
    }
}

/// Puts a post wherever it is shown.
pub(super) fn show(cx: &mut Cx<'_>, post: &Post) {
    for read in shown(cx.model, post.id) {
        read.lines = lines(&post.content);
        read.post = Some(post.clone());
        read.problem = None;
    }
    if let Some(at) = cx.model.list.find(post.id) {
        cx.model.list.rows[at].title = post.title.as_str().into();
    }
}

/// A post wherever it is read.
fn shown(model: &mut Model, id: PostId) -> impl Iterator<Item = &mut Read> {
    let reads = model.screens.iter_mut().filter_map(|screen| match screen {
        Screen::Read(read) => Some(read),
        _ => None,
    });
    reads
        .chain(&mut model.preview)
        .filter(move |read| read.id == id)
}

fn lines(text: &str) -> Vec<String> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.split('\n').map(str::to_owned).collect()
}

/// A post does not come now: whoever wanted to edit it must ask again.
pub(super) fn give_up(cx: &mut Cx<'_>, id: PostId) {
    for read in shown(cx.model, id) {
        read.then_edit = false;
    }
}

/// A post can't be shown.
pub(super) fn unreadable(cx: &mut Cx<'_>, id: PostId, failure: &Failure) {
    let text = match failure.kind {
        Kind::NotFound => "This post was deleted".to_owned(),
        _ => failure.said(),
    };
    for read in shown(cx.model, id) {
        read.problem = Some(text.clone());
        read.then_edit = false;
    }
    if failure.kind == Kind::NotFound {
        cx.model.list.remove(id);
        edit::orphaned(cx, id);
    }
    cx.toast(Role::Error, text);
}

/// Deletes a post, now that it was asked.
pub(super) fn delete(cx: &mut Cx<'_>, id: PostId) {
    cx.model.deleting.push(id);
    if matches!(cx.model.screen(), Screen::Read(read) if read.id == id) {
        cx.back();
    }
    cx.call(Slot::Delete(id), Call::Delete(id));
}

/// It is deleted.
pub(super) fn deleted(cx: &mut Cx<'_>, id: PostId) {
    cx.model.deleting.retain(|other| *other != id);
    let at = cx.model.list.find(id);
    let title = at.map(|at| sanitize::line(&cx.model.list.rows[at].title));
    cx.model.list.remove(id);
    edit::orphaned(cx, id);
    let what = title.map_or_else(|| "The post".to_owned(), |title| format!("'{title}'"));
    cx.toast(Role::Good, format!("{what} was deleted"));
}

/// It is not.
pub(super) fn not_deleted(cx: &mut Cx<'_>, id: PostId, failure: &Failure) {
    if failure.kind == Kind::NotFound {
        return deleted(cx, id);
    }
    cx.model.deleting.retain(|other| *other != id);
    let text = match failure.kind {
        Kind::NoAnswer => "No answer: the post may be deleted; r loads again".to_owned(),
        _ => format!("Not deleted. {}", failure.said()),
    };
    cx.toast(Role::Error, text);
}
