//! Saving a post: it looks done at once, and is rolled back where it fails.

use gatepost_sdk::Post;
use gatepost_terminal::drafts::{Draft, DraftId};
use gatepost_terminal::merge::{Keep, Patch, has_marks, settle};
use gatepost_terminal::post::Version;

use super::cx::{Cx, SEEN};
use super::{edit, posts, reading, session};
use crate::dialog::{ANSWERS, Confirm, Dialog};
use crate::effect::{Call, Effect, Slot, Timer};
use crate::model::{Model, Saving};
use crate::msg::{Failure, Kind, Row};
use crate::screen::Screen;
use crate::theme::Role;

/// Sends what is being written.
pub(super) fn send(cx: &mut Cx<'_>) {
    if let Some((user, reason)) = cx.model.ended.take() {
        return session::sign_in_again(cx, &user, reason);
    }
    let Some(Screen::Edit(edit)) = cx.model.screens.last() else {
        return;
    };
    let Some(draft) = cx.model.as_draft(cx.now) else {
        return;
    };
    if edit.post.is_some() && !edit.is_changed() {
        // it may have been changed, and changed back
        if edit.has_file {
            cx.effects.push(Effect::DropDraft(draft.id));
        }
        cx.model.screens.pop();
        return cx.toast(Role::Good, "Nothing changed");
    }
    let base = draft.base.clone().unwrap_or_default();
    let changed = Patch::between(&base, &draft.version());
    let changed = Version::new(
        changed.title.unwrap_or_default(),
        changed.content.unwrap_or_default(),
    );
    if has_marks(&changed) {
        let why = "Not sent: keep what you want and delete the marks <<<<<<<, =======, >>>>>>>";
        return cx.toast(Role::Error, why);
    }
    cx.model.screens.pop();
    send_draft(cx, draft);
}

/// The server is back: what waited for it is sent, but for what is being written.
pub(super) fn send_waiting(cx: &mut Cx<'_>) {
    let waiting = std::mem::take(&mut cx.model.queued);
    for id in waiting {
        if let Some(draft) = take(cx.model, &id) {
            send_draft(cx, draft);
        } else if cx.model.edit().is_some_and(|edit| edit.draft == id) {
            cx.model.queued.insert(id);
            cx.toast(Role::Good, "The server is back: ^s saves");
        }
    }
}

/// Sends a draft. It looks done at once.
fn send_draft(cx: &mut Cx<'_>, draft: Draft) {
    cx.model.queued.remove(&draft.id);
    cx.effects.push(Effect::SaveDraft {
        draft: Box::new(draft.clone()),
        replaces: None,
    });
    let (title, content) = (draft.title.clone(), draft.content.clone());
    let slot = Slot::Save(draft.id.clone());
    let (row, old_title, old_post, call) = match draft.post {
        None => {
            let row = -i64::try_from(cx.model.drafts_made).unwrap_or(i64::MAX);
            cx.model.list.insert(Row {
                id: row,
                title: title.as_str().into(),
                author: draft.user.as_str().into(),
                created: cx.now.timestamp(),
            });
            (row, None, None, Call::Create { title, content })
        }
        Some(id) => {
            let at = cx.model.list.find(id);
            let old_title = at.map(|at| {
                std::mem::replace(&mut cx.model.list.rows[at].title, title.as_str().into())
            });
            let mut screens = cx.model.screens.iter().rev();
            let old_post = screens.find_map(|screen| match screen {
                Screen::Read(read) if read.id == id => read.post.clone(),
                _ => None,
            });
            if let Some(old) = &old_post {
                let mut new = old.clone();
                new.title.clone_from(&title);
                new.content.clone_from(&content);
                reading::show(cx, &new);
            }
            let call = Call::Update {
                id,
                base: draft.base.clone(),
                sent: draft.sent.clone(),
                mine: draft.version(),
            };
            (id, old_title, old_post, call)
        }
    };
    let saving = Saving {
        draft,
        row,
        old_title,
        old_post,
        is_left: false,
    };
    cx.model.saving.insert(saving.draft.id.clone(), saving);
    cx.call(slot, call);
}

/// It is at the server.
pub(super) fn saved(cx: &mut Cx<'_>, id: &DraftId, post: &Post) {
    let Some(saving) = cx.model.saving.remove(id) else {
        return;
    };
    cx.effects.push(Effect::DropDraft(id.clone()));
    // a list that was asked for meanwhile may have it already
    if saving.row < 0 && cx.model.list.find(post.id).is_some() {
        cx.model.list.remove(saving.row);
    } else if let Some(at) = cx.model.list.find(saving.row) {
        cx.model.list.rows[at].id = post.id;
        cx.model.list.rows[at].created = post.created_at.timestamp();
    }
    reading::show(cx, post);
    let mut drafts = cx.model.drafts.iter();
    let is_left = drafts.any(|draft| draft.post == Some(post.id));
    let text = if is_left {
        "Saved; your other version is a draft (e opens it, F8 discards it)"
    } else {
        "Saved"
    };
    cx.toast(Role::Good, text);
}

/// It is not: everything looks as before, and the text is a draft.
pub(super) fn not_saved(cx: &mut Cx<'_>, id: &DraftId, failure: &Failure) {
    let Some(mut saving) = cx.model.saving.remove(id) else {
        return;
    };
    if failure.kind == Kind::NoAnswer {
        saving.draft.sent = Some(saving.draft.version());
        cx.effects.push(Effect::SaveDraft {
            draft: Box::new(saving.draft.clone()),
            replaces: None,
        });
    }
    let is_new = saving.draft.post.is_none();
    if is_new {
        cx.model.list.remove(saving.row);
    } else if let (Some(at), Some(title)) = (cx.model.list.find(saving.row), saving.old_title) {
        cx.model.list.rows[at].title = title;
    }
    if let Some(old) = &saving.old_post {
        reading::show(cx, old);
    }
    let is_away = failure.kind == Kind::Offline;
    if is_away {
        cx.model.queued.insert(id.clone());
        posts::go_offline(cx, failure);
    }
    // a proxy in front of a server that is away says 502
    let may_go_on = is_away || matches!(failure.kind, Kind::Server(_));
    if (failure.kind == Kind::Invalid || may_go_on) && cx.model.is_free() {
        let draft = saving.draft;
        edit::push(cx, draft.post, draft.base.clone(), &draft.version());
        if let Some(edit) = cx.model.edit_mut() {
            edit.draft = draft.id;
            edit.has_file = true;
            edit.sent = draft.sent;
            edit.errors.clone_from(&failure.fields);
            edit.is_in_body = failure.fields.iter().all(|(field, _)| field != "title");
        }
        // nobody has opened it: keys until it is seen were meant for what is below it
        if may_go_on || saving.is_left {
            cx.after(Timer::Question, SEEN);
        }
        let text = if may_go_on {
            format!(
                "Not saved: {}. ^s tries again; your text is kept",
                failure.text
            )
        } else {
            "Not saved: see below the title".to_owned()
        };
        return cx.toast(Role::Error, text);
    }
    let gone = saving.draft.post.filter(|_| failure.kind == Kind::NotFound);
    cx.model.drafts.insert(0, saving.draft);
    if let Some(post) = gone {
        reading::unreadable(cx, post, failure);
        return if cx.model.is_free() {
            cx.interrupt(Dialog::Confirm {
                what: Confirm::Anew(id.clone()),
                is_yes: false,
            });
        } else {
            stays_new(cx);
        };
    }
    let key = if is_new { 'n' } else { 'e' };
    let text = match failure.kind {
        Kind::NoAnswer if is_new => {
            format!("No answer: the post may be saved or not. Draft kept ({key} opens it)")
        }
        Kind::Offline => {
            format!("Not saved; it is sent when the server is back ({key} opens it)")
        }
        _ => format!("Not saved; draft kept ({key} opens it): {}", failure.text),
    };
    cx.toast(Role::Error, text);
}

/// The text of a post that was deleted stays a draft.
pub(super) fn stays_new(cx: &mut Cx<'_>) {
    let text = "This post was deleted; your text is kept as a new draft (n opens it)";
    cx.toast(Role::Error, text);
}

/// Creates a post anew from the draft of one that was deleted.
pub(super) fn anew(cx: &mut Cx<'_>, id: &DraftId) {
    if let Some(draft) = take(cx.model, id) {
        send_draft(cx, draft);
    }
}

fn take(model: &mut Model, id: &DraftId) -> Option<Draft> {
    let at = model.drafts.iter().position(|draft| draft.id == *id)?;
    Some(model.drafts.remove(at))
}

/// It was not sent: the post was changed at the server too, and the person is asked.
pub(super) fn conflict(cx: &mut Cx<'_>, id: &DraftId, post: &Post) {
    let Some(saving) = cx.model.saving.remove(id) else {
        return;
    };
    reading::show(cx, post);
    cx.model.drafts.insert(0, saving.draft);
    if !cx.model.is_free() {
        let text = "Not saved: the post was changed on the server too. Draft kept (e opens it)";
        return cx.toast(Role::Error, text);
    }
    cx.interrupt(Dialog::Conflict {
        draft: id.clone(),
        theirs: Version::new(&post.title, &post.content),
        // what loses nothing, should a key be pressed that was meant for something else
        selected: ANSWERS.len() - 1,
    });
}

/// Keeps a version beside the one that is sent, whose draft goes when it has arrived.
fn keep_another(cx: &mut Cx<'_>, mut draft: Draft) {
    cx.model.drafts_made += 1;
    draft.id = DraftId::new(&cx.model.about.run, cx.model.drafts_made);
    cx.effects.push(Effect::SaveDraft {
        draft: Box::new(draft.clone()),
        replaces: None,
    });
    cx.model.drafts.insert(0, draft);
}

/// The person has answered, having seen this version of the server.
pub(super) fn settled(cx: &mut Cx<'_>, id: &DraftId, theirs: Version, keep: Keep) {
    let Some(mut draft) = take(cx.model, id) else {
        return;
    };
    draft.base = draft.start(&theirs);
    let mine = settle(draft.base.as_ref(), &draft.version(), &theirs, keep);
    let is_theirs = mine == theirs;
    let is_mine_left = keep == Keep::Theirs && mine != draft.version();
    if is_mine_left {
        let text = "The server's version is kept; yours is a draft (e opens it, F8 discards it)";
        cx.toast(Role::Good, text);
        if is_theirs {
            return cx.model.drafts.insert(0, draft);
        }
        keep_another(cx, draft.clone());
    }
    draft.set(mine);
    draft.base = Some(theirs);
    draft.saved = cx.now.timestamp();
    if keep == Keep::Both {
        cx.model.drafts.insert(0, draft);
        edit::resume(cx, 0);
        cx.toast(Role::Good, "Keep what you want and delete the marked lines");
    } else if is_theirs {
        cx.effects.push(Effect::DropDraft(draft.id));
        cx.toast(Role::Good, "The server's version is kept");
    } else {
        send_draft(cx, draft);
    }
}
