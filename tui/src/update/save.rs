//! Saving a post: it looks done at once, and is rolled back where it fails.

use gatepost_sdk::Post;

use super::cx::Cx;
use super::{edit, posts};
use crate::draft::DraftId;
use crate::effect::{Call, Effect, Slot};
use crate::model::Saving;
use crate::msg::{Failure, Kind, Row};
use crate::screen::Screen;
use crate::theme::Role;

/// Sends what is being written. It looks done at once.
pub(super) fn send(cx: &mut Cx<'_>) {
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
    cx.model.screens.pop();
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
                posts::show(cx, &new);
            }
            (id, old_title, old_post, Call::Update { id, title, content })
        }
    };
    let saving = Saving {
        draft,
        row,
        old_title,
        old_post,
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
    posts::show(cx, post);
    cx.toast(Role::Good, "Saved");
}

/// It is not: everything looks as before, and the text is a draft.
pub(super) fn not_saved(cx: &mut Cx<'_>, id: &DraftId, failure: &Failure) {
    let Some(saving) = cx.model.saving.remove(id) else {
        return;
    };
    let is_new = saving.draft.post.is_none();
    if is_new {
        cx.model.list.remove(saving.row);
    } else if let (Some(at), Some(title)) = (cx.model.list.find(saving.row), saving.old_title) {
        cx.model.list.rows[at].title = title;
    }
    if let Some(old) = &saving.old_post {
        posts::show(cx, old);
    }
    let is_free = cx.model.dialog.is_none() && cx.model.edit().is_none();
    if failure.kind == Kind::Invalid && is_free {
        let draft = saving.draft;
        let base = saving
            .old_post
            .map(|post| (post.title, post.content))
            .unwrap_or_default();
        edit::push(
            cx,
            draft.post,
            (&base.0, &base.1),
            (&draft.title, &draft.content),
        );
        if let Some(edit) = cx.model.edit_mut() {
            edit.draft = draft.id;
            edit.has_file = true;
            edit.errors.clone_from(&failure.fields);
            edit.is_in_body = failure.fields.iter().all(|(field, _)| field != "title");
        }
        return cx.toast(Role::Error, "Not saved: see below the title");
    }
    let gone = saving.draft.post.filter(|_| failure.kind == Kind::NotFound);
    cx.model.drafts.insert(0, saving.draft);
    if let Some(id) = gone {
        posts::unreadable(cx, id, failure);
    }
    let key = if is_new { 'n' } else { 'e' };
    let text = match failure.kind {
        Kind::NoAnswer if is_new => {
            format!("No answer: the post may be saved or not. Draft kept ({key} opens it)")
        }
        Kind::NotFound if gone.is_some() => {
            "This post was deleted; your text is kept as a new draft (n opens it)".to_owned()
        }
        _ => format!("Not saved; draft kept ({key} opens it): {}", failure.text),
    };
    cx.toast(Role::Error, text);
}
