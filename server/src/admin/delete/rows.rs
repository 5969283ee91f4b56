//! The SQL of what is deleted, and of what goes along.

use super::super::log_rows::{Author, Done};
use super::super::models::{Along, Model, Place, USER};
use super::super::pages::Text;
use super::super::tables::Tables;
use super::super::visit::Visit;
use crate::db::{self, Conn, Id, Query, Tx};

/// How many rows of a kind are shown by name.
pub(super) const SHOWN: usize = 100;

/// Rows that go along, of one kind.
#[derive(Clone, Default)]
pub(super) struct Found {
    /// Whose they are, and what they are called: the first of them.
    pub(super) rows: Vec<(Id, Id, String)>,
    pub(super) count: u64,
}

/// What follows on SELECT or DELETE: the rows of a kind that go along with rows of these keys.
fn place(query: &mut Query, tables: &Tables, along: &Along, keys: &[Id]) {
    query.push(" FROM ");
    match along.place {
        Place::Table(table, column) => query.push(table).push(" AS along WHERE ").push(column),
        Place::Memberships { of_user } => {
            query.name(&tables.groups.table).push(" AS along WHERE ");
            if of_user {
                query.name(&tables.groups.user)
            } else {
                query.push("group_id")
            }
        }
        Place::Permissions => query
            .name(&tables.permissions.table)
            .push(" AS along WHERE ")
            .name(&tables.permissions.user),
    };
    query.push(" IN (").values(keys.iter().copied()).push(")");
}

/// The column of [`place`].
fn owner(query: &mut Query, tables: &Tables, along: &Along) {
    match along.place {
        Place::Table(_, column) => query.push(column),
        Place::Memberships { of_user: true } => query.name(&tables.groups.user),
        Place::Memberships { of_user: false } => query.push("group_id"),
        Place::Permissions => query.name(&tables.permissions.user),
    };
}

/// What goes along with rows of these keys.
pub(super) async fn along(
    visit: &Visit<'_>,
    model: &'static Model,
    keys: &[Id],
) -> db::Result<Vec<(&'static Along, Found)>> {
    if keys.is_empty() || model.takes_along.is_empty() {
        return Ok(Vec::new());
    }
    let tables = &visit.admin.tables;
    let queries = model.takes_along.iter().map(|along| {
        let mut count = Query::new("SELECT COUNT(*)");
        place(&mut count, tables, along, keys);
        let mut rows = Query::new("SELECT ");
        owner(&mut rows, tables, along);
        rows.push(", along.id, ").shown(along.text);
        place(&mut rows, tables, along, keys);
        rows.push(" ORDER BY along.id LIMIT ").value(SHOWN as u64);
        (along, count, rows)
    });
    let queries: Vec<_> = queries.collect();
    let found = visit.app.admin_db().read(move |conn| {
        Box::pin(async move {
            let mut found = Vec::new();
            for (along, count, rows) in queries {
                found.push((along, read(conn, &count, &rows).await?));
            }
            Ok(found)
        })
    });
    found.await
}

/// What is not deleted, and names none of them any more.
pub(super) async fn stays(visit: &Visit<'_>, model: &Model, keys: &[Id]) -> db::Result<Vec<Text>> {
    if !model.is(&USER) || keys.is_empty() {
        return Ok(Vec::new());
    }
    let mut query =
        Query::new("SELECT COUNT(*) FROM token_blacklist_outstandingtoken WHERE user_id IN (");
    query.values(keys.iter().copied()).push(")");
    let count = visit
        .app
        .admin_db()
        .read(move |conn| Box::pin(async move { query.scalar::<i64>(conn).await }));
    let text = match count.await?.unwrap_or(0) {
        0 => return Ok(Vec::new()),
        1 => "1 outstanding token stays, and no longer names a user.".to_owned(),
        count => format!("{count} outstanding tokens stay, and no longer name a user."),
    };
    Ok(vec![text.into()])
}

async fn read(conn: &mut Conn<'_>, count: &Query, rows: &Query) -> db::Result<Found> {
    let count = count.scalar::<i64>(conn).await?;
    let count = count.and_then(|count| u64::try_from(count).ok());
    let rows = rows.rows(conn, |row| Ok((row.next()?, row.next()?, row.next()?)));
    Ok(Found {
        rows: rows.await?,
        count: count.unwrap_or(0),
    })
}

/// The statements that delete rows of these keys with all that goes along.
pub(super) fn steps(tables: &Tables, model: &'static Model, keys: &[Id]) -> Vec<Query> {
    let mut steps = Vec::new();
    for along in model.takes_along {
        let mut step = Query::new("DELETE");
        place(&mut step, tables, along, keys);
        steps.push(step);
    }
    if model.is(&USER) {
        // their tokens stay, and are nobody's
        let mut step = Query::new(
            "UPDATE token_blacklist_outstandingtoken SET user_id = NULL WHERE user_id IN (",
        );
        step.values(keys.iter().copied()).push(")");
        steps.push(step);
    }
    let mut step = Query::new("DELETE FROM ");
    step.push(model.table).push(" WHERE id IN (");
    step.values(keys.iter().copied()).push(")");
    steps.push(step);
    steps
}

/// The first row that has one of these keys.
pub(super) fn first_of(model: &'static Model, keys: &[Id]) -> Query {
    let mut query = Query::new("SELECT id FROM ");
    query.push(model.table).push(" WHERE id IN (");
    query.values(keys.iter().copied()).push(") LIMIT 1");
    query
}

/// Deletes them, with a line of history for each. Where a trigger keeps one of them (`stays`), nothing is deleted.
pub(super) async fn run(
    tx: &mut Tx<'_>,
    author: &Author,
    chosen: &[(Id, String)],
    steps: &[Query],
    stays: &Query,
) -> db::Result<()> {
    for (id, text) in chosen {
        author.note(tx, Done::Deleted, *id, text, "").await?;
    }
    for step in steps {
        step.execute(tx).await?;
    }
    match stays.scalar::<Id>(tx).await? {
        Some(id) => Err(db::Error::Refused(format!("row {id} was not removed"))),
        None => Ok(()),
    }
}
