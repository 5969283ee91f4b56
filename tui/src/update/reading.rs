//! A post that is read, in the place of the list or beside it.

use gatepost_sdk::{Post, PostId};

use super::cx::Cx;
use super::{edit, retry};
use crate::effect::{Call, Slot};
use crate::keymap::Action;
use crate::layout;
use crate::markdown::{self, Piece};
use crate::model::Model;
use crate::msg::{Failure, Kind};
use crate::screen::{Read, Screen};
use crate::text::wrap::{self, Anchor};
use crate::theme::Role;

/// What a key does to the post that is read.
pub(super) fn act(cx: &mut Cx<'_>, action: Action, page: isize) {
    let window = layout::reading(layout::regions(cx.model).body);
    let width = layout::read(window).text.width;
    match action {
        Action::Back => return cx.back(),
        Action::Refresh => {
            if let Screen::Read(Read { id, .. }) = *cx.model.screen()
                && !retry::is_retried(cx, &Slot::Post(id))
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
pub(super) fn shown(model: &mut Model, id: PostId) -> impl Iterator<Item = &mut Read> {
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
pub(super) fn switch_raw(cx: &mut Cx<'_>) {
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
