//! Writing a post, with drafts that are kept.

use std::time::Duration;

use gatepost_sdk::{Post, PostId};
use gatepost_terminal::post::Version;

use super::cx::Cx;
use crate::dialog::{Confirm, Dialog};
use crate::effect::{Effect, Timer};
use crate::keymap::Action;
use crate::layout;
use crate::model::Model;
use crate::screen::{Edit, Screen};
use crate::text::{TextBuf, wrap};
use crate::theme::Role;
use gatepost_terminal::drafts::{Draft, DraftId};

/// How long what was typed may be in memory alone; with the writing itself it stays below a second.
const KEEP: Duration = Duration::from_millis(600);

pub(super) fn act(cx: &mut Cx<'_>, action: Action) {
    let area = layout::regions(cx.model).body;
    let Some(Screen::Edit(edit)) = cx.model.screens.last_mut() else {
        return;
    };
    let area = layout::edit(area, edit.errors.len()).body;
    let page = isize::try_from(area.height.saturating_sub(1).max(1)).unwrap_or(1);
    match action {
        Action::NextField => edit.is_in_body = !edit.is_in_body,
        Action::Down if !edit.is_in_body => edit.is_in_body = true,
        Action::Up if !edit.is_in_body => {}
        // from the first row up to the title
        Action::Up if at_top(&edit.body, area.width) => edit.is_in_body = false,
        Action::Up => edit.body.move_rows(-1, area.width),
        Action::Down => edit.body.move_rows(1, area.width),
        Action::PageUp => edit.body.move_rows(-page, area.width),
        Action::PageDown => edit.body.move_rows(page, area.width),
        Action::Text(op) => {
            edit.focused().apply(op);
        }
        Action::Editor => {
            // also where nothing is changed yet: what the editor writes is offered with it if the program ends first
            write(cx, None);
            if let Some(draft) = cx.model.as_draft(cx.now) {
                cx.model.is_away = true;
                cx.effects.push(Effect::OpenEditor(Box::new(draft)));
            }
        }
        Action::Discard => cx.ask(Confirm::DiscardEdit),
        Action::Back => leave(cx),
        _ => {}
    }
}

fn at_top(body: &TextBuf, width: u16) -> bool {
    let (anchor, _) = wrap::place(body.lines(), body.cursor(), width);
    (anchor.line, anchor.row) == (0, 0)
}

/// Writes a new post, or goes on with the draft of one.
pub(super) fn open_new(cx: &mut Cx<'_>) {
    let mut drafts = cx.model.drafts.iter();
    match drafts.position(|draft| draft.post.is_none()) {
        Some(at) => resume(cx, at),
        None => push(cx, None, None, &Version::default()),
    }
}

/// Changes a post, or goes on with the draft of a change.
pub(super) fn open(cx: &mut Cx<'_>, post: &Post) {
    let drafts = &mut cx.model.drafts;
    if let Some(at) = drafts.iter().position(|draft| draft.post == Some(post.id)) {
        let draft = drafts.remove(at);
        cx.model.queued.remove(&draft.id);
        // it goes on from the version that it started from
        push(cx, Some(post.id), draft.base.clone(), &draft.version());
        adopt(cx, &draft);
    } else {
        let base = Version::new(&post.title, &post.content);
        push(cx, Some(post.id), Some(base.clone()), &base);
    }
}

pub(super) fn push(cx: &mut Cx<'_>, post: Option<PostId>, base: Option<Version>, text: &Version) {
    cx.model.drafts_made += 1;
    let draft = DraftId::new(&cx.model.about.run, cx.model.drafts_made);
    let (title, body) = (TextBuf::single(&text.title), TextBuf::multi(&text.content));
    // as the editor gives them back, so that opening alone is no change
    let shown = base.as_ref().map(|base| {
        let (title, body) = (TextBuf::single(&base.title), TextBuf::multi(&base.content));
        Version::new(title.text(), body.text())
    });
    cx.model.screens.push(Screen::Edit(Box::new(Edit {
        draft,
        post,
        title,
        body,
        is_in_body: post.is_some(),
        errors: Vec::new(),
        base,
        sent: None,
        shown: shown.unwrap_or_default(),
        kept: 0,
        has_file: false,
    })));
}

/// What is being written goes on from a draft; its file gets this run's name.
fn adopt(cx: &mut Cx<'_>, old: &Draft) {
    if let Some(edit) = cx.model.edit_mut() {
        edit.sent.clone_from(&old.sent);
    }
    if cx.model.edit().is_some_and(Edit::is_changed) {
        write(cx, Some(old.id.clone()));
    } else {
        cx.effects.push(Effect::DropDraft(old.id.clone()));
    }
    let when = chrono::DateTime::from_timestamp(old.saved, 0).unwrap_or(cx.now);
    let when = cx.model.time(when, "%Y-%m-%d %H:%M");
    cx.toast(Role::Good, format!("Draft of {when}; F8 discards it"));
}

/// Goes on with a draft of the list.
pub(super) fn resume(cx: &mut Cx<'_>, at: usize) {
    if at >= cx.model.drafts.len() {
        return;
    }
    cx.model.dialog = None;
    let draft = cx.model.drafts.remove(at);
    cx.model.queued.remove(&draft.id);
    push(cx, draft.post, draft.base.clone(), &draft.version());
    if let Some(edit) = cx.model.edit_mut() {
        edit.is_in_body = !edit.title.is_empty();
    }
    adopt(cx, &draft);
}

/// Drafts were found that this user has left.
pub(super) fn found(cx: &mut Cx<'_>, drafts: Vec<Draft>) {
    let user = cx.model.user.clone();
    let server = cx.model.about.server.clone();
    for draft in drafts {
        let is_mine = Some(&draft.user) == user.as_ref() && draft.server == server;
        if is_mine && !is_known(cx.model, &draft.id) {
            cx.model.drafts.push(draft);
        }
    }
    let count = cx.model.drafts.len();
    if cx.model.is_filtering() && count > 0 {
        let were = if count == 1 {
            "draft was"
        } else {
            "drafts were"
        };
        let text = format!("{count} {were} found (n and e open drafts)");
        return cx.toast(Role::Good, text);
    }
    offer(cx);
    if let Some(Dialog::Drafts { selected }) = cx.model.dialog {
        cx.interrupt(Dialog::Drafts { selected });
    }
}

fn is_known(model: &Model, id: &DraftId) -> bool {
    let is_written = model.edit().is_some_and(|edit| edit.draft == *id);
    is_written || model.saving.contains_key(id) || model.drafts.iter().any(|draft| draft.id == *id)
}

/// A post was deleted: a text that was to change it would have no way to it any more but as a new post.
pub(super) fn orphaned(cx: &mut Cx<'_>, post: PostId) {
    for draft in &mut cx.model.drafts {
        if draft.post == Some(post) {
            draft.post = None;
            draft.base = None;
            cx.effects.push(Effect::SaveDraft {
                draft: Box::new(draft.clone()),
                replaces: None,
            });
        }
    }
}

/// Offers the drafts that there are, where nothing else is going on.
pub(super) fn offer(cx: &mut Cx<'_>) {
    let is_idle = cx.model.dialog.is_none() && matches!(cx.model.screen(), Screen::Posts);
    if is_idle && !cx.model.drafts.is_empty() {
        cx.model.dialog = Some(Dialog::Drafts { selected: 0 });
    }
}

/// Throws a draft away that is not being written.
pub(super) fn drop_draft(cx: &mut Cx<'_>, id: &DraftId) {
    cx.model.drafts.retain(|draft| draft.id != *id);
    cx.model.queued.remove(id);
    cx.effects.push(Effect::DropDraft(id.clone()));
}

/// Throws away what is being written.
pub(super) fn discard(cx: &mut Cx<'_>) {
    if let Some(Screen::Edit(edit)) = cx.model.screens.pop() {
        cx.model.queued.remove(&edit.draft);
        cx.effects.push(Effect::DropDraft(edit.draft));
        cx.toast(Role::Good, "Draft discarded");
    }
}

/// Leaves the editor; the text stays a draft.
fn leave(cx: &mut Cx<'_>) {
    let draft = cx.model.draft(cx.now);
    keep(cx);
    let Some(Screen::Edit(_)) = cx.model.screens.pop() else {
        return;
    };
    if let Some(draft) = draft {
        let key = if draft.post.is_some() { 'e' } else { 'n' };
        let draft_id = draft.id.clone();
        cx.model.drafts.insert(0, draft);
        let is_waiting = cx.model.queued.contains(&draft_id);
        let text = if is_waiting {
            format!("Sent when the server is back ({key} opens it)")
        } else {
            format!("Draft kept ({key} opens it)")
        };
        cx.toast(Role::Good, text);
    }
}

/// Sees to it that what was typed is soon kept.
pub(super) fn watch(cx: &mut Cx<'_>) {
    let is_waiting = cx.model.timers.contains_key(&Timer::Draft);
    if !is_waiting
        && !cx.model.is_away
        && cx
            .model
            .edit()
            .is_some_and(|edit| edit.version() != edit.kept)
    {
        cx.after(Timer::Draft, KEEP);
    }
}

/// Keeps what is being written, if it is not kept as it is.
pub(super) fn keep(cx: &mut Cx<'_>) {
    let Some(edit) = cx.model.edit() else { return };
    let is_changed = edit.is_changed();
    let is_kept = edit.version() == edit.kept && edit.has_file == is_changed;
    // in the editor the text is the editor's
    if is_kept || cx.model.is_away {
        return;
    }
    if is_changed {
        write(cx, None);
    } else if let Some(edit) = cx.model.edit_mut() {
        // it is as at the server again
        edit.kept = edit.version();
        if std::mem::take(&mut edit.has_file) {
            cx.effects.push(Effect::DropDraft(edit.draft.clone()));
        }
    }
}

fn write(cx: &mut Cx<'_>, replaces: Option<DraftId>) {
    let draft = cx.model.as_draft(cx.now);
    if let (Some(draft), Some(edit)) = (draft, cx.model.edit_mut()) {
        edit.kept = edit.version();
        edit.has_file = true;
        cx.effects.push(Effect::SaveDraft {
            draft: Box::new(draft),
            replaces,
        });
    }
}

/// The person's editor has ended.
pub(super) fn closed(cx: &mut Cx<'_>, outcome: Result<Option<String>, String>) {
    cx.model.is_away = false;
    cx.effects.push(Effect::Redraw);
    match outcome {
        Ok(Some(text)) => {
            // editors end a file with a line end that nobody has typed
            let text = text.strip_suffix('\n').unwrap_or(&text);
            if let Some(edit) = cx.model.edit_mut() {
                edit.body.replace_all(text);
                edit.is_in_body = true;
            }
        }
        Ok(None) => {}
        Err(why) => cx.toast(Role::Error, why),
    }
    keep(cx);
}
