//! One clean-up: small transactions, one after the other, that keep out of the way of requests.

use std::time::{Duration, Instant};

use super::rows::{self, Place, Seen};
use super::slack;
use crate::db::{self, Dates, Db, Dialect, Moment, Tx};
use crate::settings::Settings;
use crate::throttle::KNOWN;
use crate::tokens::stored::Sliding;

/// How many rows one transaction removes at most.
const ROWS: u64 = 500;
/// After this time a transaction begins no further chunk. With its last chunk and the commit it holds the writer for
/// 5 ms at most.
const BUDGET: Duration = Duration::from_millis(2);
/// A chunk that takes longer than this is halved, one that takes less than half of it is doubled.
const CHUNK_TIME: Duration = Duration::from_micros(1500);
const LARGEST_CHUNK: i64 = 100;
const SMALLEST_CHUNK: i64 = 10;
/// PostgreSQL has no one writer that others wait for: a slow moment of it makes no chunk smaller.
const SMALLEST_CHUNK_POSTGRES: i64 = LARGEST_CHUNK;
/// While requests write, the clean-up waits; where they never stop, it takes 5 ms of each 50.
const PATIENCE: Duration = Duration::from_millis(50);
const LOOK_AGAIN: Duration = Duration::from_millis(2);
/// How long a post's `Idempotency-Key` is known, in seconds. The table is there; nothing fills it yet.
const POST_KEY_LIFETIME: i64 = 24 * 60 * 60;

/// What a clean-up did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Flushed {
    /// Rows removed, over all tables.
    pub rows: u64,
    /// Transactions in which they went.
    pub transactions: u64,
    /// Most rows in one transaction.
    pub largest: u64,
    /// Longest time that a transaction held the writer.
    pub longest: Duration,
}

/// Removes what had expired by `now`, in the order that keeps what a later answer depends on.
pub(crate) async fn flush(db: &Db, settings: &Settings, now: Moment) -> db::Result<Flushed> {
    let slack = slack::own(settings).max(slack::known(db).await?);
    let dates = settings.server.dates(db.dialect());
    let sliding = Sliding {
        claim: settings.simple_jwt.sliding_token_refresh_exp_claim.clone(),
        lifetime: settings.simple_jwt.sliding_token_lifetime.get(),
    };
    let mut all = Flushed::default();
    for (table, age) in [
        (Table::Tokens(Seen::start(), dates, sliding), slack),
        (Table::KeptOfSessions, slack),
        (Table::Rotations(Place::start()), slack),
        (Table::PostKeys, POST_KEY_LIFETIME),
        (Table::Buckets, 0),
        (Table::Logins, KNOWN),
    ] {
        let until = now.plus(-age).ok_or_else(too_early)?;
        sweep(db, table, until, &mut all).await?;
    }
    let kept = settings.events.keep.get();
    if kept > 0 {
        let until = now.plus(-kept).ok_or_else(too_early)?;
        sweep(db, Table::Events, until, &mut all).await?;
    }
    if let Some(sessions) = flush_sessions(db, settings, now).await? {
        all.add(sessions);
    }
    Ok(all)
}

/// Removes the sessions of the admin that had expired by `now`; none where this database has no such table.
pub(crate) async fn flush_sessions(
    db: &Db,
    settings: &Settings,
    now: Moment,
) -> db::Result<Option<Flushed>> {
    if !db.read(|conn| Box::pin(rows::has_sessions(conn))).await? {
        return Ok(None);
    }
    let mut all = Flushed::default();
    let until = settings.server.dates(db.dialect()).kept(now);
    sweep(db, Table::Sessions, until, &mut all).await?;
    Ok(Some(all))
}

fn too_early() -> db::Error {
    db::Error::Failed("the clock is before the year 1".to_owned())
}

/// Removes what had expired in one table.
async fn sweep(db: &Db, table: Table, until: Moment, all: &mut Flushed) -> db::Result<()> {
    let smallest = match db.dialect() {
        Dialect::Sqlite => SMALLEST_CHUNK,
        Dialect::Postgres => SMALLEST_CHUNK_POSTGRES,
    };
    let mut work = Work {
        table,
        until,
        chunk: smallest.max(LARGEST_CHUNK / 4),
        smallest,
    };
    loop {
        wait_for_a_gap(db).await;
        let done = transaction(db, &mut work).await?;
        all.add(Flushed {
            rows: done.rows,
            transactions: 1,
            largest: done.rows,
            longest: done.took,
        });
        if done.is_last {
            return Ok(());
        }
        // at most half of the writer's time, even where nobody else asks for it
        tokio::time::sleep(done.took).await;
    }
}

impl Flushed {
    fn add(&mut self, more: Self) {
        self.rows += more.rows;
        self.transactions += more.transactions;
        self.largest = self.largest.max(more.largest);
        self.longest = self.longest.max(more.longest);
    }
}

#[derive(Clone)]
enum Table {
    Tokens(Seen, Dates, Sliding),
    Rotations(Place),
    /// What is kept of a login beside its token.
    KeptOfSessions,
    PostKeys,
    Buckets,
    Logins,
    /// Tokens that were used twice.
    Events,
    /// Of the admin; Django's table.
    Sessions,
}

/// How far a table is cleaned up, between two transactions.
#[derive(Clone)]
struct Work {
    table: Table,
    until: Moment,
    /// How many of a table's rows one statement takes.
    chunk: i64,
    /// How few it takes at least.
    smallest: i64,
}

struct Done {
    rows: u64,
    took: Duration,
    is_last: bool,
}

/// Waits while requests write: they are served first.
async fn wait_for_a_gap(db: &Db) {
    let begun = Instant::now();
    while db.is_busy() && begun.elapsed() < PATIENCE {
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// Removes chunks until the transaction is full, in rows or in time, or nothing is left.
async fn transaction(db: &Db, work: &mut Work) -> db::Result<Done> {
    let before = work.clone();
    let written = db.write(move |tx| {
        let mut work = before.clone();
        Box::pin(async move {
            let begun = Instant::now();
            let mut rows = 0;
            loop {
                let at = Instant::now();
                let (removed, is_last) = work.next(tx).await?;
                rows += removed;
                work.adapt(at.elapsed());
                // a chunk of tokens takes as many rows of the blacklist
                let is_full = rows + 2 * work.chunk.unsigned_abs() > ROWS;
                if is_last || is_full || begun.elapsed() > BUDGET {
                    return Ok((work, rows, is_last, begun));
                }
            }
        })
    });
    let (after, rows, is_last, begun) = written.await?;
    *work = after;
    Ok(Done {
        rows,
        took: begun.elapsed(),
        is_last,
    })
}

impl Work {
    /// Removes one chunk; whether it was the last.
    async fn next(&mut self, tx: &mut Tx<'_>) -> db::Result<(u64, bool)> {
        let (until, chunk) = (self.until, self.chunk);
        match &mut self.table {
            Table::Tokens(seen, dates, sliding) => {
                let (next, removed) =
                    rows::tokens(tx, *seen, until, *dates, sliding, chunk).await?;
                *seen = next.unwrap_or(*seen);
                Ok((removed, next.is_none()))
            }
            Table::Rotations(place) => {
                let (next, removed) = rows::rotations(tx, place, until, chunk).await?;
                let is_last = next.is_none();
                self.table = Table::Rotations(next.unwrap_or_else(Place::start));
                Ok((removed, is_last))
            }
            Table::KeptOfSessions => {
                let (lives_on, removed) = rows::kept_of_sessions(tx, until, chunk).await?;
                Ok((removed, lives_on + removed == 0))
            }
            Table::PostKeys => {
                let removed = rows::post_keys(tx, until, chunk).await?;
                Ok((removed, removed == 0))
            }
            Table::Buckets => {
                let removed = rows::buckets(tx, until, chunk).await?;
                Ok((removed, removed == 0))
            }
            Table::Logins => {
                let removed = rows::logins(tx, until, chunk).await?;
                Ok((removed, removed == 0))
            }
            Table::Events => {
                let removed = rows::events(tx, until, chunk).await?;
                Ok((removed, removed == 0))
            }
            Table::Sessions => {
                let removed = rows::sessions(tx, until, chunk).await?;
                Ok((removed, removed == 0))
            }
        }
    }

    /// Fits the chunks to the speed of the database.
    fn adapt(&mut self, took: Duration) {
        if took > CHUNK_TIME {
            self.chunk = (self.chunk / 2).max(self.smallest);
        } else if took < CHUNK_TIME / 2 {
            self.chunk = (self.chunk * 2).min(LARGEST_CHUNK);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_waits_while_somebody_writes_but_not_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("db").display());
        let db = Db::open(&url.parse().unwrap(), 2).await.unwrap();
        let waited = async || {
            let begun = Instant::now();
            wait_for_a_gap(&db).await;
            begun.elapsed()
        };
        let (end, is_over) = std::sync::mpsc::channel::<()>();
        let is_over = std::sync::Mutex::new(is_over);
        let writing = tokio::spawn({
            let db = db.clone();
            async move {
                let until_over = db.write(move |_| {
                    let _ = is_over.lock().unwrap().recv();
                    Box::pin(async { Ok(()) })
                });
                until_over.await
            }
        });
        while !db.is_busy() {
            tokio::task::yield_now().await;
        }
        assert!(waited().await >= PATIENCE);
        let ((), waited_for) = tokio::join!(
            async {
                tokio::time::sleep(Duration::from_millis(10)).await;
                drop(end);
            },
            waited()
        );
        assert!(waited_for >= Duration::from_millis(10), "{waited_for:?}");
        writing.await.unwrap().unwrap();
        assert!(waited().await < PATIENCE);
    }
}
