//! What PostgreSQL lets this role do: a right that is missing is named with the GRANT that gives it.

use std::collections::BTreeMap;

use super::judge::Problem;
use super::needs::{self, Need, OURS, Whose};
use crate::db::UserTable;
use crate::db::conn::{Conn, Dialect};
use crate::db::error::Result;
use crate::db::sql;
use crate::db::user_table::DJANGOS;

/// What is done with the rows of a table beside reading and inserting them.
struct Done {
    table: &'static str,
    updates: &'static [&'static str],
    removes: bool,
}

const fn done(table: &'static str, updates: &'static [&'static str], removes: bool) -> Done {
    Done {
        table,
        updates,
        removes,
    }
}

const ALL: [Done; 11] = [
    done("auth_user", &["password", "last_login"], false),
    done("token_blacklist_outstandingtoken", &[], true),
    done("token_blacklist_blacklistedtoken", &[], true),
    done("posts_post", &["title", "content", "updated_at"], true),
    done("gatepost_meta", &["value"], true),
    done("gatepost_rotation", &[], true),
    done("gatepost_event", &[], false),
    done("gatepost_idempotency", &[], true),
    done("gatepost_throttle", &["full_at"], true),
    done("gatepost_login", &["at"], true),
    done("gatepost_session", &["until"], true),
];

impl Done {
    fn of(users: UserTable, table: &str) -> Option<&'static Self> {
        let table = users.standard(table);
        ALL.iter().find(|done| done.table == table)
    }

    /// Whether the program needs this right to this column; to none for one to the table.
    fn needs(&self, djangos: &[Need], right: &str, column: &str) -> bool {
        let ours = OURS.iter().find(|(table, _)| *table == self.table);
        let users = djangos[0].table;
        let table = if self.table == DJANGOS {
            users
        } else {
            self.table
        };
        let known = || match ours {
            Some((_, columns)) => columns.contains(&column),
            None => (djangos.iter().filter(|need| need.table == table))
                .any(|need| need.columns.iter().any(|(name, ..)| *name == column)),
        };
        match right {
            "SELECT" => known(),
            // the database gives it
            "INSERT" => column != "id" && known(),
            "UPDATE" => self.updates.contains(&column),
            _ => self.removes,
        }
    }
}

/// The rights to tables that are there and are missing; nothing on SQLite, whose rights are the file's.
pub(super) async fn problems(conn: &mut Conn<'_>, whose: Whose) -> Result<Vec<Problem>> {
    if conn.dialect() == Dialect::Sqlite {
        return Ok(Vec::new());
    }
    let users = conn.users();
    let djangos = needs::of(users);
    let role = role(conn).await?;
    let mut missing: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (table, column, right) in refused(conn).await? {
        let is_ours = table.starts_with("gatepost_");
        let is_needed =
            Done::of(users, &table).is_some_and(|done| done.needs(&djangos, &right, &column));
        if is_needed && (whose == Whose::All || !is_ours) {
            let rights = missing.entry(table).or_default();
            if !rights.contains(&right) {
                rights.push(right);
            }
        }
    }
    let mut problems = Vec::new();
    for (table, rights) in missing {
        let rights = rights.join(", ");
        problems.push(Problem::new(
            format!("the role {role} has no right of {rights} on {table}"),
            format!("let its owner run `GRANT {rights} ON {table} TO {role}`"),
        ));
    }
    for (table, sequence) in sequences(conn).await? {
        if Done::of(users, &table).is_some() {
            problems.push(Problem::new(
                format!("the role {role} may not use the sequence {sequence}, which numbers the rows of {table}"),
                format!("let its owner run `GRANT USAGE ON SEQUENCE {sequence} TO {role}`"),
            ));
        }
    }
    for (table,) in secured(conn).await? {
        if Done::of(users, &table).is_some() {
            let problem = Problem::new(
                format!("row-level security hides rows of {table} from the role {role}"),
                format!(
                    "run `ALTER TABLE {table} DISABLE ROW LEVEL SECURITY`, or `ALTER ROLE {role} BYPASSRLS` as a superuser"
                ),
            );
            problems.push(problem.of_some());
        }
    }
    Ok(problems)
}

/// What of these rights to tables this role does not have, with the GRANT that gives it.
pub(crate) async fn missing(
    conn: &mut Conn<'_>,
    wanted: &[(&str, &[&str])],
) -> Result<Option<String>> {
    if conn.dialect() == Dialect::Sqlite {
        return Ok(None);
    }
    let role = role(conn).await?;
    let refused = refused(conn).await?;
    let grants = wanted.iter().filter_map(|(table, rights)| {
        let is_missing = |right: &&&str| {
            // the database gives the id
            let mut refused = refused.iter();
            refused.any(|(of, column, what)| {
                of == table && what == **right && (column != "id" || **right != "INSERT")
            })
        };
        let rights: Vec<_> = rights.iter().filter(is_missing).copied().collect();
        (!rights.is_empty()).then(|| format!("`GRANT {} ON {table} TO {role}`", rights.join(", ")))
    });
    let grants: Vec<_> = grants.collect();
    Ok((!grants.is_empty()).then(|| {
        format!(
            "the role {role} has not every right to its tables, and their owner has to run {}",
            grants.join(", ")
        )
    }))
}

/// Why Gatepost's tables can't be made, if they can't.
pub(crate) async fn to_make(conn: &mut Conn<'_>) -> Result<Option<Problem>> {
    if conn.dialect() == Dialect::Sqlite {
        return Ok(None);
    }
    let role = role(conn).await?;
    let schema = sql!(conn, postgres: "
        SELECT quote_ident(current_schema()), COALESCE(has_schema_privilege(current_schema(), 'CREATE'), FALSE)"
        => fetch_one (Option<String>, bool))?;
    Ok(match schema {
        (Some(_), true) => None,
        (Some(schema), false) => Some(Problem::new(
            format!(
                "the role {role} may make no tables in the schema {schema}, where Gatepost's own have to be"
            ),
            format!("let its owner run `GRANT CREATE ON SCHEMA {schema} TO {role}`"),
        )),
        (None, _) => Some(Problem::new(
            format!("the role {role} may use no schema of its search_path"),
            format!(
                "let the owner of the schema with Django's tables, such as public, run `GRANT USAGE, CREATE ON SCHEMA public TO {role}`"
            ),
        )),
    })
}

/// Whether an index can be added to a table: the owner's right alone.
pub(crate) async fn owns(conn: &mut Conn<'_>, table: &str) -> Result<bool> {
    if conn.dialect() == Dialect::Sqlite {
        return Ok(true);
    }
    let owns = sql!(conn, postgres: "
        SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE relname = $1 AND pg_table_is_visible(oid)", table
        => fetch_optional (bool,))?;
    Ok(owns.is_none_or(|(owns,)| owns))
}

/// The role, as a statement names it.
pub(crate) async fn role(conn: &mut Conn<'_>) -> Result<String> {
    let (role,) = sql!(conn, postgres: "SELECT quote_ident(current_user)" => fetch_one (String,))?;
    Ok(role)
}

/// Table, column and right: what this role may not do. DELETE is a right to a table, and has no column.
async fn refused(conn: &mut Conn<'_>) -> Result<Vec<(String, String, String)>> {
    sql!(conn, postgres: "
        SELECT CAST(made.relname AS text), CAST(col.attname AS text), wanted
        FROM pg_class AS made JOIN pg_attribute AS col ON col.attrelid = made.oid
        CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE']) AS wanted
        WHERE made.relkind IN ('r', 'p') AND col.attnum > 0 AND NOT col.attisdropped AND pg_table_is_visible(made.oid)
            AND made.relnamespace <> CAST('pg_catalog' AS regnamespace)
            AND NOT has_column_privilege(made.oid, col.attnum, wanted)
        UNION ALL
        SELECT CAST(relname AS text), '', 'DELETE' FROM pg_class
        WHERE relkind IN ('r', 'p') AND pg_table_is_visible(oid) AND NOT has_table_privilege(oid, 'DELETE')
            AND relnamespace <> CAST('pg_catalog' AS regnamespace)"
        => fetch_all (String, String, String))
}

/// Tables whose id is of a sequence that this role may not use. Those of identity columns need no right.
async fn sequences(conn: &mut Conn<'_>) -> Result<Vec<(String, String)>> {
    sql!(conn, postgres: "
        SELECT DISTINCT CAST(made.relname AS text), CAST(CAST(used.oid AS regclass) AS text)
        FROM pg_class AS made JOIN pg_attribute AS col ON col.attrelid = made.oid AND col.attname = 'id' AND col.attidentity = ''
        JOIN pg_attrdef AS def ON def.adrelid = made.oid AND def.adnum = col.attnum
        JOIN pg_depend AS dep ON dep.classid = CAST('pg_attrdef' AS regclass) AND dep.objid = def.oid
            AND dep.refclassid = CAST('pg_class' AS regclass)
        JOIN pg_class AS used ON used.oid = dep.refobjid
        WHERE pg_table_is_visible(made.oid)
            AND CASE used.relkind WHEN 'S' THEN NOT has_sequence_privilege(used.oid, 'USAGE, UPDATE') ELSE FALSE END"
        => fetch_all (String, String))
}

/// Tables of which policies hide rows from this role.
async fn secured(conn: &mut Conn<'_>) -> Result<Vec<(String,)>> {
    sql!(conn, postgres: "
        SELECT CAST(relname AS text) FROM pg_class
        WHERE relkind IN ('r', 'p') AND relrowsecurity AND pg_table_is_visible(oid) AND row_security_active(oid)"
        => fetch_all (String,))
}
