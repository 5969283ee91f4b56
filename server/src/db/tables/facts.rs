//! What the catalogue says: tables, their columns, and what must be unique.

use std::collections::BTreeMap;

use super::ddl;
use crate::db::conn::{Conn, Dialect};
use crate::db::error::Result;
use crate::db::{UserTable, columns, sql};

/// The tables of a database by name.
pub(super) struct Facts {
    pub(super) dialect: Dialect,
    pub(super) users: UserTable,
    pub(super) tables: BTreeMap<String, Table>,
}

#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) columns: BTreeMap<String, Column>,
    pub(super) uniques: Vec<Unique>,
    /// Foreign keys: a column, and the table that it refers to.
    pub(super) references: BTreeMap<String, String>,
    pub(super) checks: Vec<Check>,
}

/// A CHECK constraint.
#[derive(Debug)]
pub(super) struct Check {
    /// Its name, or what it says.
    pub(super) name: String,
    pub(super) columns: Vec<String>,
}

#[derive(Debug)]
pub(super) struct Column {
    /// As the database writes it, in lower case.
    pub(super) kind: String,
    pub(super) is_required: bool,
    /// Whether the database itself has a value for it.
    pub(super) has_default: bool,
    pub(super) is_key: bool,
}

/// A unique constraint or index.
#[derive(Debug)]
pub(super) struct Unique {
    pub(super) name: String,
    /// `None` for an expression.
    pub(super) columns: Vec<Option<String>>,
    /// Whether it holds for every row, at once.
    pub(super) is_whole: bool,
}

struct ColumnRow {
    table_name: String,
    name: String,
    kind: String,
    is_required: bool,
    has_default: bool,
    is_key: bool,
}

columns!(ColumnRow: table_name, name, kind, is_required, has_default, is_key);

struct UniqueRow {
    table_name: String,
    name: String,
    column_name: Option<String>,
    is_whole: bool,
}

columns!(UniqueRow: table_name, name, column_name, is_whole);

/// Reads the catalogue.
pub(super) async fn read(conn: &mut Conn<'_>) -> Result<Facts> {
    let mut tables: BTreeMap<String, Table> = BTreeMap::new();
    for row in columns(conn).await? {
        let table = tables.entry(row.table_name).or_default();
        let column = Column {
            kind: row.kind.to_lowercase(),
            is_required: row.is_required,
            has_default: row.has_default,
            is_key: row.is_key,
        };
        table.columns.insert(row.name, column);
    }
    for row in uniques(conn).await? {
        let Some(table) = tables.get_mut(&row.table_name) else {
            continue;
        };
        match table.uniques.last_mut() {
            Some(unique) if unique.name == row.name => unique.columns.push(row.column_name),
            _ => table.uniques.push(Unique {
                name: row.name,
                columns: vec![row.column_name],
                is_whole: row.is_whole,
            }),
        }
    }
    for (table, column, target) in references(conn).await? {
        if let Some(table) = tables.get_mut(&table) {
            table.references.insert(column, target);
        }
    }
    let dialect = conn.dialect();
    for (table, name, column) in checks(conn).await? {
        let Some(table) = tables.get_mut(&table) else {
            continue;
        };
        match (dialect, table.checks.last_mut()) {
            (Dialect::Sqlite, _) => {
                let known: Vec<_> = table.columns.keys().cloned().collect();
                let checks = ddl::checks(&name, &known).into_iter();
                let checks = checks.map(|(name, columns)| Check { name, columns });
                table.checks.extend(checks);
            }
            (Dialect::Postgres, Some(check)) if check.name == name => check.columns.push(column),
            (Dialect::Postgres, _) => table.checks.push(Check {
                name,
                columns: vec![column],
            }),
        }
    }
    Ok(Facts {
        dialect,
        users: conn.users(),
        tables,
    })
}

async fn references(conn: &mut Conn<'_>) -> Result<Vec<(String, String, String)>> {
    sql!(conn,
        sqlite: "
        SELECT made.name, key.\"from\", key.\"table\" FROM sqlite_master AS made JOIN pragma_foreign_key_list(made.name) AS key
        WHERE made.type = 'table'";
        postgres: "
        SELECT CAST(made.relname AS text), CAST(col.attname AS text), CAST(target.relname AS text)
        FROM pg_constraint AS key JOIN pg_class AS made ON made.oid = key.conrelid
        JOIN pg_class AS target ON target.oid = key.confrelid
        JOIN pg_attribute AS col ON col.attrelid = made.oid AND col.attnum = ANY (key.conkey)
        WHERE key.contype = 'f' AND pg_table_is_visible(made.oid)"
        => fetch_all (String, String, String))
}

/// Tables with the names of their CHECK constraints and each column of these; of SQLite's tables the statement that made
/// them, which alone has the constraints.
async fn checks(conn: &mut Conn<'_>) -> Result<Vec<(String, String, String)>> {
    sql!(conn,
        sqlite: "SELECT name, sql, '' FROM sqlite_master WHERE type = 'table' AND sql IS NOT NULL";
        postgres: "
        SELECT CAST(made.relname AS text), CAST(listed.conname AS text), CAST(col.attname AS text)
        FROM pg_constraint AS listed JOIN pg_class AS made ON made.oid = listed.conrelid
        JOIN pg_attribute AS col ON col.attrelid = made.oid AND col.attnum = ANY (listed.conkey)
        WHERE listed.contype = 'c' AND pg_table_is_visible(made.oid) ORDER BY made.relname, listed.conname"
        => fetch_all (String, String, String))
}

async fn columns(conn: &mut Conn<'_>) -> Result<Vec<ColumnRow>> {
    sql!(conn,
        sqlite: "
        SELECT made.name AS table_name, col.name AS name, col.type AS kind, col.\"notnull\" <> 0 AS is_required,
            COALESCE(upper(col.dflt_value) <> 'NULL', FALSE) OR col.hidden > 1 AS has_default, col.pk <> 0 AS is_key
        FROM sqlite_master AS made JOIN pragma_table_xinfo(made.name) AS col WHERE made.type = 'table'";
        postgres: "
        SELECT CAST(made.relname AS text) AS table_name, CAST(col.attname AS text) AS name,
            format_type(col.atttypid, col.atttypmod) AS kind, col.attnotnull AS is_required,
            col.atthasdef OR col.attidentity <> '' AS has_default,
            EXISTS (SELECT 1 FROM pg_index AS key WHERE key.indrelid = made.oid AND key.indisprimary
                AND col.attnum = ANY (key.indkey)) AS is_key
        FROM pg_class AS made JOIN pg_attribute AS col ON col.attrelid = made.oid
        WHERE made.relkind IN ('r', 'p') AND col.attnum > 0 AND NOT col.attisdropped AND pg_table_is_visible(made.oid)
            AND made.relnamespace <> CAST('pg_catalog' AS regnamespace)"
        => fetch_all ColumnRow)
}

async fn uniques(conn: &mut Conn<'_>) -> Result<Vec<UniqueRow>> {
    sql!(conn,
        sqlite: "
        SELECT made.name AS table_name, list.name AS name, part.name AS column_name, list.partial = 0 AS is_whole
        FROM sqlite_master AS made JOIN pragma_index_list(made.name) AS list JOIN pragma_index_info(list.name) AS part
        WHERE made.type = 'table' AND list.\"unique\" <> 0 ORDER BY made.name, list.name, part.seqno";
        postgres: "
        SELECT CAST(made.relname AS text) AS table_name, CAST(named.relname AS text) AS name,
            CAST(col.attname AS text) AS column_name,
            list.indpred IS NULL AND list.indimmediate AND list.indisvalid AS is_whole
        FROM pg_index AS list JOIN pg_class AS made ON made.oid = list.indrelid
        JOIN pg_class AS named ON named.oid = list.indexrelid
        CROSS JOIN LATERAL unnest(list.indkey) WITH ORDINALITY AS part (number, place)
        LEFT JOIN pg_attribute AS col ON col.attrelid = made.oid AND col.attnum = part.number AND part.number > 0
        WHERE list.indisunique AND part.place <= list.indnkeyatts AND pg_table_is_visible(made.oid)
            AND made.relnamespace <> CAST('pg_catalog' AS regnamespace)
        ORDER BY made.relname, named.relname, part.place"
        => fetch_all UniqueRow)
}
