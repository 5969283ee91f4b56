//! What runs on PostgreSQL: bodies that read, and transactions.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use sqlx::{Connection, PgConnection};
use tokio::time::timeout;

use super::body::{Reading, Writing};
use super::conn::{Conn, Inner, Tx, Work};
use super::connections::{Connections, Lent};
use super::error::{Error, Result};
use super::faults::Faults;
use super::hosts::{self, Hosts, Use};
use super::user_table::UserTable;

/// How long the statements of a request may take. PostgreSQL ends each before that, if it still does anything.
const ANSWER: Duration = Duration::from_secs(12);
/// How often a transaction is run again that PostgreSQL ended for another's sake.
const ATTEMPTS: u32 = 5;

/// How long a statement may take.
pub(super) const STATEMENT_TIMEOUT: (&str, &str) = ("statement_timeout", "10s");

const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";
/// How long a lock that was held too long is taken to be held still.
const HELD: Duration = Duration::from_secs(10);
/// How a transaction begins meanwhile: whoever waits for such a lock is not to hold up those who need none.
const BEGIN_SHORT: &str = "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = '100ms'";
/// How transactions begin behind PgBouncer, where nothing can be set for longer: they are [`STATEMENT_TIMEOUT`] and that of locks.
const BEGIN_POOLED: &str = "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL statement_timeout = '10s'; SET LOCAL lock_timeout = '2s'";
const BEGIN_POOLED_SHORT: &str = "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL statement_timeout = '10s'; SET LOCAL lock_timeout = '100ms'";

/// A database of PostgreSQL; cheap to clone.
#[derive(Clone)]
pub(super) struct Postgres {
    connections: Connections,
    faults: Faults,
    users: UserTable,
    /// Whether PgBouncer lends us a session of PostgreSQL's for a transaction, and another one for the next.
    is_pooled: bool,
    /// When a write last waited for a lock in vain.
    met_lock: Arc<Mutex<Option<Instant>>>,
}

/// How a body writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Writes {
    /// Statements in a transaction.
    Together,
    /// One statement, which is a transaction of its own: there is no `BEGIN` and no `COMMIT` to wait for.
    Once,
    /// Statements in a transaction, for which nobody waits but who started the program.
    Patiently,
}

impl Postgres {
    /// Opens a first connection, one that may write: what is wrong with it is known at once.
    pub(super) async fn open(
        hosts: Hosts,
        most: u32,
        faults: &Faults,
        users: UserTable,
    ) -> Result<Self> {
        Ok(Self {
            is_pooled: hosts.is_pooled(),
            connections: Connections::open(hosts, most).await?,
            faults: faults.clone(),
            users,
            met_lock: Arc::default(),
        })
    }

    /// Whether a body that reads runs in a transaction, which has to be ended whether or not the client is still there.
    pub(super) fn is_pooled(&self) -> bool {
        self.is_pooled
    }

    /// What it runs on.
    pub(super) fn connections(&self) -> &Connections {
        &self.connections
    }

    /// Runs a body that reads; once more where the connection is found to have been gone before.
    pub(super) async fn read(&self, mut body: Reading) -> Result<()> {
        self.faults.step()?;
        let mut lent = self.connections.lend(Use::Reads).await?;
        let may_be_gone = lent.is_unasked;
        let found = self.look(&mut lent, &mut body, may_be_gone).await;
        let is_gone = lent.end(found.as_ref().err()).await;
        if !(is_gone && may_be_gone) {
            return found;
        }
        drop(lent);
        let mut lent = self.connections.lend(Use::Reads).await?;
        let found = self.look(&mut lent, &mut body, false).await;
        lent.end(found.as_ref().err()).await;
        found
    }

    async fn look(&self, lent: &mut Lent, body: &mut Reading, is_to_be_kept: bool) -> Result<()> {
        if self.is_pooled {
            let begun = self.begun(lent.conn(), BEGIN_POOLED, Use::Reads);
            let work = async {
                let tx = begun.await?;
                self.ended(tx, |tx| body(tx, is_to_be_kept)).await
            };
            return in_time(work).await;
        }
        let mut conn = Conn::new(Inner::Postgres(lent.conn()), &self.faults, self.users);
        in_time(body(&mut conn, is_to_be_kept)).await
    }

    /// Runs a body that writes, again where the database ended it for another's sake, and once more where the connection
    /// is found to have been gone before it began.
    pub(super) async fn write(&self, writes: Writes, body: Writing) -> Result<()> {
        let mut attempt = 1;
        let mut may_be_gone = true;
        loop {
            self.faults.step()?;
            let mut lent = self.connections.lend(Use::Writes).await?;
            let mut has_begun = true;
            let begin = match writes {
                _ if self.is_pooled && writes != Writes::Patiently && self.is_locked() => {
                    Some(BEGIN_POOLED_SHORT)
                }
                _ if self.is_pooled => Some(BEGIN_POOLED),
                Writes::Together | Writes::Once if self.is_locked() => Some(BEGIN_SHORT),
                Writes::Together | Writes::Patiently => Some(BEGIN),
                Writes::Once => None,
            };
            let outcome = match begin {
                None => in_time(self.statement(lent.conn(), &body)).await,
                Some(begin) => {
                    has_begun = false;
                    let starting = self.begun(lent.conn(), begin, Use::Writes);
                    let work = async {
                        let tx = starting.await?;
                        has_begun = true;
                        self.ended(tx, &body).await
                    };
                    if writes == Writes::Patiently {
                        work.await
                    } else {
                        in_time(work).await
                    }
                }
            };
            if matches!(outcome, Err(Error::Busy(_))) {
                *self.met_lock() = Some(Instant::now());
            }
            let is_gone = lent.end(outcome.as_ref().err()).await;
            match outcome {
                Err(error) if attempt < ATTEMPTS && error.is_retryable() => attempt += 1,
                Err(_) if is_gone && !has_begun && lent.is_unasked && may_be_gone => {
                    may_be_gone = false;
                }
                outcome => return outcome,
            }
        }
    }

    /// Runs a body on a connection of its own.
    pub(super) async fn alone<T>(
        &self,
        body: impl for<'t, 'c> FnOnce(&'t mut Conn<'c>) -> Work<'t, T>,
    ) -> Result<T> {
        let mut own = self.connections.own().await?;
        let outcome = body(&mut Conn::new(
            Inner::Postgres(&mut own),
            &self.faults,
            self.users,
        ))
        .await;
        hosts::close(own).await;
        outcome
    }

    fn met_lock(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.met_lock.lock().expect("nobody panics with this lock")
    }

    /// Whether a write has waited for a lock in vain lately.
    fn is_locked(&self) -> bool {
        self.met_lock().is_some_and(|met| met.elapsed() < HELD)
    }

    /// Begins a transaction. One behind PgBouncer proves itself each time: the session before it may have been another
    /// server's.
    async fn begun<'c>(
        &self,
        conn: &'c mut PgConnection,
        begin: &'static str,
        r#use: Use,
    ) -> Result<Tx<'c>> {
        let mut open = conn.begin_with(begin).await?;
        if self.is_pooled && r#use == Use::Writes {
            hosts::prove(&mut open).await?;
        }
        let inner = if self.is_pooled {
            Inner::Pooled(open)
        } else {
            Inner::PostgresTx(open)
        };
        Ok(Tx::new(inner, &self.faults, self.users))
    }

    /// Runs a body in a transaction, and ends that.
    async fn ended(
        &self,
        mut tx: Tx<'_>,
        body: impl for<'t, 'c> FnOnce(&'t mut Tx<'c>) -> Work<'t, ()>,
    ) -> Result<()> {
        let outcome = body(&mut tx).await;
        let ended = tx.end(outcome.is_ok()).await;
        outcome.and(ended)
    }

    async fn statement(&self, conn: &mut PgConnection, body: &Writing) -> Result<()> {
        let inner = Inner::PostgresOnce(Some(conn));
        body(&mut Tx::new(inner, &self.faults, self.users)).await?;
        // a connection may be lost after the database has committed
        self.faults.step()
    }
}

/// What comes of statements, or that nothing does.
async fn in_time(work: impl Future<Output = Result<()>>) -> Result<()> {
    let late = |_| {
        Err(Error::Away(format!(
            "PostgreSQL has not answered for {} s",
            ANSWER.as_secs()
        )))
    };
    timeout(ANSWER, work).await.unwrap_or_else(late)
}
