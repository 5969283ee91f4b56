//! The SQL of a copy: pages of rows, how far it is, and the numbers of the next rows.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::cell::Holds;
use super::plan::{Column, Table};
use super::state::{STATES, State};
use crate::db::tables::{self, Shape};
use crate::db::{self, Conn, Db, Dialect, Moment, Name, Query, Row, Tx, Value, Zone, bulk, sql};

/// After how many bytes of text a page ends, however few its rows are.
const BYTES: usize = 2 << 20;

/// One of the two databases.
#[derive(Clone)]
pub(super) struct Side {
    pub(super) db: Db,
    /// The zone of the wall clock that Django's dates are copied as.
    pub(super) zone: Option<Zone>,
    /// The zone by whose clock the target will read Django's dates.
    pub(super) read_as: Option<Zone>,
    /// How many rows a page has at most.
    pub(super) batch: u32,
}

/// Some rows, in the order of their keys, and what of them PostgreSQL does not take.
pub(super) struct Page {
    pub(super) rows: Vec<Vec<Value>>,
    pub(super) problems: Vec<String>,
}

/// The tables of a database.
pub(super) async fn shapes(db: &Db) -> db::Result<BTreeMap<String, Shape>> {
    db.read(|conn| Box::pin(tables::shapes(conn))).await
}

/// The next rows after those with this key; none at the end.
pub(super) async fn page(
    side: &Side,
    table: &Arc<Table>,
    after: Option<Vec<Value>>,
) -> db::Result<Page> {
    let (table, batch) = (table.clone(), side.batch);
    let zones = (side.zone, side.read_as);
    let read = side.db.read(move |conn| {
        Box::pin(async move {
            let query = select(conn, &table, after, batch);
            let mut page = Page {
                rows: Vec::new(),
                problems: Vec::new(),
            };
            let mut bytes = 0;
            query
                .each(conn, |row| {
                    let row = cells(row, &table, zones, &mut page.problems);
                    let texts = row.iter().map(|value| match value {
                        Value::Text(text) => text.len(),
                        _ => 0,
                    });
                    bytes += texts.sum::<usize>();
                    page.rows.push(row);
                    Ok(bytes >= BYTES)
                })
                .await?;
            Ok(page)
        })
    });
    read.await
}

fn select(conn: &Conn<'_>, table: &Table, after: Option<Vec<Value>>, batch: u32) -> Query {
    let is_postgres = conn.dialect() == Dialect::Postgres;
    let (mut query, mut key) = (Query::new("SELECT "), Query::default());
    for (at, column) in table.columns.iter().enumerate() {
        let name = Name::quoted(&column.name);
        let (before, behind) = match column.holds {
            Holds::Number(_) if is_postgres => ("CAST(", " AS bigint)"),
            Holds::Date if is_postgres => ("to_char(", ", 'YYYY-MM-DD')"),
            Holds::Uuid if is_postgres => ("CAST(", " AS text)"),
            _ => ("", ""),
        };
        let comma = if at > 0 { ", " } else { "" };
        query.push(comma).push(before).name(&name).push(behind);
        if at < table.key {
            // by its table's name: the name alone would be that of what is cast, which no index has
            key.push(comma).push("copied.").name(&name);
        }
    }
    query.push(" FROM ").name(&Name::quoted(&table.name));
    query.push(" AS copied");
    let mut joint = " WHERE ";
    if let Some(after) = after {
        query.push(" WHERE (").append(&key).push(") > (");
        for (at, (value, column)) in after.into_iter().zip(&table.columns).enumerate() {
            let is_cast = is_postgres && column.holds == Holds::Uuid;
            query.push(if at > 0 { ", " } else { "" });
            query.push(if is_cast { "CAST(" } else { "" });
            query.value(value);
            query.push(if is_cast { " AS uuid)" } else { "" });
        }
        query.push(")");
        joint = " AND ";
    }
    // which servers live is no matter of the other database's
    if table.name == "gatepost_meta" {
        query.push(joint).push("name NOT LIKE 'replica.%'");
    }
    query.push(" ORDER BY ").append(&key).push(" LIMIT ");
    query.value(i64::from(batch));
    query
}

/// Reads a row; what can't be read or written is NULL in its place, and told.
fn cells(
    row: &mut Row<'_>,
    table: &Table,
    (zone, read_as): (Option<Zone>, Option<Zone>),
    problems: &mut Vec<String>,
) -> Vec<Value> {
    let zone = zone.filter(|_| !table.is_ours());
    let read_as = read_as.filter(|_| zone.is_none() && !table.is_ours());
    let mut values: Vec<Value> = Vec::with_capacity(table.columns.len());
    for column in &table.columns {
        let read = cell(row, column.holds).map_err(|error| {
            let found = row.shown().unwrap_or_else(|| error.to_string());
            format!("it is {found}; {} is wanted", column.holds.wanted())
        });
        let judged = read.and_then(|value| column.holds.judge(value));
        let judged = judged.and_then(|value| match (value, zone) {
            (Value::Null, _) if column.is_required => {
                Err("it is NULL, and the column takes none".to_owned())
            }
            (value, _) if column.is_orphaned && value != Value::Null => Err(
                "it refers to a row of a table that is left behind; leave this table behind as well"
                    .to_owned(),
            ),
            (Value::Moment(at), Some(zone)) => Ok(Value::Moment(zone.wall(at))),
            (Value::Moment(at), None) if read_as.is_some_and(|zone| !zone.shows(at)) => Err(
                "no clock of server.time_zone has shown this time, which was left out when they were put forward"
                    .to_owned(),
            ),
            (value, _) => Ok(value),
        });
        values.push(judged.unwrap_or_else(|why| {
            let key = table.columns[..table.key].iter().zip(&values);
            let key: Vec<_> = key.map(|(column, value)| named(column, value)).collect();
            let which = if key.is_empty() {
                String::new()
            } else {
                format!(" of the row with {}", key.join(" and "))
            };
            let (table, column) = (&table.name, &column.name);
            problems.push(format!("{table}.{column}{which}: {why}"));
            Value::Null
        }));
    }
    values
}

fn named(column: &Column, value: &Value) -> String {
    match value {
        Value::Number(number) => format!("{} {number}", column.name),
        Value::Text(text) => format!("{} {text:?}", column.name),
        _ => format!("an odd {}", column.name),
    }
}

fn cell(row: &mut Row<'_>, holds: Holds) -> db::Result<Value> {
    Ok(match holds {
        Holds::Flag => row.next::<Option<bool>>()?.into(),
        Holds::Number(_) => row.next::<Option<i64>>()?.into(),
        Holds::Text(_) | Holds::Date | Holds::Uuid => row.next::<Option<String>>()?.into(),
        Holds::Moment => row.next::<Option<Moment>>()?.into(),
    })
}

/// Writes rows, and how far the copy is with them.
pub(super) async fn write(
    side: &Side,
    table: &Arc<Table>,
    mut rows: Vec<Vec<Value>>,
    state: State,
) -> db::Result<()> {
    if let Some(zone) = side.zone.filter(|_| !table.is_ours()) {
        for value in rows.iter_mut().flatten() {
            if let Value::Moment(at) = value {
                *at = zone.instant(*at);
            }
        }
    }
    let batch = Arc::new((table.clone(), rows, state));
    let written = side.db.write_patiently(move |tx| {
        let batch = batch.clone();
        Box::pin(async move {
            let (table, rows, state) = &*batch;
            let columns = table.columns.iter().map(|column| column.name.as_str());
            let columns: Vec<_> = columns.collect();
            bulk::insert(tx, &table.name, &columns, rows).await?;
            keep(tx, &table.name, state).await
        })
    });
    written.await
}

/// Whether a copy into this database was begun and not ended.
pub(super) async fn has_states(db: &Db) -> db::Result<bool> {
    let found = db.read(|conn| Box::pin(tables::has_column(conn, STATES, "state")));
    Ok(found.await?.is_some())
}

/// How far each table of a copy is.
pub(super) async fn states(side: &Side) -> db::Result<BTreeMap<String, State>> {
    let found = side.db.read(|conn| {
        Box::pin(async move {
            sql!(conn, "SELECT name, state FROM gatepost_copy" => fetch_all (String, String))
        })
    });
    let found = found.await?.into_iter();
    let read = |(name, text): (String, String)| {
        let odd = || db::Error::Failed(format!("how far {name} is copied can't be read"));
        Ok((name.clone(), State::read(&text).ok_or_else(odd)?))
    };
    found.map(read).collect()
}

async fn keep(tx: &mut Tx<'_>, name: &str, state: &State) -> db::Result<()> {
    let odd = || db::Error::Failed("a defect: a key that can't be kept".to_owned());
    let text = state.text().ok_or_else(odd)?;
    sql!(tx, "INSERT INTO gatepost_copy (name, state) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET state = $2",
        name, text => execute)
    .map(drop)
}

/// Begins: the rows that the tables were made with go, and nothing is copied yet.
pub(super) async fn begin(
    side: &Side,
    seeded: Vec<Arc<Table>>,
    states: Vec<(String, State)>,
) -> db::Result<()> {
    let begun = Arc::new((seeded, states));
    let written = side.db.write_patiently(move |tx| {
        let begun = begun.clone();
        Box::pin(async move {
            sql!(tx, "CREATE TABLE gatepost_copy (name varchar(255) NOT NULL PRIMARY KEY, state text NOT NULL)" => execute)?;
            // each new post would be taken apart for it; a server makes it again
            sql!(tx, "DROP INDEX IF EXISTS gatepost_posts_trgm" => execute)?;
            // in the reverse of the order in which they refer to each other
            for table in begun.0.iter().rev() {
                let mut query = Query::new("DELETE FROM ");
                query.name(&Name::quoted(&table.name)).execute(tx).await?;
            }
            for (name, state) in &begun.1 {
                keep(tx, name, state).await?;
            }
            Ok(())
        })
    });
    written.await
}

/// Ends: the next row of each table gets the number that it would have got in the source.
pub(super) async fn finish(source: &Side, target: &Side, tables: &[Arc<Table>]) -> db::Result<()> {
    let mut numbers = Vec::new();
    for table in tables {
        if let Some((column, last)) = last_given(source, table).await? {
            numbers.push((table.name.clone(), column, last));
        }
    }
    let numbers = Arc::new(numbers);
    let written = target.db.write_patiently(move |tx| {
        let numbers = numbers.clone();
        Box::pin(async move {
            for (table, column, last) in numbers.iter() {
                go_on_from(tx, table, column, *last).await?;
            }
            sql!(tx, "DROP TABLE gatepost_copy" => execute).map(drop)
        })
    });
    written.await
}

/// The column to which a table gives numbers, and the last one, where it does.
pub(super) async fn last_given(side: &Side, table: &Table) -> db::Result<Option<(String, i64)>> {
    let Some(column) = table.given().map(str::to_owned) else {
        return Ok(None);
    };
    let named = (table.name.clone(), column.clone());
    let last = side.db.read(move |conn| Box::pin(last(conn, named)));
    Ok(Some((column, last.await?)))
}

/// The highest number that a table has given, of a row that is there or of one that is gone.
async fn last(conn: &mut Conn<'_>, (table, column): (String, String)) -> db::Result<i64> {
    let (name, key) = (Name::quoted(&table), Name::quoted(&column));
    let mut highest = Query::new("SELECT CAST(MAX(");
    highest.name(&key).push(") AS bigint) FROM ").name(&name);
    let highest: Option<Option<i64>> = highest.scalar(conn).await?;
    let mut given = match conn.dialect() {
        Dialect::Sqlite => Query::new("SELECT seq FROM sqlite_sequence WHERE name = "),
        Dialect::Postgres => {
            Query::new("SELECT pg_sequence_last_value(CAST(pg_get_serial_sequence(quote_ident(")
        }
    };
    match conn.dialect() {
        Dialect::Sqlite => given.value(table),
        Dialect::Postgres => given
            .value(table)
            .push("), ")
            .value(column)
            .push(") AS regclass))"),
    };
    let given: Option<Option<i64>> = given.scalar(conn).await?;
    Ok(highest.flatten().max(given.flatten()).unwrap_or(0))
}

/// Has a table give the next number to its next row.
async fn go_on_from(tx: &mut Tx<'_>, table: &str, column: &str, last: i64) -> db::Result<()> {
    if tx.dialect() == Dialect::Postgres {
        let mut query = Query::new("SELECT setval(CAST(pg_get_serial_sequence(quote_ident(");
        query.value(table).push("), ").value(column);
        query.push(") AS regclass), ").value(last.max(1)).push(", ");
        query.value(last > 0).push(")");
        return query.scalar::<Option<i64>>(tx).await.map(drop);
    }
    let mut gone = Query::new("DELETE FROM sqlite_sequence WHERE name = ");
    gone.value(table).execute(tx).await?;
    if last > 0 {
        // a table without AUTOINCREMENT gives what follows its highest by itself
        let mut kept = Query::new("INSERT INTO sqlite_sequence (name, seq) SELECT name, ");
        kept.value(last);
        kept.push(" FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%' AND name = ");
        kept.value(table).execute(tx).await?;
    }
    Ok(())
}
