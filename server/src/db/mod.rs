//! The database: SQL written once, run on SQLite and on PostgreSQL.
//!
//! [`Db::read`] gives a [`Conn`]; [`Db::write`] runs a transaction in a task of its own, so that it
//! comes to its end whether or not the client is still there. Statements go through the `sql!` macro,
//! with `$1` parameters, which both databases take; what differs between the two lives in the types
//! [`Id`] and [`Moment`].

mod connect;
mod faults;
pub(crate) mod meta;
pub mod migrate;
mod types;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, PgPool, Postgres, Sqlite, SqliteConnection, SqlitePool, Transaction};

pub(crate) use connect::describe;
pub use connect::{ConnectError, Url};
use faults::Faults;
pub use types::{Id, Moment};

/// The pools of one database; cheap to clone.
#[derive(Clone)]
pub struct Db {
    pools: Arc<Pools>,
    faults: Faults,
}

enum Pools {
    /// SQLite allows one writer: its pool holds one connection, and waiting for it is the queue.
    Sqlite {
        read: SqlitePool,
        write: SqlitePool,
    },
    Postgres(PgPool),
}

/// Which of the two databases a connection belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite, embedded.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

/// A connection to read with, given back when dropped.
pub struct Conn {
    inner: Inner,
    faults: Faults,
}

/// An open transaction: what a [`Conn`] can do it can do too. Dropped, it rolls back.
pub struct Tx(Conn);

enum Inner {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
    SqliteTx(Transaction<'static, Sqlite>),
    PostgresTx(Transaction<'static, Postgres>),
}

/// The driver's own connection, for the `sql!` macro.
pub(crate) enum Raw<'c> {
    Sqlite(&'c mut SqliteConnection),
    Postgres(&'c mut PgConnection),
}

/// What [`Db::write`] runs.
pub type Work<'t, T> = Pin<Box<dyn Future<Output = sqlx::Result<T>> + Send + 't>>;

/// How often a transaction is run again that PostgreSQL ended for another's sake.
const ATTEMPTS: u32 = 5;

impl Db {
    /// Which database this is.
    pub fn dialect(&self) -> Dialect {
        match &*self.pools {
            Pools::Sqlite { .. } => Dialect::Sqlite,
            Pools::Postgres(_) => Dialect::Postgres,
        }
    }

    /// A connection to read with.
    ///
    /// # Errors
    /// None came in time, or what the database fails with when it is reached.
    pub async fn read(&self) -> sqlx::Result<Conn> {
        self.faults.step()?;
        Ok(self.conn(match &*self.pools {
            Pools::Sqlite { read, .. } => Inner::Sqlite(read.acquire().await?),
            Pools::Postgres(pool) => Inner::Postgres(pool.acquire().await?),
        }))
    }

    /// A transaction to write in, for commands; a request writes by [`Db::write`].
    ///
    /// # Errors
    /// None came in time, or what the database fails with when it is begun.
    pub async fn begin(&self) -> sqlx::Result<Tx> {
        self.faults.step()?;
        Ok(Tx(self.conn(match &*self.pools {
            Pools::Sqlite { write, .. } => {
                Inner::SqliteTx(write.begin_with("BEGIN IMMEDIATE").await?)
            }
            Pools::Postgres(pool) => Inner::PostgresTx(
                pool.begin_with("BEGIN ISOLATION LEVEL READ COMMITTED")
                    .await?,
            ),
        })))
    }

    fn conn(&self, inner: Inner) -> Conn {
        Conn {
            inner,
            faults: self.faults.clone(),
        }
    }

    /// Runs `work` in one transaction: `Ok` commits, `Err` rolls back.
    ///
    /// It runs in a task of its own, so a client that goes away cancels nothing, and again from its
    /// start where PostgreSQL ended it for a deadlock or a serialization failure, or where a row that it
    /// refers to was deleted meanwhile. What `work` found out is its value: a refusal that must leave a
    /// trace is an `Ok`.
    ///
    /// # Errors
    /// What `work` fails with, or the database.
    pub async fn write<T, F>(&self, work: F) -> sqlx::Result<T>
    where
        T: Send + 'static,
        F: for<'t> Fn(&'t mut Tx) -> Work<'t, T> + Send + Sync + 'static,
    {
        let db = self.clone();
        let task = tokio::spawn(async move {
            let mut attempt = 1;
            loop {
                match db.attempt(&work).await {
                    Err(error) if attempt < ATTEMPTS && is_retryable(&error) => attempt += 1,
                    outcome => return outcome,
                }
            }
        });
        match task.await {
            Ok(outcome) => outcome,
            Err(stopped) if stopped.is_panic() => std::panic::resume_unwind(stopped.into_panic()),
            Err(_) => Err(sqlx::Error::PoolClosed),
        }
    }

    async fn attempt<T>(
        &self,
        work: &(impl for<'t> Fn(&'t mut Tx) -> Work<'t, T> + Send + Sync),
    ) -> sqlx::Result<T> {
        let mut tx = self.begin().await?;
        let value = work(&mut tx).await?;
        tx.commit().await?;
        Ok(value)
    }

    /// Closes every connection, after those in use are given back.
    pub async fn close(&self) {
        match &*self.pools {
            Pools::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }

    /// How many connections are lent out at this moment.
    pub fn connections_in_use(&self) -> usize {
        match &*self.pools {
            Pools::Sqlite { read, write } => {
                (read.size() as usize - read.num_idle())
                    + (write.size() as usize - write.num_idle())
            }
            Pools::Postgres(pool) => pool.size() as usize - pool.num_idle(),
        }
    }

    /// Whether requests are writing at this moment: SQLite's one writer is lent out, or half of PostgreSQL's
    /// connections are.
    pub fn is_busy(&self) -> bool {
        match &*self.pools {
            Pools::Sqlite { write, .. } => write.size() as usize > write.num_idle(),
            Pools::Postgres(pool) => {
                self.connections_in_use() * 2 >= pool.options().get_max_connections() as usize
            }
        }
    }
}

impl Conn {
    /// Which database this connection belongs to.
    pub fn dialect(&self) -> Dialect {
        match &self.inner {
            Inner::Sqlite(_) | Inner::SqliteTx(_) => Dialect::Sqlite,
            Inner::Postgres(_) | Inner::PostgresTx(_) => Dialect::Postgres,
        }
    }

    /// The driver's connection for one statement.
    pub(crate) fn raw(&mut self) -> sqlx::Result<Raw<'_>> {
        self.faults.step()?;
        Ok(match &mut self.inner {
            Inner::Sqlite(conn) => Raw::Sqlite(conn),
            Inner::Postgres(conn) => Raw::Postgres(conn),
            Inner::SqliteTx(tx) => Raw::Sqlite(tx),
            Inner::PostgresTx(tx) => Raw::Postgres(tx),
        })
    }
}

impl Tx {
    /// Makes what was written visible and durable.
    ///
    /// # Errors
    /// What the database fails with. Whether it was committed is then not known.
    pub async fn commit(self) -> sqlx::Result<()> {
        let Conn { inner, faults } = self.0;
        faults.step()?;
        match inner {
            Inner::SqliteTx(tx) => tx.commit().await,
            Inner::PostgresTx(tx) => tx.commit().await,
            Inner::Sqlite(_) | Inner::Postgres(_) => Ok(()),
        }?;
        // a connection may be lost after the database has committed
        faults.step()
    }
}

impl std::ops::Deref for Tx {
    type Target = Conn;
    fn deref(&self) -> &Conn {
        &self.0
    }
}

impl std::ops::DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.0
    }
}

/// Whether a transaction may succeed when it is run again: PostgreSQL ended it for another's sake (40001
/// serialization failure, 40P01 deadlock), or a row that it refers to was deleted before it committed.
fn is_retryable(error: &sqlx::Error) -> bool {
    let Some(error) = error.as_database_error() else {
        return false;
    };
    error.is_foreign_key_violation() || matches!(error.code().as_deref(), Some("40001" | "40P01"))
}

/// Whether the database itself is what failed: no connection, no answer, shutting down, or locked too long.
pub(crate) fn is_away(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::Io(_)
        | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| {
            // PostgreSQL's connection, resource and shutdown classes, a cancelled statement, and lost races;
            // SQLite's BUSY and LOCKED with their extended codes
            ["08", "53", "57"]
                .iter()
                .any(|class| code.len() == 5 && code.starts_with(class))
                || ["40001", "40P01"].contains(&code.as_ref())
                || code
                    .parse::<u32>()
                    .is_ok_and(|code| code < 10_000 && matches!(code & 0xff, 5 | 6))
        }),
        _ => false,
    }
}

/// `execute` gives the number of rows, `fetch_optional` / `fetch_one` / `fetch_all` rows of the type named.
///
/// The number of arguments is compared with the highest `$n` when the program is compiled: SQLite would
/// take a missing one for NULL without a word. Where the two databases need different text, the last arm
/// takes one of each.
macro_rules! sql {
    ($conn:expr, $sql:expr $(, $arg:expr)* => execute) => {{
        const { $crate::db::check_arguments($sql, $crate::db::sql!(@count $($arg),*)) };
        match $crate::db::Conn::raw($conn) {
            Err(error) => Err(error),
            Ok($crate::db::Raw::Sqlite(conn)) => sqlx::query($sql)$(.bind($arg))*.execute(conn).await.map(|done| done.rows_affected()),
            Ok($crate::db::Raw::Postgres(conn)) => sqlx::query($sql)$(.bind($arg))*.execute(conn).await.map(|done| done.rows_affected()),
        }
    }};
    ($conn:expr, $sql:expr $(, $arg:expr)* => $fetch:ident $row:ty) => {{
        const { $crate::db::check_arguments($sql, $crate::db::sql!(@count $($arg),*)) };
        match $crate::db::Conn::raw($conn) {
            Err(error) => Err(error),
            Ok($crate::db::Raw::Sqlite(conn)) => sqlx::query_as::<_, $row>($sql)$(.bind($arg))*.$fetch(conn).await,
            Ok($crate::db::Raw::Postgres(conn)) => sqlx::query_as::<_, $row>($sql)$(.bind($arg))*.$fetch(conn).await,
        }
    }};
    ($conn:expr, sqlite: $sqlite:expr $(, $sarg:expr)*; postgres: $postgres:expr $(, $parg:expr)* => $fetch:ident $row:ty) => {{
        const { $crate::db::check_arguments($sqlite, $crate::db::sql!(@count $($sarg),*)) };
        const { $crate::db::check_arguments($postgres, $crate::db::sql!(@count $($parg),*)) };
        match $crate::db::Conn::raw($conn) {
            Err(error) => Err(error),
            Ok($crate::db::Raw::Sqlite(conn)) => sqlx::query_as::<_, $row>($sqlite)$(.bind($sarg))*.$fetch(conn).await,
            Ok($crate::db::Raw::Postgres(conn)) => sqlx::query_as::<_, $row>($postgres)$(.bind($parg))*.$fetch(conn).await,
        }
    }};
    (@count $($arg:expr),*) => { <[&str]>::len(&[$(stringify!($arg)),*]) };
}
pub(crate) use sql;

/// Stops the build where a statement's highest `$n` is not its number of arguments.
pub(crate) const fn check_arguments(sql: &str, arguments: usize) {
    let bytes = sql.as_bytes();
    let (mut at, mut highest) = (0, 0);
    while at < bytes.len() {
        if bytes[at] == b'$' {
            let mut number = 0;
            while at + 1 < bytes.len() && bytes[at + 1].is_ascii_digit() {
                number = number * 10 + (bytes[at + 1] - b'0') as usize;
                at += 1;
            }
            if number > highest {
                highest = number;
            }
        }
        at += 1;
    }
    assert!(
        highest == arguments,
        "the statement's highest $n is not its number of arguments"
    );
}

#[cfg(test)]
mod tests {
    use super::check_arguments;

    #[test]
    fn the_highest_parameter_is_the_number_of_arguments() {
        check_arguments("SELECT 1", 0);
        check_arguments("SELECT $2, $1, $1", 2);
        check_arguments("SELECT $11", 11);
        assert!(std::panic::catch_unwind(|| check_arguments("SELECT $1, $2", 1)).is_err());
        assert!(std::panic::catch_unwind(|| check_arguments("SELECT $1", 2)).is_err());
    }
}
