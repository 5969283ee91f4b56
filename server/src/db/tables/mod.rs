//! Whether the tables are what the program takes them for: read from the database's catalogue, and judged.
//!
//! Which of Django's migrations made them is no matter, and is not looked at.

mod ddl;
mod facts;
mod guards;
mod judge;
mod needs;
mod remedy;
mod rights;
mod types;

use super::conn::Conn;
use super::error::Result;
use super::pool::Db;
pub(crate) use judge::{Problem, Weight};
pub(crate) use needs::Whose;
pub(crate) use rights::{owns, role, to_make};

/// All that keeps the program from reading and writing its tables, each with its remedy. Changes nothing.
pub(crate) async fn problems(conn: &mut Conn<'_>, whose: Whose) -> Result<Vec<Problem>> {
    let facts = facts::read(conn).await?;
    let mut problems = judge::problems(&facts, whose);
    problems.extend(guards::problems(conn).await?);
    problems.extend(rights::problems(conn, whose).await?);
    Ok(problems)
}

/// Whether a table has this column; `None` where there is no such table.
pub(crate) async fn has_column(
    conn: &mut Conn<'_>,
    table: &str,
    column: &str,
) -> Result<Option<bool>> {
    let facts = facts::read(conn).await?;
    let table = facts.tables.get(table);
    Ok(table.map(|table| table.columns.contains_key(column)))
}

/// The same on a database that Gatepost uses.
pub(crate) async fn look(db: &Db) -> Result<Vec<Problem>> {
    db.read(|conn| Box::pin(problems(conn, Whose::All))).await
}
