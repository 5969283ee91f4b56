//! The SQL that judges both databases before a row is copied.

use std::sync::Arc;

use crate::copy::plan::Table;
use crate::copy::rows::Side;
use crate::db::{self, Db, Dialect, Name, Query, Row};

/// Whether a table has a row.
pub(in crate::copy) async fn has_rows(db: &Db, table: &str) -> db::Result<bool> {
    let name = Name::quoted(table);
    let found = db.read(move |conn| {
        Box::pin(async move {
            let mut query = Query::new("SELECT CAST(1 AS bigint) FROM ");
            query.name(&name).push(" LIMIT 1");
            query.scalar::<i64>(conn).await
        })
    });
    Ok(found.await?.is_some())
}

/// The rows of these tables that refer to a row that is not there, as SQLite lets them, in sentences.
pub(super) async fn dangling(
    side: &Side,
    tables: &[Arc<Table>],
    most: usize,
) -> db::Result<Vec<String>> {
    if side.db.dialect() == Dialect::Postgres {
        return Ok(Vec::new());
    }
    let names: Vec<String> = tables.iter().map(|table| table.name.clone()).collect();
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let found = side.db.read(move |conn| {
        Box::pin(async move {
            let mut query = Query::new(
                "SELECT bad.\"table\", bad.rowid, bad.parent, key.\"from\" FROM pragma_foreign_key_check AS bad
                JOIN pragma_foreign_key_list(bad.\"table\") AS key ON key.id = bad.fkid AND key.seq = 0
                WHERE bad.\"table\" IN (",
            );
            query.values(names).push(") LIMIT ").value(most);
            query.rows(conn, told).await
        })
    });
    found.await
}

fn told(row: &mut Row<'_>) -> db::Result<String> {
    let (table, rowid) = (row.next::<String>()?, row.next::<Option<i64>>()?);
    let (parent, column) = (row.next::<String>()?, row.next::<String>()?);
    let which = rowid.map_or_else(String::new, |rowid| {
        format!(" of the row with rowid {rowid}")
    });
    Ok(format!(
        "{table}.{column}{which}: it refers to a row of {parent} that is not there"
    ))
}
