//! PostgreSQL's connections, lent to one use after the other.
//!
//! sqlx's own pool asks the database for a sign of life before and after each use: three round trips for one statement.
//! This one asks only a connection that has idled, or whose last use did not end well. Where one is found to be gone or
//! to take no writes any more, all that idle are given up with it: they were made by the same server.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use sqlx::{Connection, PgConnection};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant as Deadline, timeout, timeout_at};

use super::error::{Error, Result};
use super::hosts::{self, Hosts, Use};

/// How long a request waits for a connection.
const WAIT: Duration = Duration::from_secs(3);
/// How long a sign of life is waited for.
const SIGN: Duration = Duration::from_secs(1);
/// After this time without use a connection is asked whether it is still there.
const FRESH: Duration = Duration::from_millis(100);
/// After this time a connection is closed: what the database keeps for one grows.
const LIFETIME: Duration = Duration::from_mins(30);

/// At most so many connections; cheap to clone.
#[derive(Clone)]
pub(super) struct Connections(Arc<Shared>);

struct Shared {
    hosts: Hosts,
    idle: Mutex<Vec<Kept>>,
    free: Arc<Semaphore>,
    /// Writers who wait for a lock leave some connections to reads.
    free_to_write: Arc<Semaphore>,
    most: usize,
    /// Counts how often all connections were given up.
    age: AtomicU64,
}

/// A connection between two uses.
struct Kept {
    conn: PgConnection,
    born: Instant,
    age: u64,
    /// Whether it has proved that it may write.
    writes: bool,
    /// When it was used last; none where that use did not end well.
    used: Option<Instant>,
}

/// A connection in use, given back when dropped.
pub(super) struct Lent {
    kept: Option<Kept>,
    /// Whether it was used before, and taken without a question.
    pub(super) is_unasked: bool,
    shared: Arc<Shared>,
    _permits: (OwnedSemaphorePermit, Option<OwnedSemaphorePermit>),
}

impl Connections {
    /// Opens a first connection, one that may write: what is wrong with it is known at once.
    pub(super) async fn open(hosts: Hosts, most: u32) -> Result<Self> {
        let patience = hosts.patience().max(WAIT);
        let first = timeout(patience, hosts.connect(Use::Writes, patience)).await;
        let first = first.map_err(|_| Error::Away("it does not answer".to_owned()))??;
        let mut first = first;
        if !hosts.is_pooled() {
            hosts::has_what_was_set(&mut first).await?;
        }
        let most = (most as usize).max(2);
        let for_reads = (most / 4).max(1);
        let shared = Shared {
            hosts,
            idle: Mutex::new(vec![Kept::new(first, 0, Use::Writes)]),
            free: Arc::new(Semaphore::new(most)),
            free_to_write: Arc::new(Semaphore::new(most - for_reads)),
            most,
            age: AtomicU64::new(0),
        };
        Ok(Self(Arc::new(shared)))
    }

    /// Closes every connection, after those in use are given back.
    pub(super) async fn close(&self) {
        // whoever holds one gives it back; an error says that all are closed already
        let all = u32::try_from(self.0.most).unwrap_or(u32::MAX);
        let all = self.0.free.acquire_many(all).await;
        self.0.free.close();
        self.0.free_to_write.close();
        drop(all);
        let idle = std::mem::take(&mut *self.0.idle());
        for kept in idle {
            hosts::close(kept.conn).await;
        }
    }

    /// One beside those that are lent, which may write; whoever has it closes it.
    pub(super) async fn own(&self) -> Result<PgConnection> {
        self.0.hosts.connect(Use::Writes, WAIT).await
    }

    /// How many connections are in use.
    pub(super) fn in_use(&self) -> usize {
        self.0.most - self.0.free.available_permits()
    }

    /// How many connections there may be.
    pub(super) fn most(&self) -> usize {
        self.0.most
    }

    /// One for a use; waits while all are in use.
    pub(super) async fn lend(&self, r#use: Use) -> Result<Lent> {
        let late = |_| Error::Busy("no connection within the time allowed".to_owned());
        timeout_at(Deadline::now() + WAIT, self.lent(r#use))
            .await
            .map_err(late)?
    }

    async fn lent(&self, r#use: Use) -> Result<Lent> {
        let closed = |_| Error::Away("the server is shutting down".to_owned());
        let to_write = match r#use {
            Use::Reads => None,
            Use::Writes => {
                let permit = self.0.free_to_write.clone().acquire_owned();
                Some(permit.await.map_err(closed)?)
            }
        };
        let permit = self.0.free.clone().acquire_owned().await.map_err(closed)?;
        let (kept, is_unasked) = self.0.sound(r#use).await?;
        Ok(Lent {
            kept: Some(kept),
            is_unasked,
            shared: self.0.clone(),
            _permits: (permit, to_write),
        })
    }
}

impl Shared {
    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Kept>> {
        self.idle.lock().expect("nobody panics with this lock")
    }

    /// The connection that was used last, if it will do, or a new one; and whether it was not asked.
    async fn sound(&self, r#use: Use) -> Result<(Kept, bool)> {
        loop {
            let age = self.age.load(Ordering::SeqCst);
            let Some(mut kept) = self.idle().pop() else {
                let conn = self.hosts.connect(r#use, WAIT).await?;
                return Ok((Kept::new(conn, age, r#use), false));
            };
            if kept.age != age || kept.born.elapsed() > LIFETIME {
                tokio::spawn(hosts::close(kept.conn));
                continue;
            }
            if r#use == Use::Writes && !kept.writes {
                if hosts::prove(&mut kept.conn).await.is_ok() {
                    kept.writes = true;
                    return Ok((kept, false));
                }
                tokio::spawn(hosts::close(kept.conn));
                continue;
            }
            if kept.used.is_some_and(|used| used.elapsed() < FRESH) {
                return Ok((kept, true));
            }
            // sqlx first reads what is left of a use that was broken off
            if kept.is_there().await {
                return Ok((kept, false));
            }
            self.give_up(kept.age);
        }
    }

    /// Gives up what was connected in this age, once.
    fn give_up(&self, age: u64) {
        let next = self
            .age
            .compare_exchange(age, age + 1, Ordering::SeqCst, Ordering::SeqCst);
        if next.is_ok() {
            let idle = std::mem::take(&mut *self.idle());
            if !idle.is_empty() {
                tokio::spawn(async {
                    for kept in idle {
                        hosts::close(kept.conn).await;
                    }
                });
            }
        }
    }
}

impl Kept {
    fn new(conn: PgConnection, age: u64, r#use: Use) -> Self {
        let born = Instant::now();
        Self {
            conn,
            born,
            age,
            writes: r#use == Use::Writes,
            used: Some(born),
        }
    }

    async fn is_there(&mut self) -> bool {
        matches!(timeout(SIGN, self.conn.ping()).await, Ok(Ok(())))
    }
}

impl Lent {
    pub(super) fn conn(&mut self) -> &mut PgConnection {
        let kept = self.kept.as_mut().expect("it is taken when it has ended");
        kept.used = None; // until it has ended well
        &mut kept.conn
    }

    /// Judges the connection by what came of its use; whether it is gone.
    pub(super) async fn end(&mut self, failure: Option<&Error>) -> bool {
        let Some(kept) = &mut self.kept else {
            return false;
        };
        let Some(failure) = failure else {
            kept.used = Some(Instant::now());
            return false;
        };
        // a session keeps what its role was told when it began: a search_path, too. One that has just begun knows no better
        let is_unfit = matches!(failure, Error::Unfit(_)) && kept.born.elapsed() > SIGN;
        if !failure.breaks() && !is_unfit {
            return false;
        }
        let is_gone = !kept.is_there().await;
        if is_gone || is_unfit || matches!(failure, Error::ReadOnly(_)) {
            self.shared.give_up(kept.age);
        }
        // another one may find what this one can't
        if let Some(kept) = self.kept.take() {
            tokio::spawn(hosts::close(kept.conn));
        }
        is_gone
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
