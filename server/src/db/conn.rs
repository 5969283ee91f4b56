//! What a body gets: a connection to read with, or an open transaction.

use std::future::Future;
use std::pin::Pin;

use sqlx::{PgConnection, Postgres, Transaction};

use super::error::{Error, Result};
use super::faults::Faults;
use super::sqlite::Handle;
use super::user_table::UserTable;

/// Which of the two databases a connection belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// SQLite, embedded.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

/// A connection to read with, given back when dropped.
pub(crate) struct Conn<'c> {
    inner: Inner<'c>,
    faults: Faults,
    users: UserTable,
}

/// An open transaction: what a [`Conn`] can do it can do too.
pub(crate) struct Tx<'c> {
    conn: Conn<'c>,
    is_abandoned: bool,
}

pub(super) enum Inner<'c> {
    Sqlite(Handle<'c>),
    Postgres(&'c mut PgConnection),
    PostgresTx(Transaction<'c, Postgres>),
    /// The same behind PgBouncer, which keeps no statement that was prepared.
    Pooled(Transaction<'c, Postgres>),
    /// For one statement.
    PostgresOnce(Option<&'c mut PgConnection>),
}

/// The driver's own connection, for the `sql!` macro.
pub(crate) enum Raw<'c> {
    Sqlite(Handle<'c>),
    Postgres(Session<'c>),
}

/// PostgreSQL's connection for one statement.
pub(crate) struct Session<'c> {
    pub(super) conn: &'c mut PgConnection,
    /// Whether a statement that was prepared is there when it is used next.
    pub(super) keeps: bool,
}

impl<'c> Session<'c> {
    fn keeping(conn: &'c mut PgConnection) -> Self {
        Self { conn, keeps: true }
    }
}

/// A body under way.
pub(crate) type Work<'t, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 't>>;

impl<'c> Conn<'c> {
    pub(super) fn new(inner: Inner<'c>, faults: &Faults, users: UserTable) -> Self {
        let faults = faults.clone();
        Self {
            inner,
            faults,
            users,
        }
    }

    /// Which table the users stand in.
    pub(crate) fn users(&self) -> UserTable {
        self.users
    }

    /// Which database this connection belongs to.
    pub(crate) fn dialect(&self) -> Dialect {
        match &self.inner {
            Inner::Sqlite(_) => Dialect::Sqlite,
            Inner::Postgres(_)
            | Inner::PostgresTx(_)
            | Inner::Pooled(_)
            | Inner::PostgresOnce(_) => Dialect::Postgres,
        }
    }

    /// The driver's connection for one statement.
    pub(crate) fn raw(&mut self) -> Result<Raw<'_>> {
        self.faults.step()?;
        Ok(match &mut self.inner {
            Inner::Sqlite(handle) => Raw::Sqlite(handle.again()),
            Inner::Postgres(conn) => Raw::Postgres(Session::keeping(conn)),
            Inner::PostgresTx(tx) => Raw::Postgres(Session::keeping(tx)),
            Inner::Pooled(tx) => Raw::Postgres(Session {
                conn: tx,
                keeps: false,
            }),
            Inner::PostgresOnce(conn) => {
                let once =
                    || Error::Failed("a defect: a write of one statement began another".to_owned());
                Raw::Postgres(Session::keeping(conn.take().ok_or_else(once)?))
            }
        })
    }
}

impl<'c> Tx<'c> {
    pub(super) fn new(inner: Inner<'c>, faults: &Faults, users: UserTable) -> Self {
        Self {
            conn: Conn::new(inner, faults, users),
            is_abandoned: false,
        }
    }

    /// Has what was written rolled back, whatever the body finds out.
    pub(crate) fn abandon(&mut self) {
        self.is_abandoned = true;
    }

    pub(super) fn is_abandoned(&self) -> bool {
        self.is_abandoned
    }

    /// Ends a transaction of PostgreSQL's: makes what was written visible and durable, or rolls it back where the body
    /// failed or abandoned it. SQLite's writer commits for all whom it took along.
    ///
    /// # Errors
    /// What the database fails with. Whether it was committed is then not known.
    pub(super) async fn end(self, is_ok: bool) -> Result<()> {
        let Conn { inner, faults, .. } = self.conn;
        let (Inner::PostgresTx(tx) | Inner::Pooled(tx)) = inner else {
            return Ok(());
        };
        if !is_ok || self.is_abandoned {
            return Ok(tx.rollback().await?);
        }
        faults.step()?;
        tx.commit().await?;
        // a connection may be lost after the database has committed
        faults.step()
    }
}

impl<'c> std::ops::Deref for Tx<'c> {
    type Target = Conn<'c>;
    fn deref(&self) -> &Conn<'c> {
        &self.conn
    }
}

impl<'c> std::ops::DerefMut for Tx<'c> {
    fn deref_mut(&mut self) -> &mut Conn<'c> {
        &mut self.conn
    }
}
