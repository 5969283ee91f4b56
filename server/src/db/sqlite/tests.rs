//! The engine under its own accidents: neighbours that fail, panic or wait, a full disk, a lock that is held too long.

use std::collections::HashMap;
use std::fs;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use futures_util::future::{FutureExt, join_all};
use tempfile::TempDir;
use tokio::task::JoinHandle;

use super::queue::Queue;
use crate::db::{Db, Error, Result, Tx, sql};

/// A database with one table, and whoever holds its writer up.
struct Place {
    db: Db,
    folder: TempDir,
}

/// The writer, held up by a transaction until this is dropped or released.
struct HeldUp {
    end: mpsc::Sender<()>,
    transaction: JoinHandle<Result<()>>,
}

impl HeldUp {
    /// Goes on; it shares the commit of those who wait, where they are few.
    async fn release(self) -> Result<()> {
        drop(self.end);
        self.transaction.await.unwrap()
    }
}

impl Place {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("db").display());
        let db = Db::open(&url.parse().unwrap(), 3).await.unwrap();
        let made = db.write(|tx| {
            Box::pin(async move {
                sql!(tx, "CREATE TABLE line (name text UNIQUE, parent text REFERENCES line (name) DEFERRABLE INITIALLY DEFERRED)" => execute)
            })
        });
        made.await.unwrap();
        Self { db, folder }
    }

    async fn hold_up(&self) -> HeldUp {
        let (end, is_over) = mpsc::channel::<()>();
        let (begun, has_begun) = tokio::sync::oneshot::channel();
        let (is_over, begun) = (Mutex::new(is_over), Mutex::new(Some(begun)));
        let db = self.db.clone();
        let transaction = tokio::spawn(async move {
            let held = db.write(move |_| {
                if let Some(begun) = begun.lock().unwrap().take() {
                    begun.send(()).unwrap();
                }
                let _ = is_over.lock().unwrap().recv();
                Box::pin(async { Ok(()) })
            });
            held.await
        });
        has_begun.await.unwrap();
        HeldUp { end, transaction }
    }

    /// Adds a line, which another one may be the parent of.
    async fn add(&self, name: &str, parent: Option<&str>) -> Result<()> {
        let (name, parent) = (name.to_owned(), parent.map(str::to_owned));
        let added = self.db.write(move |tx| {
            let (name, parent) = (name.clone(), parent.clone());
            Box::pin(async move { add(tx, &name, parent.as_deref()).await })
        });
        added.await
    }

    async fn names(&self) -> Vec<String> {
        let names = self.db.read(|conn| {
            Box::pin(async move {
                sql!(conn, "SELECT name FROM line ORDER BY name" => fetch_all (String,))
            })
        });
        names
            .await
            .unwrap()
            .into_iter()
            .map(|(name,)| name)
            .collect()
    }

    /// How many commits stand in the log of this database, which is too short to begin anew.
    fn commits(&self) -> usize {
        let log = fs::read(self.folder.path().join("db-wal")).unwrap();
        let number = |at: usize| u32::from_be_bytes(log[at..at + 4].try_into().unwrap());
        let frame = 24 + number(8) as usize;
        let frames = (32..log.len()).step_by(frame);
        // the last page of each commit tells the size of the file
        frames.filter(|at| number(at + 4) > 0).count()
    }
}

async fn add(tx: &mut Tx<'_>, name: &str, parent: Option<&str>) -> Result<()> {
    sql!(tx, "INSERT INTO line (name, parent) VALUES ($1, $2)", name, parent => execute).map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_that_wait_share_commits() {
    let place = Place::new().await;
    let names: Vec<_> = (10..74).map(|number| format!("line {number}")).collect();
    let before = place.commits();
    let held = place.hold_up().await;
    let mut writes = Box::pin(join_all(names.iter().map(|name| place.add(name, None))));
    assert!((&mut writes).now_or_never().is_none(), "all wait");
    held.release().await.unwrap();
    writes.await.into_iter().for_each(Result::unwrap);
    assert_eq!(place.names().await, names);
    let commits = place.commits() - before;
    assert!(
        (1..=32).contains(&commits),
        "{commits} commits of 64 writes"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_alone_leaves_its_neighbours_writes() {
    for breaks_at_the_commit in [false, true] {
        let place = Place::new().await;
        place.add("taken", None).await.unwrap();
        let parent = breaks_at_the_commit.then_some("nobody");
        let refused = place.db.write(|tx| {
            Box::pin(async move {
                add(tx, "refused", None).await?;
                tx.abandon();
                Ok("a refusal")
            })
        });
        let panics = tokio::spawn({
            let db = place.db.clone();
            async move {
                let panics = db.write(|tx| {
                    Box::pin(async move {
                        add(tx, "panicked", None).await?;
                        assert!(tx.is_abandoned(), "a test's panic");
                        Ok(())
                    })
                });
                panics.await
            }
        });
        let waits = place.db.write(|tx| {
            Box::pin(async move {
                add(tx, "waited", None).await?;
                tokio::task::yield_now().await;
                Ok(())
            })
        });
        let held = place.hold_up().await;
        let mut all = Box::pin(async {
            tokio::join!(
                place.add("first", None),
                place.add("taken", None),
                place.add("child", parent),
                refused,
                panics,
                waits,
                place.add("last", None),
            )
        });
        assert!((&mut all).now_or_never().is_none(), "all wait");
        held.release().await.unwrap();
        let (first, taken, child, refused, panics, waits, last) = all.await;
        assert_eq!((first, last), (Ok(()), Ok(())));
        assert!(matches!(taken, Err(Error::Refused(_))), "{taken:?}");
        assert_eq!(refused, Ok("a refusal"));
        assert!(panics.unwrap_err().is_panic());
        assert!(matches!(waits, Err(Error::Failed(_))), "{waits:?}");
        if breaks_at_the_commit {
            assert!(matches!(child, Err(Error::Dangling(_))), "{child:?}");
            assert_eq!(place.names().await, ["first", "last", "taken"]);
        } else {
            assert_eq!(child, Ok(()));
            assert_eq!(place.names().await, ["child", "first", "last", "taken"]);
        }
        place.add("next", None).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_fails_the_group_and_the_next_write_succeeds() {
    let place = Place::new().await;
    let filled = place.db.write(|tx| {
        Box::pin(async move { sql!(tx, "PRAGMA max_page_count = 1" => fetch_one (i64,)) })
    });
    // as many pages as there are
    filled.await.unwrap();
    let long = "x".repeat(100_000);
    let held = place.hold_up().await;
    let mut all =
        Box::pin(async { tokio::join!(place.add("short", None), place.add(&long, None)) });
    assert!((&mut all).now_or_never().is_none(), "both wait");
    let held = held.release().await;
    let full = Err(Error::Full("database or disk is full".to_owned()));
    assert!(held.is_ok() || held == full, "{held:?}");
    assert_eq!(all.await, (full.clone(), full));
    assert!(place.names().await.is_empty());
    place.add(&long, None).await.unwrap();
    assert_eq!(place.names().await, [long]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_that_is_held_too_long_fails_who_waits_and_the_next_write_succeeds() {
    let place = Place::new().await;
    let impatient = place.db.write(|tx| {
        Box::pin(async move { sql!(tx, "PRAGMA busy_timeout = 20" => fetch_one (i64,)) })
    });
    impatient.await.unwrap();
    let other = rusqlite::Connection::open(place.folder.path().join("db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let busy = Err(Error::Busy("database is locked".to_owned()));
    let both = async { tokio::join!(place.add("one", None), place.add("two", None)) };
    // the second does not wait once more, and on the new connection for ten seconds
    let both = tokio::time::timeout(Duration::from_secs(5), both).await;
    assert_eq!(both, Ok((busy.clone(), busy)));
    other.execute_batch("COMMIT").unwrap();
    place.add("three", None).await.unwrap();
    assert_eq!(place.names().await, ["three"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_goes_away_stops_no_transaction() {
    let place = Place::new().await;
    let held = place.hold_up().await;
    assert!(place.add("left", None).now_or_never().is_none(), "it waits");
    held.release().await.unwrap();
    place.add("next", None).await.unwrap();
    assert_eq!(place.names().await, ["left", "next"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_that_panics_or_writes_fails_alone() {
    let place = Place::new().await;
    let db = place.db.clone();
    let panics = tokio::spawn(async move { db.read::<(), _>(|_| panic!("a test's panic")).await });
    assert!(panics.await.unwrap_err().is_panic());
    let writes = place
        .db
        .read(|conn| Box::pin(async move { sql!(conn, "DELETE FROM line" => execute) }));
    assert!(writes.await.is_err());
    assert!(place.names().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_done_before_the_end_and_nothing_after_it() {
    let place = Place::new().await;
    let held = place.hold_up().await;
    let mut last = Box::pin(place.add("last", None));
    assert!((&mut last).now_or_never().is_none(), "it waits");
    let (held, ()) = tokio::join!(held.release(), place.db.close());
    held.unwrap();
    last.await.unwrap();
    assert!(matches!(place.add("late", None).await, Err(Error::Away(_))));
    assert_eq!(place.db.connections_in_use(), 0);
    assert!(
        !place.folder.path().join("db-wal").exists(),
        "the last to close tidies up"
    );
    let other = rusqlite::Connection::open(place.folder.path().join("db")).unwrap();
    let names: Vec<String> = other
        .prepare("SELECT name FROM line")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(std::result::Result::unwrap)
        .collect();
    assert_eq!(names, ["last"]);
}

#[test]
fn a_closed_queue_gives_what_waits_and_takes_no_more() {
    let queue = Queue::new(1);
    queue.push("waits");
    queue.close();
    queue.push("late");
    assert!(matches!(queue.take(), Some(("waits", _))));
    assert!(queue.take().is_none());
}

/// A thread that has a connection is used before one that would open another.
#[test]
fn jobs_that_come_one_by_one_are_done_by_one_thread() {
    let queue = Queue::<mpsc::Sender<thread::ThreadId>>::new(8);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while let Some((answer, turn)) = queue.take() {
                    drop(turn);
                    answer.send(thread::current().id()).unwrap();
                }
            });
        }
        let mut jobs = HashMap::new();
        for _ in 0..400 {
            let (answer, done) = mpsc::channel();
            queue.push(answer);
            *jobs.entry(done.recv().unwrap()).or_insert(0) += 1;
        }
        queue.close();
        // on a busy machine another one helps now and then
        assert!(jobs.values().any(|done| *done > 200), "{jobs:?}");
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn an_argument_is_found_by_its_number() {
    let place = Place::new().await;
    let found = place.db.read(|conn| {
        Box::pin(
            async move { sql!(conn, "SELECT $2, $1, $2", "a", "b" => fetch_all (String, String)) },
        )
    });
    assert_eq!(found.await, Ok(vec![("b".to_owned(), "a".to_owned())]));
}

/// A thread behind a long read is helped by another.
#[tokio::test(flavor = "multi_thread")]
async fn a_long_read_holds_nobody_up() {
    let place = Place::new().await;
    let (end, is_over) = mpsc::channel::<()>();
    let is_over = Arc::new(Mutex::new(is_over));
    let mut long = Box::pin(place.db.read(move |_| {
        let _ = is_over.lock().unwrap().recv();
        Box::pin(async { Ok(()) })
    }));
    assert!((&mut long).now_or_never().is_none(), "it is under way");
    // a thread that takes nothing for a while is not waited for
    tokio::time::sleep(Duration::from_millis(5)).await;
    let helped = tokio::time::timeout(Duration::from_secs(10), place.names());
    assert!(helped.await.unwrap().is_empty());
    drop(end);
    long.await.unwrap();
}
