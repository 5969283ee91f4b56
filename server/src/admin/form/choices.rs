//! What the selects of forms offer.

use crate::admin::models::{self, Target};
use crate::admin::{permission_rows, tables};
use crate::db::{self, Conn, Id};

/// How many rows a select offers at most: beyond, a key is typed.
const MOST: u64 = 200;
/// How many groups, which are not found by a key.
const MOST_GROUPS: u64 = 10_000;

/// What a field may be set to.
#[derive(Clone)]
pub(super) enum Choices {
    Rows(Vec<(Id, String)>),
    /// Too many for a select; the rows that are chosen, by their names.
    TooMany(Vec<(Id, String)>),
}

/// The rows that a field may refer to, of which some are chosen.
pub(super) async fn of(
    conn: &mut Conn<'_>,
    target: &Target,
    chosen: &[Id],
    only_chosen: bool,
) -> db::Result<Choices> {
    if *target == Target::Permission {
        let mut rows = permission_rows::all(conn).await?;
        if only_chosen {
            rows.retain(|(id, _)| chosen.contains(id));
        }
        return Ok(Choices::Rows(rows));
    }
    let Some(model) = models::target(target) else {
        return Ok(Choices::Rows(Vec::new()));
    };
    if !only_chosen {
        let mut query = tables::named(model);
        let is_group = *target == Target::Group;
        query.push(if is_group {
            " ORDER BY item.name LIMIT "
        } else {
            " ORDER BY item.id LIMIT "
        });
        query.value(if is_group { MOST_GROUPS } else { MOST + 1 });
        let rows = query
            .rows(conn, |row| Ok((row.next()?, row.next()?)))
            .await?;
        if rows.len() as u64 <= MOST || is_group {
            return Ok(Choices::Rows(rows));
        }
    }
    let mut query = tables::named(model);
    query
        .push(" WHERE item.id IN (")
        .values(chosen.iter().copied())
        .push(") ORDER BY item.id");
    let rows = query.rows(conn, |row| Ok((row.next()?, row.next()?)));
    Ok(Choices::TooMany(rows.await?))
}
