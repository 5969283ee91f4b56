//! `_popup`: a window that another page opened, to add or change a row that one of its fields may refer to. When that is
//! done, the window says so to the page that opened it, in place of leading elsewhere.

use serde_json::json;

use super::pages::{Html, Page, PopupPage};
use super::visit::{Pairs, Refusal, Visit};
use crate::db::Id;

pub(super) const POPUP: &str = "_popup";
/// By which of its fields a row is referred to; all of ours are by their key.
const TO_FIELD: &str = "_to_field";

/// What was done in the window.
pub(super) enum Done<'d> {
    Added(Id, &'d str),
    /// The key as it stands in the address, too.
    Changed(&'d str, Id, &'d str),
    Deleted(Id, &'d str),
}

/// Refuses a field that no row is referred to by.
pub(super) fn must_be_key(visit: &Visit<'_>) -> Result<(), Refusal> {
    match to_field(visit) {
        None | Some("" | "id") => Ok(()),
        Some(_) => Err(Refusal::BadRequest(
            "rows are not referred to by this field".to_owned(),
        )),
    }
}

fn to_field<'v>(visit: &'v Visit<'_>) -> Option<&'v str> {
    visit.field(TO_FIELD).or_else(|| visit.parameter(TO_FIELD))
}

/// Whether the page stands in such a window.
pub(super) fn is_one(visit: &Visit<'_>) -> bool {
    visit.field(POPUP).is_some() || visit.parameter(POPUP).is_some()
}

/// Leaves out of the page what leads elsewhere.
pub(super) fn narrow(visit: &Visit<'_>, page: &mut Page) {
    if is_one(visit) {
        page.is_popup = true;
        page.user = None;
        page.apps.clear();
        page.here = None;
    }
}

/// What a form in the window carries on.
pub(super) fn hidden(visit: &Visit<'_>) -> Pairs {
    let mut hidden = Pairs::new();
    if is_one(visit) {
        hidden.push((POPUP.to_owned(), "1".to_owned()));
    }
    if let Some(field) = to_field(visit).filter(|field| !field.is_empty()) {
        hidden.push((TO_FIELD.to_owned(), field.to_owned()));
    }
    hidden
}

/// What stands in the window when it is done, where the form says that it stands in one.
pub(super) fn answer(visit: &Visit<'_>, singular: &str, done: &Done<'_>) -> Option<String> {
    visit.field(POPUP)?;
    let (response, said) = match done {
        Done::Added(id, text) => (
            json!({ "value": id.to_string(), "obj": text }),
            format!("The {singular} “{text}” was added. Its key is {id}."),
        ),
        Done::Changed(key, id, text) => (
            json!({ "action": "change", "value": key, "obj": text, "new_value": id.to_string() }),
            format!("The {singular} “{text}” was changed."),
        ),
        Done::Deleted(id, text) => (
            json!({ "action": "delete", "value": id.to_string() }),
            format!("The {singular} “{text}” was deleted."),
        ),
    };
    let page = Page {
        title: "Popup closing…".to_owned(),
        root: visit.root(),
        is_popup: true,
        ..Page::default()
    };
    let page = PopupPage {
        page,
        said,
        response: response.to_string(),
    };
    Some(page.html())
}
