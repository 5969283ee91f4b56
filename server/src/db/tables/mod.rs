//! Whether the tables are what the program takes them for: read from the database's catalogue, and judged.
//!
//! Which of Django's migrations made them is no matter, and is not looked at.

mod ddl;
mod facts;
mod guards;
mod judge;
mod needs;
mod numbers;
mod remedy;
mod rights;
mod shape;
mod types;

use std::collections::BTreeMap;

use super::conn::Conn;
use super::error::Result;
use super::pool::Db;
pub(crate) use judge::{Problem, Weight};
pub(crate) use needs::Whose;
pub(crate) use rights::{missing, owns, role, to_make};
#[cfg(test)]
pub(crate) use shape::Form;
pub(crate) use shape::{Shape, shapes};

/// All that keeps the program from reading and writing its tables, each with its remedy. Changes nothing.
pub(crate) async fn problems(conn: &mut Conn<'_>, whose: Whose) -> Result<Vec<Problem>> {
    let facts = facts::read(conn).await?;
    let mut problems = judge::problems(&facts, whose);
    problems.extend(guards::problems(conn).await?);
    problems.extend(rights::problems(conn, whose).await?);
    problems.extend(numbers::problems(conn).await?);
    Ok(problems)
}

/// Columns that a new user is given a value for, and that the table of users does not have.
pub(crate) async fn without_columns(conn: &mut Conn<'_>) -> Result<Vec<Problem>> {
    let users = conn.users();
    let facts = facts::read(conn).await?;
    let Some(table) = facts.tables.get(users.name()) else {
        return Ok(Vec::new());
    };
    let missing = users
        .filled()
        .filter(|column| !table.columns.contains_key(*column));
    let problem = |column: &str| {
        let what = format!(
            "users.defaults names the column {column}, which the table {} does not have",
            users.name()
        );
        Problem::new(what, "leave it out, or correct its name".to_owned())
    };
    Ok(missing.map(problem).collect())
}

/// The tables that there are, each with its columns.
pub(crate) async fn all(conn: &mut Conn<'_>) -> Result<BTreeMap<String, Vec<String>>> {
    let facts = facts::read(conn).await?;
    let columns =
        |(name, table): (String, facts::Table)| (name, table.columns.into_keys().collect());
    Ok(facts.tables.into_iter().map(columns).collect())
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
