//! `/admin/` and `/admin/APP/`: what one may see and do, and what one did last.

use super::kept_passwords;
use super::layout::{self, capitalised};
use super::log_rows;
use super::models::{self, Model, USER};
use super::pages::{Done, Html, IndexPage, Link, RecentAction, Text};
use super::visit::{Outcome, Refusal, Visit};
use crate::db::Id;

/// The first page.
pub(super) async fn page(visit: &mut Visit<'_>) -> Outcome {
    let me = visit.staff()?.id();
    let rows = visit
        .app
        .admin_db()
        .read(move |conn| Box::pin(async move { log_rows::last(conn, me).await }));
    let rows = rows.await?;
    let passwords = if visit.may_see(&USER) {
        kept_passwords::summary(visit).await?
    } else {
        None
    };
    let page = layout::page(visit, "Site administration");
    let recent = rows.into_iter().map(|row| action(visit, row)).collect();
    Ok(IndexPage {
        page,
        only_app: None,
        recent: Some(recent),
        passwords,
    }
    .html())
}

/// The page of one app.
pub(super) fn of_app(visit: &mut Visit<'_>, label: &str) -> Outcome {
    let url = format!("{}{label}/", visit.root());
    let app = layout::apps(visit, None)
        .into_iter()
        .find(|app| app.url == url);
    let Some(app) = app else {
        return Err(Refusal::NotFound);
    };
    let mut page = layout::page(visit, &format!("{} administration", app.name));
    page.here = Some(app.name.clone());
    Ok(IndexPage {
        page,
        only_app: Some(app.name),
        recent: None,
        passwords: None,
    }
    .html())
}

fn action(visit: &Visit<'_>, row: log_rows::Row) -> RecentAction {
    let is_of = |model: &&&'static Model| {
        let tables = &visit.admin.tables;
        let named = |(label, name): &(String, String)| {
            label == tables.label(model) && name == tables.model_name(model)
        };
        row.model.as_ref().is_some_and(named)
    };
    let model = models::ALL.iter().find(is_of).copied();
    let done = match row.flag {
        1 => Done::Added,
        3 => Done::Deleted,
        _ => Done::Changed,
    };
    let key = row.key.and_then(|key| key.parse().ok()).map(Id);
    let object = match (model, key) {
        (Some(model), Some(key)) if done != Done::Deleted => {
            let link = Link::new(row.text, visit.row_url(model, key, "change"));
            Text::with_link("", link, "")
        }
        _ => row.text.into(),
    };
    RecentAction {
        done,
        object,
        model: model.map(|model| capitalised(model.singular)),
    }
}
