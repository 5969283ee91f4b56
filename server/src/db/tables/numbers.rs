//! Whether PostgreSQL's next number of each table is above those that its rows have.

use super::judge::Problem;
use super::needs;
use crate::db::conn::{Conn, Dialect};
use crate::db::error::{self, Result};
use crate::db::query::{Name, Query};
use crate::db::sql;

/// The tables whose sequence is behind; nothing on SQLite, which looks at the rows.
pub(super) async fn problems(conn: &mut Conn<'_>) -> Result<Vec<Problem>> {
    if conn.dialect() == Dialect::Sqlite {
        return Ok(Vec::new());
    }
    let needs = needs::of(conn.users());
    let mut problems = Vec::new();
    for (table, next) in next(conn).await? {
        if !needs.iter().any(|need| need.table == table) {
            continue;
        }
        let mut query = Query::new("SELECT CAST(MAX(id) AS bigint) FROM ");
        query.name(&Name::quoted(&table));
        let last = query.scalar::<Option<i64>>(conn).await?.flatten();
        if last.is_some_and(|last| last >= next) {
            let problem = Problem::new(
                format!(
                    "PostgreSQL gives {next} as the next number of {table}, which has rows above it"
                ),
                error::behind(&table),
            );
            problems.push(problem.of_some());
        }
    }
    Ok(problems)
}

/// Tables that this role may read, with the number that their sequence gives next.
async fn next(conn: &mut Conn<'_>) -> Result<Vec<(String, i64)>> {
    sql!(conn, postgres: "
        SELECT CAST(made.relname AS text), COALESCE(pg_sequence_last_value(used.seqrelid) + used.seqincrement, used.seqstart)
        FROM pg_class AS made JOIN pg_attribute AS col ON col.attrelid = made.oid AND col.attname = 'id' AND NOT col.attisdropped
        JOIN pg_depend AS dep ON dep.refobjid = made.oid AND dep.refobjsubid = col.attnum
            AND dep.classid = CAST('pg_class' AS regclass) AND dep.refclassid = CAST('pg_class' AS regclass)
        JOIN pg_sequence AS used ON used.seqrelid = dep.objid
        WHERE made.relkind IN ('r', 'p') AND pg_table_is_visible(made.oid) AND used.seqincrement > 0
            AND col.atttypid IN (CAST('int2' AS regtype), CAST('int4' AS regtype), CAST('int8' AS regtype))
            AND has_sequence_privilege(used.seqrelid, 'USAGE, SELECT') AND has_column_privilege(made.oid, col.attnum, 'SELECT')"
        => fetch_all (String, i64))
}
