//! A database's pools: a connection to read with, and transactions that run to their end.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, PgPool, Postgres, Sqlite, SqliteConnection, SqlitePool, Transaction};

use super::error::{Error, Result};
use super::faults::Faults;

/// The pools of one database; cheap to clone.
#[derive(Clone)]
pub(crate) struct Db {
    pools: Arc<Pools>,
    faults: Faults,
}

pub(super) enum Pools {
    /// SQLite allows one writer: its pool holds one connection, and waiting for it is the queue.
    Sqlite {
        read: SqlitePool,
        write: SqlitePool,
    },
    Postgres(PgPool),
}

/// Which of the two databases a connection belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// SQLite, embedded.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

/// A connection to read with, given back when dropped.
pub(crate) struct Conn {
    inner: Inner,
    faults: Faults,
}

/// An open transaction: what a [`Conn`] can do it can do too. Dropped, it rolls back.
pub(crate) struct Tx {
    conn: Conn,
    is_abandoned: bool,
}

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
pub(crate) type Work<'t, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 't>>;

/// How often a transaction is run again that PostgreSQL ended for another's sake.
const ATTEMPTS: u32 = 5;

impl Db {
    /// Which database this is.
    pub(crate) fn dialect(&self) -> Dialect {
        match &*self.pools {
            Pools::Sqlite { .. } => Dialect::Sqlite,
            Pools::Postgres(_) => Dialect::Postgres,
        }
    }

    /// A connection to read with.
    ///
    /// # Errors
    /// None came in time, or what the database fails with when it is reached.
    pub(crate) async fn read(&self) -> Result<Conn> {
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
    pub(crate) async fn begin(&self) -> Result<Tx> {
        self.faults.step()?;
        let conn = self.conn(match &*self.pools {
            Pools::Sqlite { write, .. } => {
                Inner::SqliteTx(write.begin_with("BEGIN IMMEDIATE").await?)
            }
            Pools::Postgres(pool) => Inner::PostgresTx(
                pool.begin_with("BEGIN ISOLATION LEVEL READ COMMITTED")
                    .await?,
            ),
        });
        Ok(Tx {
            conn,
            is_abandoned: false,
        })
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
    /// trace is an `Ok`, and one that must leave none calls [`Tx::abandon`] before.
    ///
    /// # Errors
    /// What `work` fails with, or the database.
    pub(crate) async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'t> Fn(&'t mut Tx) -> Work<'t, T> + Send + Sync + 'static,
    {
        let db = self.clone();
        let task = tokio::spawn(async move {
            let mut attempt = 1;
            loop {
                match db.attempt(&work).await {
                    Err(error) if attempt < ATTEMPTS && matches!(error, Error::Conflict(_)) => {
                        attempt += 1;
                    }
                    outcome => return outcome,
                }
            }
        });
        match task.await {
            Ok(outcome) => outcome,
            Err(stopped) if stopped.is_panic() => std::panic::resume_unwind(stopped.into_panic()),
            Err(_) => Err(Error::Away("the server is shutting down".to_owned())),
        }
    }

    async fn attempt<T>(
        &self,
        work: &(impl for<'t> Fn(&'t mut Tx) -> Work<'t, T> + Send + Sync),
    ) -> Result<T> {
        let mut tx = self.begin().await?;
        let value = work(&mut tx).await?;
        if !tx.is_abandoned {
            tx.commit().await?;
        }
        Ok(value)
    }

    pub(super) fn new(pools: Pools) -> Self {
        Self {
            pools: Arc::new(pools),
            faults: Faults::default(),
        }
    }

    /// Closes every connection, after those in use are given back.
    pub(crate) async fn close(&self) {
        match &*self.pools {
            Pools::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }

    /// How many connections are lent out at this moment.
    pub(crate) fn connections_in_use(&self) -> usize {
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
    pub(crate) fn is_busy(&self) -> bool {
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
    pub(crate) fn dialect(&self) -> Dialect {
        match &self.inner {
            Inner::Sqlite(_) | Inner::SqliteTx(_) => Dialect::Sqlite,
            Inner::Postgres(_) | Inner::PostgresTx(_) => Dialect::Postgres,
        }
    }

    /// The driver's connection for one statement.
    pub(crate) fn raw(&mut self) -> Result<Raw<'_>> {
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
    /// Lets [`Db::write`] roll back what was written, whatever its work finds out.
    pub(crate) fn abandon(&mut self) {
        self.is_abandoned = true;
    }

    /// Makes what was written visible and durable.
    ///
    /// # Errors
    /// What the database fails with. Whether it was committed is then not known.
    pub(crate) async fn commit(self) -> Result<()> {
        let Conn { inner, faults } = self.conn;
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
        &self.conn
    }
}

impl std::ops::DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.conn
    }
}

/// Failures that a test asks for.
#[cfg(all(feature = "testing", debug_assertions))]
impl Db {
    /// Lets the `nth` step from now on fail, once.
    pub(crate) fn fail_at(&self, nth: u32) {
        self.faults.set(nth);
    }

    /// How many steps are left to the failure; 0 once it has happened.
    pub(crate) fn steps_to_failure(&self) -> u32 {
        self.faults.left()
    }
}
