//! A copy of a database's file, made while others write to it, by SQLite's own backup.
//!
//! One read transaction stays open from the first page to the last, so the copy is the database of one moment: what was
//! committed before that is in it, and nothing else. With a WAL it keeps no writer waiting. `VACUUM INTO` reads the same
//! snapshot, but makes each table and index anew, which takes many times as long, and as long the WAL can't be begun
//! again.

use std::path::Path;
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use crate::db::error::Error;

/// How many pages are copied between two looks at who listens: 4 MiB.
const PAGES: i32 = 1024;
/// What of a path means something else in a URI.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/');
/// How long the first look at the file waits for another process.
const WAIT: Duration = Duration::from_secs(10);

/// Why there is no copy.
#[derive(Debug)]
pub(crate) enum BackupFailure {
    /// The file holds no tables of this program's, nor of Django's.
    Foreign,
    /// The database can't be read.
    Source(Error),
    /// The copy can't be written.
    Target(Error),
    /// The copy is damaged, as SQLite says: so is the database.
    Damaged(String),
}

/// Copies the database at `source` over the empty file at `target`, and has SQLite check the copy; tells `step` how many
/// pages are left of how many. Says whether the database is half a copy of another one. Blocks its thread.
///
/// # Errors
/// Why there is no copy; the file at `target` then holds nothing of use.
pub(crate) fn back_up(
    source: &Path,
    target: &Path,
    step: impl FnMut(u32, u32),
) -> Result<bool, BackupFailure> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let read = open(source, flags).and_then(|from| {
        // a read begins the transaction, not BEGIN
        from.execute_batch("PRAGMA query_only = ON; BEGIN; SELECT COUNT(*) FROM sqlite_schema")?;
        let has = |table| from.table_exists(None, table);
        let is_known = has("gatepost_migrations")? || has("django_migrations")?;
        let is_half = has("gatepost_copy")?;
        Ok((from, is_known, is_half))
    });
    let (from, is_known, is_half) = read.map_err(|error| BackupFailure::Source(error.into()))?;
    if !is_known {
        return Err(BackupFailure::Foreign);
    }
    pages(&from, target, flags, step)?;
    match check(target).map_err(|error| BackupFailure::Target(error.into()))? {
        found if found == "ok" => Ok(is_half),
        // it is some lines, and a sentence is one
        found => Err(BackupFailure::Damaged(found.replace('\n', " "))),
    }
}

/// What SQLite says of a copy: "ok", or the first fault.
fn check(copy: &Path) -> rusqlite::Result<String> {
    // nobody else changes it, and said so nothing is made beside it
    let path = percent_encode(copy.as_os_str().as_encoded_bytes(), PATH);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    let copy = Connection::open_with_flags(format!("file:{path}?immutable=1"), flags)?;
    copy.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
}

fn open(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(WAIT)?;
    Ok(connection)
}

/// Copies all pages.
fn pages(
    from: &Connection,
    target: &Path,
    flags: OpenFlags,
    mut step: impl FnMut(u32, u32),
) -> Result<(), BackupFailure> {
    let unwritten = |error: rusqlite::Error| BackupFailure::Target(error.into());
    let mut to = open(target, flags).map_err(unwritten)?;
    // it is synced as a whole once it is there, and where it breaks off it is thrown away
    to.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
        .map_err(unwritten)?;
    let copying = Backup::new(from, &mut to).map_err(unwritten)?;
    loop {
        let done = copying.step(PAGES).map_err(unwritten)?;
        let progress = copying.progress();
        let count = |pages: i32| u32::try_from(pages).unwrap_or(0);
        step(count(progress.remaining), count(progress.pagecount));
        match done {
            StepResult::Done => return Ok(()),
            StepResult::More => {}
            // another program writes to a database without a WAL
            _ => std::thread::sleep(Duration::from_millis(5)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_the_database_of_one_moment_though_others_write() {
        let folder = tempfile::tempdir().unwrap();
        let (source, target) = (folder.path().join("one"), folder.path().join("two"));
        let writer = Connection::open(&source).unwrap();
        // more pages than one step copies
        let made =
            "PRAGMA journal_mode = WAL; CREATE TABLE django_migrations (id); CREATE TABLE row (id INTEGER PRIMARY KEY, text TEXT);
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
            INSERT INTO row SELECT i, hex(randomblob(1000)) FROM n";
        writer.execute_batch(made).unwrap();
        std::fs::File::create_new(&target).unwrap();
        let mut steps = 0;
        back_up(&source, &target, |_, _| {
            steps += 1;
            writer
                .execute_batch("INSERT INTO row (text) VALUES ('later'); UPDATE row SET text = 'x' WHERE id % 7 = 0")
                .unwrap();
        })
        .unwrap();
        assert!(steps > 2, "{steps}");
        let copied = Connection::open(&target).unwrap();
        let count = |which: &str| {
            let query = format!("SELECT COUNT(*) FROM row WHERE {which}");
            copied.query_row(&query, [], |row| row.get::<_, i64>(0))
        };
        assert_eq!(count("true"), Ok(5000));
        assert_eq!(count("length(text) < 2000"), Ok(0));
    }

    #[test]
    fn a_damaged_database_gives_no_copy() {
        let folder = tempfile::tempdir().unwrap();
        let (source, target) = (folder.path().join("one"), folder.path().join("two"));
        let writer = Connection::open(&source).unwrap();
        let made = "CREATE TABLE django_migrations (id); CREATE TABLE row (id INTEGER PRIMARY KEY, text TEXT);
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
            INSERT INTO row SELECT i, hex(randomblob(1000)) FROM n";
        writer.execute_batch(made).unwrap();
        drop(writer);
        let mut bytes = std::fs::read(&source).unwrap();
        // a page in the middle
        bytes[100 * 4096..100 * 4096 + 100].fill(0xff);
        std::fs::write(&source, bytes).unwrap();
        std::fs::File::create_new(&target).unwrap();
        let failed = back_up(&source, &target, |_, _| ());
        assert!(
            matches!(
                failed,
                Err(BackupFailure::Damaged(_) | BackupFailure::Target(_))
            ),
            "{failed:?}"
        );
    }
}
