//! `/admin/APP/MODEL/ID/history/`: what was done to a row at the admin, the oldest first.

use super::log;
use super::models::Model;
use super::pages::{Count, Entry, HistoryPage, Html, Link, PageLink, Paging};
use super::visit::{Outcome, Visit};
use super::{layout, object};
use crate::db::{self, Conn, Id, Moment, Query};

/// How many entries a page has, as in Django.
const PER_PAGE: u64 = 100;

/// What was done, when, and by whom.
struct Row {
    at: Moment,
    user: String,
    names: [String; 2],
    message: String,
    flag: i64,
    text: String,
}

/// The history of a row.
pub(super) async fn page(visit: &mut Visit<'_>, model: &'static Model, key: &str) -> Outcome {
    visit.must_see(model)?;
    let Some((id, text)) = object::find(visit, model, key).await? else {
        return Err(object::missing(visit, model, key));
    };
    let number = visit
        .parameter("p")
        .and_then(|page| page.parse::<u64>().ok());
    let tables = &visit.admin.tables;
    let (label, name) = (
        tables.label(model).to_owned(),
        tables.model_name(model).to_owned(),
    );
    let found = visit.app.admin_db().read(move |conn| {
        Box::pin(async move { read(conn, &label, &name, id, number.unwrap_or(1)).await })
    });
    let (rows, total, number) = found.await?;
    let mut page = layout::of_model(visit, &format!("Change history: {text}"), model);
    page.breadcrumbs
        .push(Link::new(text, visit.row_url(model, id, "change")));
    page.here = Some("History".to_owned());
    let entries = rows.into_iter().map(|row| entry(visit, row)).collect();
    let last = total.div_ceil(PER_PAGE).max(1);
    let url = |page: u64| format!("?p={page}");
    let pages = (1..=last).map(|page| match page {
        page if page == number => PageLink::Current(page),
        page => PageLink::Other {
            number: page,
            url: url(page),
        },
    });
    let paging = Paging {
        total: Count::Exact(total),
        one: "entry".to_owned(),
        many: "entries".to_owned(),
        previous: (number > 1).then(|| url(number - 1)),
        next: (number < last).then(|| url(number + 1)),
        pages: if last > 1 {
            pages.collect()
        } else {
            Vec::new()
        },
        show_all: None,
    };
    Ok(HistoryPage {
        page,
        entries,
        paging,
    }
    .html())
}

fn entry(visit: &Visit<'_>, row: Row) -> Entry {
    let full = row.names.join(" ");
    let user = match full.trim() {
        "" => row.user,
        full => format!("{} ({full})", row.user),
    };
    let action = match (log::sentence(&row.message), row.flag) {
        (message, _) if !message.is_empty() => message,
        (_, 1) => format!("Added “{}”.", row.text),
        (_, 3) => format!("Deleted “{}”.", row.text),
        _ => format!("Changed “{}”.", row.text),
    };
    Entry {
        time: visit.time(row.at),
        user,
        action,
    }
}

async fn read(
    conn: &mut Conn<'_>,
    label: &str,
    name: &str,
    id: Id,
    page: u64,
) -> db::Result<(Vec<Row>, u64, u64)> {
    let of = |query: &mut Query| {
        query
            .push(" WHERE entry.content_type_id = (SELECT id FROM django_content_type WHERE app_label = ")
            .value(label)
            .push(" AND model = ")
            .value(name)
            .push(")");
        query.push(" AND entry.object_id = ").value(id.to_string());
    };
    let mut count = Query::new("SELECT COUNT(*) FROM django_admin_log AS entry");
    of(&mut count);
    let total = count.scalar::<i64>(conn).await?;
    let total = total
        .and_then(|total| u64::try_from(total).ok())
        .unwrap_or(0);
    let page = page.clamp(1, total.div_ceil(PER_PAGE).max(1));
    let by_email = conn.users().by_email();
    let mut query = Query::new("SELECT entry.action_time, ");
    query.push(if by_email {
        "person.email"
    } else {
        "person.username"
    });
    query.push(", person.first_name, person.last_name, COALESCE(CAST(entry.change_message AS text), ''), CAST(entry.action_flag AS bigint), COALESCE(CAST(entry.object_repr AS text), '')
        FROM django_admin_log AS entry JOIN auth_user AS person ON person.id = entry.user_id");
    of(&mut query);
    let before = (page - 1) * PER_PAGE;
    query
        .push(" ORDER BY entry.action_time, entry.id LIMIT ")
        .value(PER_PAGE)
        .push(" OFFSET ")
        .value(before);
    let rows = query.rows(conn, |row| {
        Ok(Row {
            at: row.next()?,
            user: row.next()?,
            names: [row.next()?, row.next()?],
            message: row.next()?,
            flag: row.next()?,
            text: row.next()?,
        })
    });
    Ok((rows.await?, total, page))
}
