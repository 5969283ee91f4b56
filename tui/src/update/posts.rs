//! The list of posts, and reading one.

use gatepost_sdk::{Post, PostId};

use super::cx::Cx;
use super::{deleting, edit, preview, retry};
use crate::allowed::allowed;
use crate::dialog::Confirm;
use crate::effect::{Call, Effect, Query, Slot};
use crate::keymap::Action;
use crate::layout;
use crate::markdown::{self, Piece};
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
        Action::Raw => switch_raw(cx),
        Action::Undo => deleting::undo(cx),
        Action::Copy => copy(cx),
        Action::CopyAddress => copy_address(cx),
        Action::Mine => {
            let query = &mut cx.model.list.query;
            query.author = match query.author {
                Some(_) => None,
                None => cx.model.user.clone(),
            };
            cx.model.list.filter = None;
            list(cx);
        }
        Action::Drafts => edit::offer(cx),
        _ if matches!(cx.model.screen(), Screen::Read(_)) => reading(cx, action, page),
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

/// Asks again for what failed; whether that was among it.
fn is_retried(cx: &mut Cx<'_>, slot: &Slot) -> bool {
    let is_offline = cx.model.offline.is_some();
    retry::retry(cx);
    is_offline && cx.model.is_live(slot)
}

fn refresh(cx: &mut Cx<'_>) {
    if !is_retried(cx, &Slot::List) {
        list(cx);
    }
    preview::refresh(cx);
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

/// Copies the text that is read, or the title of the selected row.
fn copy(cx: &mut Cx<'_>) {
    let (what, text) = match cx.model.screen() {
        Screen::Read(Read {
            post: Some(post), ..
        }) => ("text", post.content.clone()),
        _ => match cx.model.subject() {
            Some((_, title, _)) => ("title", title.to_owned()),
            None => return,
        },
    };
    copied(cx, what, &text);
}

fn copy_address(cx: &mut Cx<'_>) {
    if let Some((id, _, _)) = cx.model.subject() {
        let server = cx.model.about.server.trim_end_matches('/');
        let address = format!("{server}/api/posts/{id}/");
        copied(cx, "address", &address);
    }
}

/// Hands a text to the terminal's clipboard, whose answer nobody gets.
fn copied(cx: &mut Cx<'_>, what: &str, text: &str) {
    let text = sanitize::pasted(text);
    let count = text.chars().count();
    let characters = if count == 1 {
        "character"
    } else {
        "characters"
    };
    cx.effects.push(Effect::Copy(text));
    let said = format!("Sent the {what} to the terminal's clipboard ({count} {characters})");
    cx.toast(Role::Good, said);
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
    // what was shown beside the list is there at once, and asked for anew
    let shown = cx.model.preview.clone().filter(|shown| shown.id == id);
    cx.model.screens.push(Screen::Read(Read {
        then_edit,
        ..shown.unwrap_or_else(|| Read::new(id))
    }));
    cx.call(Slot::Post(id), Call::Post(id));
}

fn reading(cx: &mut Cx<'_>, action: Action, page: isize) {
    let window = layout::reading(layout::regions(cx.model).body);
    let width = layout::read(window).text.width;
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

/// Scrolls the post beside the list.
pub(super) fn scroll_preview(cx: &mut Cx<'_>, by: isize) {
    let pane = layout::reading(layout::regions(cx.model).body);
    let area = layout::read(pane).text;
    if let Some(read) = &mut cx.model.preview {
        let top = wrap::step(&read.lines, read.top, by, area.width);
        read.top = top.min(last_top(&read.lines, area.width, area.height));
    }
}

/// The furthest that a text can be scrolled: its last row at the bottom.
pub(super) fn last_top(lines: &[Piece], width: u16, height: u16) -> Anchor {
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
    let is_raw = cx.model.is_raw;
    for read in shown(cx.model, post.id) {
        read.lines = lines(&post.content, is_raw);
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

fn lines(text: &str, is_raw: bool) -> Vec<Piece> {
    if is_raw {
        markdown::raw(text)
    } else {
        markdown::lines(text)
    }
}

/// Shows texts as they were typed, or as Markdown again.
fn switch_raw(cx: &mut Cx<'_>) {
    let is_raw = !cx.model.is_raw;
    cx.model.is_raw = is_raw;
    let reads = cx
        .model
        .screens
        .iter_mut()
        .filter_map(|screen| match screen {
            Screen::Read(read) => Some(read),
            _ => None,
        });
    for read in reads.chain(&mut cx.model.preview) {
        if let Some(post) = &read.post {
            read.lines = lines(&post.content, is_raw);
            read.top = Anchor::default();
        }
    }
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
