//! Texts of new posts are rows of the list, above the posts: they are not forgotten where they are seen.

use gatepost_terminal::drafts::DraftId;

use super::cx::Cx;
use crate::model::Model;
use crate::msg::Row;

/// The first of their numbers: far below those of posts that are being saved.
const FIRST: i64 = i64::MIN;

/// Puts rows for the drafts of new posts that have none, and takes away those whose draft is gone.
pub(super) fn settle(cx: &mut Cx<'_>) {
    let model = &mut *cx.model;
    // what the server has found is no list of one's own
    let is_shown = model.user.is_some() && model.list.query.text.is_empty();
    if model.draft_rows.is_empty() && !(is_shown && has_new(model)) {
        return;
    }
    let drafts = &model.drafts;
    let is_kept = |id: &DraftId| {
        drafts
            .iter()
            .any(|draft| draft.post.is_none() && draft.id == *id)
    };
    let gone: Vec<i64> = model
        .draft_rows
        .iter()
        .filter(|(_, id)| !is_shown || !is_kept(id))
        .map(|(row, _)| *row)
        .collect();
    for row in gone {
        model.draft_rows.remove(&row);
        model.list.remove(row);
    }
    if !is_shown {
        return;
    }
    // the list may have been asked for anew, for another account
    let lost = |row: &i64| model.list.find(*row).is_none();
    let lost: Vec<i64> = model.draft_rows.keys().copied().filter(lost).collect();
    for row in lost {
        model.draft_rows.remove(&row);
    }
    for draft in model.drafts.iter().rev() {
        let is_new = draft.post.is_none();
        if !is_new || model.draft_rows.values().any(|id| *id == draft.id) {
            continue;
        }
        let newest = model.draft_rows.last_key_value();
        let id = newest.map_or(FIRST, |(id, _)| id + 1);
        model.list.put(Row {
            id,
            title: draft.title.as_str().into(),
            author: draft.user.as_str().into(),
            created: draft.saved,
        });
        model.draft_rows.insert(id, draft.id.clone());
    }
}

fn has_new(model: &Model) -> bool {
    model.drafts.iter().any(|draft| draft.post.is_none())
}

/// Goes on with the draft that a row is; whether it is one.
pub(super) fn open(cx: &mut Cx<'_>, row: i64) -> bool {
    let Some(id) = cx.model.draft_rows.get(&row) else {
        return false;
    };
    let at = cx.model.drafts.iter().position(|draft| draft.id == *id);
    if let Some(at) = at {
        super::edit::resume(cx, at);
    }
    at.is_some()
}
