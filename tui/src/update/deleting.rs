//! Deleting a post: for a few seconds it is only marked, and can be kept after all.

use std::time::Duration;

use gatepost_sdk::PostId;

use super::cx::Cx;
use super::edit;
use crate::dialog::{Confirm, Dialog};
use crate::effect::{Call, Slot, Timer};
use crate::msg::{Failure, Kind};
use crate::sanitize;
use crate::screen::Screen;
use crate::theme::Role;

/// How long a post can be kept after all.
const GRACE: Duration = Duration::from_secs(5);

/// A post is to be deleted, unless somebody says otherwise in time.
pub(super) fn doom(cx: &mut Cx<'_>, id: PostId, title: String) {
    cx.model.deleting.push(id);
    if matches!(cx.model.screen(), Screen::Read(read) if read.id == id) {
        cx.back();
    }
    // the key first: a narrow window cuts the rest
    let said = format!("u undo: '{}' is deleted in 5 s", sanitize::title(&title));
    cx.toast(Role::Good, said);
    cx.model.doomed.push((id, title));
    cx.after(Timer::Grace(id), GRACE);
}

/// The last of them is kept after all.
pub(super) fn undo(cx: &mut Cx<'_>) {
    if let Some((id, title)) = cx.model.doomed.pop() {
        cx.model.timers.remove(&Timer::Grace(id));
        cx.model.deleting.retain(|other| *other != id);
        let said = format!("'{}' is kept", sanitize::title(&title));
        cx.toast(Role::Good, said);
    }
}

/// The time of one is up; while it is asked whether to quit, it can still be kept.
pub(super) fn time_is_up(cx: &mut Cx<'_>, id: PostId) {
    if matches!(
        cx.model.dialog,
        Some(Dialog::Confirm {
            what: Confirm::Quit,
            ..
        })
    ) {
        return cx.after(Timer::Grace(id), GRACE);
    }
    let before = cx.model.doomed.len();
    cx.model.doomed.retain(|(other, _)| *other != id);
    if cx.model.doomed.len() < before {
        cx.call(Slot::Delete(id), Call::Delete(id));
    }
}

/// The server is told of all of them now.
pub(super) fn send_all(cx: &mut Cx<'_>) {
    for (id, _) in std::mem::take(&mut cx.model.doomed) {
        cx.model.timers.remove(&Timer::Grace(id));
        cx.call(Slot::Delete(id), Call::Delete(id));
    }
}

/// The program ends; what was to be deleted is deleted now, as the question has said.
pub(super) fn quit(cx: &mut Cx<'_>) {
    send_all(cx);
    cx.model.exit = Some(0);
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
