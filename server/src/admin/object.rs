//! One row of a model, by the key in a path.

use django::python::{self, Int};

use super::models::Model;
use super::pages::Level;
use super::tables;
use super::visit::{Refusal, Visit};
use crate::db::{self, Id};

/// The key of a row, as Python reads numbers; none where no row can have it.
pub(super) fn key(text: &str) -> Option<Id> {
    match python::int(text) {
        Some(Int::Fits(id)) => Some(Id(id)),
        Some(Int::Beyond) | None => None,
    }
}

/// A row's key and what it is called.
pub(super) async fn find(
    visit: &Visit<'_>,
    model: &'static Model,
    text: &str,
) -> db::Result<Option<(Id, String)>> {
    let Some(id) = key(text) else {
        return Ok(None);
    };
    let mut query = tables::named(model);
    query.push(" WHERE item.id = ").value(id);
    let found = visit.app.admin_db().read(move |conn| {
        Box::pin(async move {
            query
                .row(conn, |row| Ok((row.next::<Id>()?, row.next::<String>()?)))
                .await
        })
    });
    found.await
}

/// To the index, which says that there is no such row.
pub(super) fn missing(visit: &mut Visit<'_>, model: &Model, key: &str) -> Refusal {
    let said = format!(
        "{} with ID “{key}” doesn’t exist. Perhaps it was deleted?",
        model.singular
    );
    visit.say(Level::Warning, said);
    Refusal::Redirect(visit.root())
}
