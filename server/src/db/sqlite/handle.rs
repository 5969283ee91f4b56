//! A connection's handle, lent to one thread: sqlx opens, configures, owns and closes the connection; what runs on it
//! in between are rusqlite's statements, each prepared once.
//!
//! The one `unsafe` line of the server is here. It makes a [`rusqlite::Connection`] of sqlx's raw handle, which is
//! sound as long as the handle is open, is used by one thread at a time, and is closed by its owner alone:
//!
//! * *Who owns it*: sqlx's connection, which [`lend`] takes by value and closes at its end, after the loan.
//! * *Who may touch it*: whoever holds the lock. The guard of `lock_handle` keeps sqlx's own thread away for as long as
//!   it lives, and [`lend`] holds it longer than the borrowed connection. That one is private to [`Handle`], which has
//!   it by `&mut`: nothing can copy it, keep it after the loan, or put another in its place.
//! * *When it is given back*: at the end of [`lend`]. Its variables are dropped in the reverse of their order: the
//!   borrowed connection, and with it its kept statements; then the lock; then the owner, which closes the handle.
//!   rusqlite closes no handle that it was lent.
//! * *What a panic does*: it unwinds through [`lend`] and drops the same in the same order. Whoever lends catches it.

use rusqlite::{CachedStatement, Connection, Statement, ToSql};
use sqlx::sqlite::{LockedSqliteHandle, SqliteConnection};
use tokio::runtime;

use crate::db::error::{Error, Result};
use crate::db::row::{FromRow, Row};

/// How many statements a connection keeps prepared: more than there are in the program.
const KEPT: usize = 128;

/// A lent handle: statements, each with `$1` parameters.
pub(crate) struct Handle<'h>(&'h mut Connection);

/// Lends a connection's handle to `work`, and closes the connection after it.
pub(super) fn lend<T>(
    runtime: &runtime::Handle,
    mut owner: SqliteConnection,
    work: impl FnOnce(Handle<'_>) -> T,
) -> Result<T> {
    let done = {
        let mut lock = runtime.block_on(owner.lock_handle())?;
        let mut borrowed = borrow(&mut lock)?;
        borrowed.set_prepared_statement_cache_capacity(KEPT);
        work(Handle(&mut borrowed))
    };
    // what was committed is on the disk already
    if let Err(error) = runtime.block_on(sqlx::Connection::close(owner)) {
        tracing::warn!(cause = %error, "a connection to SQLite could not be closed");
    }
    Ok(done)
}

#[expect(
    unsafe_code,
    reason = "the handle is open and this thread's alone for as long as the lock is held: see the file's first lines"
)]
fn borrow(lock: &mut LockedSqliteHandle<'_>) -> rusqlite::Result<Connection> {
    unsafe { Connection::from_handle(lock.as_raw_handle().as_ptr().cast()) }
}

impl Handle<'_> {
    /// The same handle for a shorter time.
    pub(crate) fn again(&mut self) -> Handle<'_> {
        Handle(self.0)
    }

    /// Runs a statement; gives the number of rows that it changed.
    pub(crate) fn execute(&self, sql: &str, arguments: &[&dyn ToSql]) -> Result<u64> {
        Ok(self.bound(sql, arguments)?.raw_execute()? as u64)
    }

    /// The first row, if there is one.
    pub(crate) fn fetch_optional<T: for<'r> FromRow<'r>>(
        &self,
        sql: &str,
        arguments: &[&dyn ToSql],
    ) -> Result<Option<T>> {
        let mut statement = self.bound(sql, arguments)?;
        let mut rows = statement.raw_query();
        rows.next()?
            .map(|row| T::from_row(&mut Row::of_sqlite(row)))
            .transpose()
    }

    /// The first row.
    pub(crate) fn fetch_one<T: for<'r> FromRow<'r>>(
        &self,
        sql: &str,
        arguments: &[&dyn ToSql],
    ) -> Result<T> {
        self.fetch_optional(sql, arguments)?.ok_or(Error::NoRow)
    }

    /// All rows.
    pub(crate) fn fetch_all<T: for<'r> FromRow<'r>>(
        &self,
        sql: &str,
        arguments: &[&dyn ToSql],
    ) -> Result<Vec<T>> {
        let mut statement = self.bound(sql, arguments)?;
        let mut rows = statement.raw_query();
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(T::from_row(&mut Row::of_sqlite(row))?);
        }
        Ok(found)
    }

    /// Hands on one row after the other until `take` has enough.
    pub(crate) fn each(
        &self,
        sql: &str,
        arguments: &[&dyn ToSql],
        mut take: impl FnMut(&mut Row<'_>) -> Result<bool>,
    ) -> Result<()> {
        let mut statement = self.bound(sql, arguments)?;
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next()? {
            if take(&mut Row::of_sqlite(row))? {
                break;
            }
        }
        Ok(())
    }

    /// Runs a statement that is not kept.
    pub(crate) fn execute_once(&self, sql: &str, arguments: &[&dyn ToSql]) -> Result<u64> {
        let mut statement = self.0.prepare(sql)?;
        bind(&mut statement, arguments)?;
        Ok(statement.raw_execute()? as u64)
    }

    /// Hands on one row after the other of a statement that is not kept, until `take` has enough.
    pub(crate) fn each_once(
        &self,
        sql: &str,
        arguments: &[&dyn ToSql],
        mut take: impl FnMut(&mut Row<'_>) -> Result<bool>,
    ) -> Result<()> {
        let mut statement = self.0.prepare(sql)?;
        bind(&mut statement, arguments)?;
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next()? {
            if take(&mut Row::of_sqlite(row))? {
                break;
            }
        }
        Ok(())
    }

    /// Runs all statements of a text.
    pub(crate) fn execute_all(&self, text: &str) -> Result<()> {
        Ok(self.0.execute_batch(text)?)
    }

    /// A kept statement with its arguments.
    fn bound(&self, sql: &str, arguments: &[&dyn ToSql]) -> Result<CachedStatement<'_>> {
        let mut statement = self.0.prepare_cached(sql)?;
        bind(&mut statement, arguments)?;
        Ok(statement)
    }
}

/// Gives a statement its arguments. For SQLite `$2` is a name: it counts parameters as they come.
fn bind(statement: &mut Statement<'_>, arguments: &[&dyn ToSql]) -> Result<()> {
    for place in 1..=statement.parameter_count() {
        let name = statement.parameter_name(place).unwrap_or_default();
        let number = name.get(1..).and_then(|number| number.parse().ok());
        let argument = number.and_then(|number: usize| arguments.get(number.checked_sub(1)?));
        let argument = argument
            .ok_or_else(|| Error::Failed(format!("the parameter {name} has no argument")))?;
        statement.raw_bind_parameter(place, argument)?;
    }
    Ok(())
}
