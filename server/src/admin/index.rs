//! `/admin/` and `/admin/APP/`: what one may see and do, and what one did last.

use super::kept_passwords;
use super::layout::{self, capitalised};
use super::models::{self, Model, USER};
use super::pages::{Done, Html, IndexPage, Link, RecentAction, Text};
use super::visit::{Outcome, Refusal, Visit};
use crate::db::{self, Conn, Id, sql};

/// How many of one's last actions are shown.
const LAST: usize = 10;

/// What somebody did.
struct Row {
    flag: i64,
    content_type: Option<i64>,
    key: Option<String>,
    text: String,
}

/// The first page.
pub(super) async fn page(visit: &mut Visit<'_>) -> Outcome {
    let me = visit.staff()?.id();
    let rows = visit
        .app
        .db()
        .read(move |conn| Box::pin(async move { last(conn, me).await }));
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

fn action(visit: &Visit<'_>, row: Row) -> RecentAction {
    let is_of = |model: &&&'static Model| {
        let known = visit.admin.tables.content_type(model);
        known.is_some() && known == row.content_type
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

async fn last(conn: &mut Conn<'_>, user: Id) -> db::Result<Vec<Row>> {
    let limit = i64::try_from(LAST).unwrap_or(10);
    let rows = sql!(conn, "
        SELECT CAST(action_flag AS bigint), CAST(content_type_id AS bigint), object_id, object_repr FROM django_admin_log
        WHERE user_id = $1 ORDER BY action_time DESC, id DESC LIMIT $2",
        user, limit => fetch_all (i64, Option<i64>, Option<String>, String))?;
    let row = |(flag, content_type, key, text)| Row {
        flag,
        content_type,
        key,
        text,
    };
    Ok(rows.into_iter().map(row).collect())
}
