//! PostgreSQL's connections, and what runs on them.
//!
//! sqlx's own pool asks the database for a sign of life before and after each use: three round trips for one statement.
//! This one asks only a connection that has idled, or whose last use did not end well.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, PgConnection};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant as Deadline, timeout_at};

use super::conn::{Conn, Inner, Tx, Work};
use super::error::{Error, Result};
use super::faults::Faults;

/// How long a request waits for a connection.
const WAIT: Duration = Duration::from_secs(3);
/// After this time without use a connection is asked whether it is still there.
const FRESH: Duration = Duration::from_millis(100);
/// After this time a connection is closed: what the database keeps for one grows.
const LIFETIME: Duration = Duration::from_mins(30);
/// How often a transaction is run again that PostgreSQL ended for another's sake.
const ATTEMPTS: u32 = 5;

/// At most so many connections; cheap to clone.
#[derive(Clone)]
pub(super) struct Postgres(Arc<Shared>);

struct Shared {
    options: PgConnectOptions,
    idle: Mutex<Vec<Kept>>,
    free: Arc<Semaphore>,
    most: u32,
    faults: Faults,
}

/// A connection between two uses.
struct Kept {
    conn: PgConnection,
    born: Instant,
    /// When it was used last; none where that use did not end well.
    used: Option<Instant>,
}

/// A connection in use, given back when dropped.
struct Lent {
    kept: Option<Kept>,
    shared: Arc<Shared>,
    _permit: OwnedSemaphorePermit,
}

/// How a body writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Writes {
    /// Statements in a transaction.
    Together,
    /// One statement, which is a transaction of its own: there is no `BEGIN` and no `COMMIT` to wait for.
    Once,
}

impl Postgres {
    /// Opens a first connection: what is wrong with it is known at once.
    pub(super) async fn open(
        options: PgConnectOptions,
        most: u32,
        faults: &Faults,
    ) -> sqlx::Result<Self> {
        let first = tokio::time::timeout(WAIT, options.connect());
        let first = first.await.map_err(|_| sqlx::Error::PoolTimedOut)??;
        let shared = Shared {
            options,
            idle: Mutex::new(vec![Kept::new(first)]),
            free: Arc::new(Semaphore::new(most as usize)),
            most,
            faults: faults.clone(),
        };
        Ok(Self(Arc::new(shared)))
    }

    /// Runs a body that reads.
    pub(super) async fn read<T>(
        &self,
        body: impl for<'t, 'c> FnOnce(&'t mut Conn<'c>) -> Work<'t, T>,
    ) -> Result<T> {
        self.0.faults.step()?;
        let mut lent = self.lend().await?;
        let found = body(&mut Conn::new(Inner::Postgres(lent.conn()), &self.0.faults)).await;
        lent.end(&found);
        found
    }

    /// Runs a body that writes, again where the database ended it for another's sake.
    pub(super) async fn write<T>(
        &self,
        writes: Writes,
        body: impl for<'t, 'c> Fn(&'t mut Tx<'c>) -> Work<'t, T>,
    ) -> Result<T> {
        let mut attempt = 1;
        loop {
            self.0.faults.step()?;
            let mut lent = self.lend().await?;
            let outcome = match writes {
                Writes::Together => self.transaction(lent.conn(), &body).await,
                Writes::Once => self.statement(lent.conn(), &body).await,
            };
            lent.end(&outcome);
            match outcome {
                Err(error) if attempt < ATTEMPTS && error.is_retryable() => attempt += 1,
                outcome => return outcome,
            }
        }
    }

    async fn transaction<T>(
        &self,
        conn: &mut PgConnection,
        body: &impl for<'t, 'c> Fn(&'t mut Tx<'c>) -> Work<'t, T>,
    ) -> Result<T> {
        let begun = conn.begin_with("BEGIN ISOLATION LEVEL READ COMMITTED");
        let mut tx = Tx::new(Inner::PostgresTx(begun.await?), &self.0.faults);
        let outcome = body(&mut tx).await;
        let ended = tx.end(outcome.is_ok()).await;
        let value = outcome?;
        ended.map(|()| value)
    }

    async fn statement<T>(
        &self,
        conn: &mut PgConnection,
        body: &impl for<'t, 'c> Fn(&'t mut Tx<'c>) -> Work<'t, T>,
    ) -> Result<T> {
        let value = body(&mut Tx::new(
            Inner::PostgresOnce(Some(conn)),
            &self.0.faults,
        ))
        .await?;
        // a connection may be lost after the database has committed
        self.0.faults.step()?;
        Ok(value)
    }

    /// Closes every connection, after those in use are given back.
    pub(super) async fn close(&self) {
        // whoever holds one gives it back; an error says that all are closed already
        let all = self.0.free.acquire_many(self.0.most).await;
        self.0.free.close();
        drop(all);
        let idle = std::mem::take(&mut *self.0.idle());
        for kept in idle {
            kept.close().await;
        }
    }

    /// How many connections are in use.
    pub(super) fn in_use(&self) -> usize {
        self.0.most as usize - self.0.free.available_permits()
    }

    /// How many connections there may be.
    pub(super) fn most(&self) -> usize {
        self.0.most as usize
    }

    async fn lend(&self) -> Result<Lent> {
        let deadline = Deadline::now() + WAIT;
        let late = || Error::Busy("no connection within the time allowed".to_owned());
        let permit = timeout_at(deadline, self.0.free.clone().acquire_owned()).await;
        let closed = |_| Error::Away("the server is shutting down".to_owned());
        let permit = permit.map_err(|_| late())?.map_err(closed)?;
        let kept = timeout_at(deadline, self.0.sound()).await;
        Ok(Lent {
            kept: Some(kept.map_err(|_| late())??),
            shared: self.0.clone(),
            _permit: permit,
        })
    }
}

impl Shared {
    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Kept>> {
        self.idle.lock().expect("nobody panics with this lock")
    }

    /// The connection that was used last, if it is still there, or a new one.
    async fn sound(&self) -> sqlx::Result<Kept> {
        loop {
            let Some(mut kept) = self.idle().pop() else {
                return self.options.connect().await.map(Kept::new);
            };
            if kept.born.elapsed() > LIFETIME {
                kept.close().await;
                continue;
            }
            let is_fresh = kept.used.is_some_and(|used| used.elapsed() < FRESH);
            // sqlx first reads what is left of a use that was broken off
            if is_fresh || kept.conn.ping().await.is_ok() {
                return Ok(kept);
            }
        }
    }
}

impl Kept {
    fn new(conn: PgConnection) -> Self {
        let born = Instant::now();
        Self {
            conn,
            born,
            used: Some(born),
        }
    }

    async fn close(self) {
        if let Err(error) = self.conn.close().await {
            tracing::debug!(cause = %error, "a connection to PostgreSQL could not be closed");
        }
    }
}

impl Lent {
    fn conn(&mut self) -> &mut PgConnection {
        let kept = self.kept.as_mut().expect("it is taken by drop alone");
        kept.used = None; // until it has ended well
        &mut kept.conn
    }

    fn end<T>(&mut self, outcome: &Result<T>) {
        if let (Some(kept), Ok(_)) = (&mut self.kept, outcome) {
            kept.used = Some(Instant::now());
        }
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(kept) = self.kept.take()
            && !std::thread::panicking()
        {
            self.shared.idle().push(kept);
        }
    }
}
