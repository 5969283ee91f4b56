//! The clean-up: rows that expired are removed in small transactions, out of the way of requests.
//!
//! A token's rows go once it has expired, by the slowest clock among the replicas. A rotation's row goes when
//! parent *and* successor have: until then somebody may show the parent, and the row tells whose chain is to end.

mod rows;

use std::time::{Duration, Instant};

use rows::Place;

use crate::app::App;
use crate::db::{Db, Dialect, Moment, Tx, meta};
use crate::settings::Settings;

/// At most this many rows go in one transaction,
const ROWS: u64 = 500;
/// and it ends before it has held the writer for 5 ms: what is left after this is for the last chunk and the commit.
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
/// How long a post's `Idempotency-Key` is known, in seconds.
const POST_KEY_LIFETIME: i64 = 24 * 60 * 60;
/// How long `serve` waits between two rounds, and up to how much longer, so that replicas spread.
const INTERVAL: Duration = Duration::from_mins(10);
const SPREAD: u8 = 60;

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

/// Removes all that has expired from the database of `app`, by its clock and `simple_jwt.leeway`.
///
/// `serve` does this every ten minutes by itself; a program that mounts [`router`](crate::router) calls it.
///
/// # Errors
/// What the database fails with. What was removed until then stays removed.
pub async fn flush_expired_tokens(app: &App) -> sqlx::Result<Flushed> {
    flush(app.db(), app.settings(), app.clock().now()).await
}

/// Cleans up again and again, for as long as the server runs.
pub(crate) async fn run(app: App) {
    loop {
        match flush_expired_tokens(&app).await {
            Ok(done) if done.rows > 0 => {
                tracing::info!(rows = done.rows, "expired rows were removed");
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(cause = %error, "expired rows could not be removed; next try in ten minutes");
            }
        }
        let spread = u64::from(app.entropy().bytes()[0] % SPREAD);
        tokio::time::sleep(INTERVAL + Duration::from_secs(spread)).await;
    }
}

/// How long after its expiry a token must be known, in seconds: some server of this database may still accept it.
const SLACK: &str = "cleanup.slack";

fn own_slack(settings: &Settings) -> i64 {
    settings.simple_jwt.leeway.get() + settings.tokens.clock_slack.get()
}

async fn known_slack(db: &Db) -> sqlx::Result<i64> {
    let known = meta::get(&mut db.read().await?, SLACK).await?;
    Ok(known.and_then(|known| known.parse().ok()).unwrap_or(0))
}

/// Lets every process that cleans up this database know for how long this server accepts what has expired. Without
/// that, a command with other settings would remove what says that a token was logged out.
pub(crate) async fn announce(db: &Db, settings: &Settings) -> sqlx::Result<()> {
    let ours = own_slack(settings);
    if known_slack(db).await? < ours {
        meta::raise(db, SLACK, ours).await?;
    }
    Ok(())
}

/// The same with what a command has.
pub(crate) async fn flush(db: &Db, settings: &Settings, now: Moment) -> sqlx::Result<Flushed> {
    let slack = own_slack(settings).max(known_slack(db).await?);
    let mut all = Flushed::default();
    for (table, age) in [
        (Table::Tokens, slack),
        (Table::Rotations(Place::start()), slack),
        (Table::PostKeys, POST_KEY_LIFETIME),
    ] {
        let smallest = match db.dialect() {
            Dialect::Sqlite => SMALLEST_CHUNK,
            Dialect::Postgres => SMALLEST_CHUNK_POSTGRES,
        };
        let mut work = Work {
            table,
            until: now
                .plus(-age)
                .ok_or_else(|| sqlx::Error::Protocol("the clock is before the year 1".into()))?,
            chunk: smallest.max(LARGEST_CHUNK / 4),
            smallest,
        };
        loop {
            wait_for_a_gap(db).await;
            let done = transaction(db, &mut work).await?;
            all.rows += done.rows;
            all.transactions += 1;
            all.largest = all.largest.max(done.rows);
            all.longest = all.longest.max(done.took);
            if done.is_last {
                break;
            }
            // at most half of the writer's time, even where nobody else asks for it
            tokio::time::sleep(done.took).await;
        }
    }
    Ok(all)
}

#[derive(Clone)]
enum Table {
    Tokens,
    Rotations(Place),
    PostKeys,
}

/// One table's clean-up, between its transactions.
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
async fn transaction(db: &Db, work: &mut Work) -> sqlx::Result<Done> {
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
    async fn next(&mut self, tx: &mut Tx) -> sqlx::Result<(u64, bool)> {
        let (until, chunk) = (self.until, self.chunk);
        match &self.table {
            Table::Tokens => {
                let (listed, tokens) = rows::tokens(tx, until, chunk).await?;
                Ok((listed + tokens, listed + tokens == 0))
            }
            Table::Rotations(place) => {
                let (next, removed) = rows::rotations(tx, place, until, chunk).await?;
                let is_last = next.is_none();
                self.table = Table::Rotations(next.unwrap_or_else(Place::start));
                Ok((removed, is_last))
            }
            Table::PostKeys => {
                let removed = rows::post_keys(tx, until, chunk).await?;
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
        let writing = db.begin().await.unwrap();
        assert!(waited().await >= PATIENCE);
        let ((), waited_for) = tokio::join!(
            async {
                tokio::time::sleep(Duration::from_millis(10)).await;
                drop(writing);
            },
            waited()
        );
        assert!(waited_for >= Duration::from_millis(10), "{waited_for:?}");
        assert!(waited().await < PATIENCE);
    }
}
