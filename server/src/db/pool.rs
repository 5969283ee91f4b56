//! A database: bodies that read, and transactions that run to their end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::task::JoinHandle;

use super::body::{Writing, reading, writing};
use super::conn::{Conn, Dialect, Tx, Work};
use super::error::{Error, Result};
use super::faults::Faults;
use super::fitness::Fitness;
use super::postgres::{Postgres, Writes};
use super::sqlite::Engine;
use super::user_table::UserTable;

/// A database; cheap to clone.
#[derive(Clone)]
pub(crate) struct Db {
    kind: Arc<Kind>,
    /// Whether there was no room for a write: a smaller one may still have found some.
    was_full: Arc<AtomicBool>,
    faults: Faults,
    fitness: Fitness,
    users: UserTable,
}

pub(super) enum Kind {
    Sqlite(Engine),
    Postgres(Postgres),
}

impl Db {
    pub(super) fn new(kind: Kind, faults: Faults, users: UserTable) -> Self {
        Self {
            kind: Arc::new(kind),
            was_full: Arc::default(),
            faults,
            fitness: Fitness::default(),
            users,
        }
    }

    /// Whether the tables fit, as far as is known.
    pub(crate) fn fitness(&self) -> &Fitness {
        &self.fitness
    }

    /// The same database for the admin, whose own tables are nothing to the API's readiness.
    pub(crate) fn for_admin(&self) -> Self {
        Self {
            fitness: self.fitness.of_admin(),
            ..self.clone()
        }
    }

    /// Which table the users stand in.
    pub(crate) fn users(&self) -> UserTable {
        self.users
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
    /// On SQLite it runs to its end on a thread of the engine's, and may wait for nothing but its statements. On
    /// PostgreSQL it may be run once more, where its connection is found to have been gone before.
    ///
    /// # Errors
    /// What `body` fails with, or the database.
    pub(crate) async fn read<T, F>(&self, body: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'t, 'c> FnOnce(&'t mut Conn<'c>) -> Work<'t, T> + Clone + Send + 'static,
    {
        let found = match &*self.kind {
            Kind::Sqlite(engine) => {
                self.faults.step()?;
                engine.read(body).await
            }
            Kind::Postgres(pool) => read_on(pool, body).await,
        };
        self.fitness.judged_by(found)
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
        self.fitness
            .judged_by(self.run(Writes::Together, body).await)
    }

    /// As [`Db::write`], for a body of one statement: on PostgreSQL this takes one round trip in place of three, and
    /// nothing can be abandoned.
    ///
    /// # Errors
    /// What `body` fails with, or the database.
    pub(crate) async fn write_once<T, F>(&self, body: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'t, 'c> Fn(&'t mut Tx<'c>) -> Work<'t, T> + Send + Sync + 'static,
    {
        self.fitness.judged_by(self.run(Writes::Once, body).await)
    }

    /// As [`Db::write`], for a body whose statements may take as long as they need.
    ///
    /// # Errors
    /// What `body` fails with, or the database.
    pub(crate) async fn write_patiently<T, F>(&self, body: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'t, 'c> Fn(&'t mut Tx<'c>) -> Work<'t, T> + Send + Sync + 'static,
    {
        self.run(Writes::Patiently, body).await
    }

    /// Whether PgBouncer stands before the database.
    pub(crate) fn is_pooled(&self) -> bool {
        matches!(&*self.kind, Kind::Postgres(pool) if pool.is_pooled())
    }

    /// Runs statements of PostgreSQL's that may be in no transaction and take as long as they need, on a connection of
    /// their own; it may be given up.
    ///
    /// # Errors
    /// What `body` fails with, or the database.
    pub(crate) async fn alone<T>(
        &self,
        body: impl for<'t, 'c> FnOnce(&'t mut Conn<'c>) -> Work<'t, T>,
    ) -> Result<T> {
        match &*self.kind {
            Kind::Sqlite(_) => Err(Error::Failed(
                "a defect: a connection of PostgreSQL's alone".to_owned(),
            )),
            Kind::Postgres(pool) => pool.alone(body).await,
        }
    }

    async fn run<T, F>(&self, writes: Writes, body: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'t, 'c> Fn(&'t mut Tx<'c>) -> Work<'t, T> + Send + Sync + 'static,
    {
        let outcome = match &*self.kind {
            Kind::Sqlite(engine) => engine.write(body).await,
            Kind::Postgres(pool) => {
                let (body, found) = writing(body);
                write_on(pool, writes, body).await.map(|()| found.take())
            }
        };
        if let Err(Error::Full(_)) = outcome {
            self.was_full.store(true, Ordering::Relaxed);
        }
        outcome
    }

    /// Whether there was no room for a write since it was last said that there is.
    pub(crate) fn was_full(&self) -> bool {
        self.was_full.load(Ordering::Relaxed)
    }

    /// Says that there is room again.
    pub(crate) fn has_room(&self) {
        self.was_full.store(false, Ordering::Relaxed);
    }

    /// Whether the files of the database are still those that were opened; PostgreSQL sees to its own.
    ///
    /// # Errors
    /// They are gone.
    pub(crate) fn look(&self) -> Result<()> {
        match &*self.kind {
            Kind::Sqlite(engine) => engine.look(),
            Kind::Postgres(_) => Ok(()),
        }
    }

    /// Closes every connection, after those in use are given back.
    pub(crate) async fn close(&self) {
        match &*self.kind {
            Kind::Sqlite(engine) => engine.close().await,
            Kind::Postgres(pool) => pool.connections().close().await,
        }
    }

    /// How many connections are in use at this moment.
    pub(crate) fn connections_in_use(&self) -> usize {
        match &*self.kind {
            Kind::Sqlite(engine) => engine.at_work(),
            Kind::Postgres(pool) => pool.connections().in_use(),
        }
    }

    /// How many connections are in use at this moment, and how many transactions wait for SQLite's writer.
    pub(crate) fn load(&self) -> (usize, usize) {
        let waiting = match &*self.kind {
            Kind::Sqlite(engine) => engine.waiting_writers(),
            Kind::Postgres(_) => 0,
        };
        (self.connections_in_use(), waiting)
    }

    /// Whether requests are writing at this moment: SQLite's one writer is at work, or half of PostgreSQL's
    /// connections are in use.
    pub(crate) fn is_busy(&self) -> bool {
        match &*self.kind {
            Kind::Sqlite(engine) => engine.is_writing(),
            Kind::Postgres(pool) => self.connections_in_use() * 2 >= pool.connections().most(),
        }
    }
}

/// A read on PostgreSQL. It would be the larger part of every request's future, which is copied on its way here: so it is
/// boxed.
fn read_on<T, F>(pool: &Postgres, body: F) -> Work<'_, T>
where
    T: Send + 'static,
    F: for<'t, 'c> FnOnce(&'t mut Conn<'c>) -> Work<'t, T> + Clone + Send + 'static,
{
    let (body, found) = reading(body);
    Box::pin(async move {
        if pool.is_pooled() {
            let pool = pool.clone();
            joined(tokio::spawn(async move { pool.read(body).await })).await?;
        } else {
            pool.read(body).await?;
        }
        Ok(found.take())
    })
}

/// A transaction on PostgreSQL.
async fn write_on(pool: &Postgres, writes: Writes, body: Writing) -> Result<()> {
    let pool = pool.clone();
    joined(tokio::spawn(async move { pool.write(writes, body).await })).await
}

/// What comes of a task that runs to its end whether or not anybody waits.
async fn joined(task: JoinHandle<Result<()>>) -> Result<()> {
    match task.await {
        Ok(outcome) => outcome,
        Err(stopped) if stopped.is_panic() => std::panic::resume_unwind(stopped.into_panic()),
        Err(_) => Err(Error::Away("the server is shutting down".to_owned())),
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
