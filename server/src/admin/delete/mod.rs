//! `/admin/APP/MODEL/ID/delete/`, and the action that deletes several: what goes along is shown first, and everything is
//! deleted in one transaction, with its lines of history.
//!
//! `rows.rs` has the SQL, `view.rs` what is shown.

mod rows;
mod view;

use self::rows::Found;
use self::view::Shown;
use super::log_rows::Author;
use super::models::{Along, Model};
use super::pages::{Deleted, Level, Link};
use super::rights::Right;
use super::visit::{Outcome, Refusal, Visit};
use super::{layout, object, popup, preserved};
use crate::db::{self, Id};

/// The name of the action.
pub(super) const SELECTED: &str = "delete_selected";
/// How many rows one action deletes at most.
pub(super) const MOST: usize = 10_000;

/// Asks whether to delete a row, and does it.
pub(super) async fn page(visit: &mut Visit<'_>, model: &'static Model, key: &str) -> Outcome {
    popup::must_be_key(visit)?;
    visit.must(Right::Delete, model)?;
    let found = object::find(visit, model, key).await?;
    let Some((id, text)) = found else {
        return Err(object::missing(visit, model, key));
    };
    let chosen = [(id, text.clone())];
    let along = rows::along(visit, model, &[id]).await?;
    let stays = rows::stays(visit, model, &[id]).await?;
    let needed = needed(visit, model, &along);
    if visit.is_post() && !visit.form.is_empty() {
        if !needed.is_empty() {
            return Err(Refusal::Forbidden);
        }
        delete(visit, model, chosen.to_vec()).await?;
        let done = popup::Done::Deleted(id, &text);
        if let Some(page) = popup::answer(visit, model.singular, &done) {
            return Ok(page);
        }
        let said = format!("The {} “{text}” was deleted successfully.", model.singular);
        visit.say(Level::Success, said);
        // `response_delete` looks for the right to change alone
        let to = if visit.may_change(model) {
            preserved::after_change(visit, model)
        } else {
            visit.root()
        };
        return Err(Refusal::Redirect(to));
    }
    let title = if needed.is_empty() {
        "Delete".to_owned()
    } else {
        format!("Cannot delete {}", model.singular)
    };
    let mut page = layout::of_model(visit, &title, model);
    page.subtitle = Some(text.clone());
    let change = visit.row_url(model, id, "change");
    page.breadcrumbs
        .push(Link::new(text.clone(), change.clone()));
    page.here = Some("Delete".to_owned());
    popup::narrow(visit, &mut page);
    let deleted = Deleted::One {
        model: model.singular.to_owned(),
        object: text,
    };
    let shown = Shown {
        deleted,
        stays,
        hidden: popup::hidden(visit),
        back: change,
    };
    Ok(shown.page(visit, page, model, &chosen, &along, needed))
}

/// Asks whether to delete rows of a list, and does it.
pub(super) async fn selected(
    visit: &mut Visit<'_>,
    model: &'static Model,
    chosen: Vec<(Id, String)>,
    selected: &[String],
) -> Outcome {
    if chosen.len() > MOST {
        let said = format!(
            "More than {MOST} {} are selected. Narrow the list, and delete them in parts.",
            model.plural
        );
        visit.say(Level::Error, said);
        return Err(Refusal::Redirect(visit.here()));
    }
    let keys: Vec<_> = chosen.iter().map(|(id, _)| *id).collect();
    let along = rows::along(visit, model, &keys).await?;
    let stays = rows::stays(visit, model, &keys).await?;
    let needed = needed(visit, model, &along);
    let name = if chosen.len() == 1 {
        model.singular
    } else {
        model.plural
    };
    if visit.field("post").is_some_and(|post| !post.is_empty()) {
        if !needed.is_empty() {
            return Err(Refusal::Forbidden);
        }
        let count = chosen.len();
        if count > 0 {
            delete(visit, model, chosen).await?;
            let said = format!("Successfully deleted {count} {name}.");
            visit.say(Level::Success, said);
        }
        return Err(Refusal::Redirect(visit.here()));
    }
    let title = if needed.is_empty() {
        "Delete multiple objects".to_owned()
    } else {
        format!("Cannot delete {name}")
    };
    let mut page = layout::of_model(visit, &title, model);
    page.here = Some("Delete multiple objects".to_owned());
    let mut hidden = vec![("action".to_owned(), SELECTED.to_owned())];
    // what was selected across pages is asked for by its keys
    let named = chosen.iter().map(|(id, _)| id.to_string());
    let named: Vec<_> = if chosen.is_empty() {
        selected.to_vec()
    } else {
        named.collect()
    };
    hidden.extend(
        named
            .into_iter()
            .map(|key| ("_selected_action".to_owned(), key)),
    );
    let shown = Shown {
        deleted: Deleted::Selected {
            models: name.to_owned(),
        },
        stays,
        hidden,
        back: visit.here(),
    };
    Ok(shown.page(visit, page, model, &chosen, &along, needed))
}

/// What the person may not delete, of what goes along.
fn needed(
    visit: &Visit<'_>,
    model: &'static Model,
    along: &[(&'static Along, Found)],
) -> Vec<String> {
    let mut needed = Vec::new();
    if !visit.may(Right::Delete, model) {
        needed.push(model.singular.to_owned());
    }
    for (along, found) in along {
        let Some(other) = along.model else {
            continue;
        };
        if found.count > 0 && !visit.may(Right::Delete, other) {
            needed.push(other.singular.to_owned());
        }
    }
    needed
}

/// Deletes rows with all that goes along.
async fn delete(
    visit: &mut Visit<'_>,
    model: &'static Model,
    chosen: Vec<(Id, String)>,
) -> Result<(), Refusal> {
    let author = Author::of(visit, visit.staff()?.id(), model);
    let keys: Vec<_> = chosen.iter().map(|(id, _)| *id).collect();
    let steps = rows::steps(&visit.admin.tables, model, &keys);
    let stays = rows::first_of(model, &keys);
    let done = visit.app.admin_db().write_patiently(move |tx| {
        let (steps, chosen) = (steps.clone(), chosen.clone());
        let (author, stays) = (author.clone(), stays.clone());
        Box::pin(async move { rows::run(tx, &author, &chosen, &steps, &stays).await })
    });
    let done = done.await;
    match visit.written(done).await? {
        Err(db::Error::Refused(why)) => {
            tracing::warn!(cause = %why, "rows were not deleted, since a rule of the database refused it");
            let said = "Nothing was deleted: a rule of the database refuses it. Ask whoever runs the database what it is for.";
            visit.say(Level::Error, said);
            Err(Refusal::Redirect(visit.list_url(model)))
        }
        // rows of a table that nothing here knows
        Err(db::Error::Dangling(why)) => {
            tracing::warn!(cause = %why, "rows were not deleted, since rows of another table refer to them");
            let said = "Nothing was deleted: rows of a table that this site does not know refer to what you chose. Delete them first.";
            visit.say(Level::Error, said);
            Err(Refusal::Redirect(visit.list_url(model)))
        }
        done => Ok(done?),
    }
}
