//! A database: bodies that read, and transactions that run to their end.

use std::sync::Arc;

use sqlx::PgPool;

use super::conn::{Conn, Dialect, Inner, Tx, Work};
use super::error::{Error, Result};
use super::faults::Faults;
use super::sqlite::Engine;

/// A database; cheap to clone.
#[derive(Clone)]
pub(crate) struct Db {
    kind: Arc<Kind>,
    faults: Faults,
}

pub(super) enum Kind {
    Sqlite(Engine),
    Postgres(PgPool),
}

/// How often a transaction is run again that PostgreSQL ended for another's sake.
const ATTEMPTS: u32 = 5;

impl Db {
    pub(super) fn new(kind: Kind, faults: Faults) -> Self {
        let kind = Arc::new(kind);
        Self { kind, faults }
    }

    /// Which database this is.
    pub(crate) fn dialect(&self) -> Dialect {
        match &*self.kind {
            Kind::Sqlite(_) => Dialect::Sqlite,
            Kind::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Runs `body` on a connection to read with. Its statements see each the newest commit.
    ///
    /// On SQLite it runs to its end on a thread of the engine's, and may wait for nothing but its statements.
    ///
    /// # Errors
    /// What `body` fails with, or the database.
    pub(crate) async fn read<T, F>(&self, body: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'t, 'c> FnOnce(&'t mut Conn<'c>) -> Work<'t, T> + Send + 'static,
    {
        self.faults.step()?;
        match &*self.kind {
            Kind::Sqlite(engine) => engine.read(body).await,
            // boxed: what waits for a connection is large, and would be so on SQLite too
            Kind::Postgres(pool) => {
                let read = async {
                    let conn = Inner::Postgres(pool.acquire().await?);
                    body(&mut Conn::new(conn, &self.faults)).await
                };
                Box::pin(read).await
            }
        }
    }

    /// Runs `body` in one transaction: `Ok` commits, `Err` rolls back.
    ///
    /// A client that goes away cancels nothing. It may be run again from its start: where PostgreSQL ended it for a
    /// deadlock or a serialization failure, where a row that it refers to was deleted meanwhile, or where SQLite
    /// refused what it was to commit with others. What `body` found out is its value: a refusal that must leave a trace
    /// is an `Ok`, and one that must leave none calls [`Tx::abandon`] before. It hashes nothing and waits for nothing
    /// but its statements.
    ///
    /// # Errors
    /// What `body` fails with, or the database.
    pub(crate) async fn write<T, F>(&self, body: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'t, 'c> Fn(&'t mut Tx<'c>) -> Work<'t, T> + Send + Sync + 'static,
    {
        let pool = match &*self.kind {
            Kind::Sqlite(engine) => return engine.write(body).await,
            Kind::Postgres(pool) => pool.clone(),
        };
        let faults = self.faults.clone();
        let task = tokio::spawn(async move {
            let mut attempt = 1;
            loop {
                match transaction(&pool, &faults, &body).await {
                    Err(error) if attempt < ATTEMPTS && error.is_retryable() => {
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

    /// Closes every connection, after those in use are given back.
    pub(crate) async fn close(&self) {
        match &*self.kind {
            Kind::Sqlite(engine) => engine.close().await,
            Kind::Postgres(pool) => pool.close().await,
        }
    }

    /// How many connections are in use at this moment.
    pub(crate) fn connections_in_use(&self) -> usize {
        match &*self.kind {
            Kind::Sqlite(engine) => engine.at_work(),
            Kind::Postgres(pool) => pool.size() as usize - pool.num_idle(),
        }
    }

    /// Whether requests are writing at this moment: SQLite's one writer is at work, or half of PostgreSQL's
    /// connections are in use.
    pub(crate) fn is_busy(&self) -> bool {
        match &*self.kind {
            Kind::Sqlite(engine) => engine.is_writing(),
            Kind::Postgres(pool) => {
                self.connections_in_use() * 2 >= pool.options().get_max_connections() as usize
            }
        }
    }
}

/// One attempt at a transaction of PostgreSQL's.
async fn transaction<T>(
    pool: &PgPool,
    faults: &Faults,
    body: &(impl for<'t, 'c> Fn(&'t mut Tx<'c>) -> Work<'t, T> + Send + Sync),
) -> Result<T> {
    faults.step()?;
    let begun = pool.begin_with("BEGIN ISOLATION LEVEL READ COMMITTED");
    let mut tx = Tx::new(Inner::PostgresTx(begun.await?), faults);
    let value = body(&mut tx).await?;
    if !tx.is_abandoned() {
        tx.commit().await?;
    }
    Ok(value)
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
