//! `/admin/APP/MODEL/`: the rows of a model, and what is done with several at once.
//!
//! `asked.rs` reads the parameters, `lookups.rs` makes conditions of filters, `rows.rs` and
//! `filter_rows.rs` have the SQL, `view.rs` what is shown.

mod asked;
mod filter_rows;
mod links;
mod lookups;
mod narrowing;
mod order;
mod paging;
mod rows;
mod view;

use django::python::{self, Int};

use self::asked::Asked;
use super::models::Model;
use super::pages::{Html, Level};
use super::visit::{Outcome, Refusal, Visit};
use super::{delete, layout, popup};
use crate::db::Id;

const NOTHING_SELECTED: &str =
    "Items must be selected in order to perform actions on them. No items have been changed.";

/// The list, or what comes of an action.
pub(super) async fn page(visit: &mut Visit<'_>, model: &'static Model) -> Outcome {
    visit.must_see(model)?;
    popup::must_be_key(visit)?;
    let asked = std::sync::Arc::new(Asked::of(visit, model)?);
    let groups = visit.admin.tables.groups.clone();
    let for_rows = asked.clone();
    let found = visit.app.admin_db().read(move |conn| {
        Box::pin(async move { rows::find(conn, model, &for_rows, &groups).await })
    });
    let found = found.await?;
    if found.is_beyond {
        return Err(asked::invalid(visit));
    }
    if visit.is_post() && asked::has_actions(visit, model) {
        let is_first = visit.field("index").is_some();
        let is_second = visit.field("_selected_action").is_some();
        if (is_first || is_second) && visit.field("_save").is_none() {
            return act(visit, model, &asked).await;
        }
    }
    let is_popup = visit.parameter(popup::POPUP).is_some();
    let what_for = match visit.may_change(model) {
        _ if is_popup => "",
        true => " to change",
        false => " to view",
    };
    let title = format!("Select {}{what_for}", model.singular);
    let mut page = layout::of_model(visit, &title, model);
    // the list itself is where one is
    page.here = page.breadcrumbs.pop().map(|link| link.label);
    popup::narrow(visit, &mut page);
    Ok(view::list(visit, page, model, &asked, found).html())
}

/// Does what was chosen with the rows that were chosen.
async fn act(
    visit: &mut Visit<'_>,
    model: &'static Model,
    asked: &std::sync::Arc<Asked>,
) -> Outcome {
    let back = |visit: &Visit<'_>| Err(Refusal::Redirect(visit.here()));
    let selected: Vec<String> = visit
        .fields("_selected_action")
        .into_iter()
        .map(str::to_owned)
        .collect();
    if selected.is_empty() {
        visit.say(Level::Warning, NOTHING_SELECTED);
        return back(visit);
    }
    let actions = visit.fields("action");
    let at = visit.field("index").unwrap_or("0").parse::<usize>();
    let action = actions.get(at.unwrap_or(0)).or(actions.last());
    if action.copied() != Some(delete::SELECTED) {
        visit.say(Level::Warning, "No action selected.");
        return back(visit);
    }
    let is_across = visit
        .field("select_across")
        .is_some_and(|across| !["", "0"].contains(&across));
    let keys = if is_across {
        None
    } else {
        let mut keys = Vec::new();
        for key in &selected {
            match python::int(key) {
                Some(Int::Fits(id)) => keys.push(Id(id)),
                // no row has it
                Some(Int::Beyond) => {}
                None => {
                    let why = "a selected row has no number for its key";
                    return Err(Refusal::BadRequest(why.to_owned()));
                }
            }
        }
        Some(keys)
    };
    let for_rows = asked.clone();
    let chosen = visit.app.admin_db().read(move |conn| {
        Box::pin(async move { rows::chosen(conn, model, &for_rows, keys.as_deref()).await })
    });
    let chosen = chosen.await?;
    delete::selected(visit, model, chosen, &selected).await
}
