//! Making and adopting the tables: one transaction, one migrator at a time.

use std::pin::Pin;

use super::conn::{Conn, Dialect, Raw, Tx};
use super::error;
use super::meta;
use super::migrations::{MIGRATIONS, Migration};
use super::pool::Db;
use super::search_index;
use super::statement::sql;
use super::tables::{self, Problem, Weight, Whose};
use super::types::Moment;

/// The table that has it.
const INDEXED: &str = "token_blacklist_outstandingtoken";
/// Our index on a table of Django's, which Django drops where it makes the table anew: looked for at each start
/// but with `--no-migrate`.
const EXPIRES_AT: (&str, &str) = (
    "gatepost_outstanding_expires_at",
    "CREATE INDEX IF NOT EXISTS gatepost_outstanding_expires_at ON token_blacklist_outstandingtoken (expires_at)",
);

/// What was found in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// No table of Django's.
    Empty,
    /// Django's tables, never met by Gatepost.
    Django,
    /// Gatepost's, with this many migrations to apply.
    Gatepost {
        /// How many are not applied yet.
        pending: usize,
    },
}

/// What [`run`] may do with Django's tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Adopt {
    /// Leave a database of Django's as it is: [`Refusal::Django`].
    No,
    /// Add Gatepost's tables to it.
    Yes,
}

/// Why nothing was migrated.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// These are Django's tables and they were not to be adopted.
    Django,
    /// The tables are not what the program could read and write.
    Unfit(Vec<Problem>),
    /// The database was migrated by a newer Gatepost.
    Newer(Newer),
    /// A copy into this database was begun and not ended.
    HalfCopied,
    /// The text of this step has changed since it was applied.
    Changed(&'static str),
    /// The database failed.
    Database(error::Error),
}

/// How far a newer Gatepost has migrated a database.
#[derive(Debug)]
pub(crate) struct Newer {
    /// Its last step.
    pub(crate) number: i64,
    pub(crate) name: String,
    /// The version that migrated it last, where it said so.
    pub(crate) version: Option<String>,
}

/// The name under which `gatepost_meta` has the version that migrated the database last.
const MIGRATED_BY: &str = "migrated_by";

impl From<error::Error> for Refusal {
    fn from(error: error::Error) -> Self {
        Self::Database(error)
    }
}

/// Looks what the database holds; changes nothing.
///
/// # Errors
/// A newer Gatepost has migrated it, or it fails.
pub(crate) async fn state(db: &Db) -> Result<State, Refusal> {
    db.read(|conn| Box::pin(async move { Ok(inspect(conn).await) }))
        .await?
}

/// What is said where the role can't add our index to Django's table; nothing where it can, or somebody has.
///
/// # Errors
/// The database fails.
pub(crate) async fn without_index(conn: &mut Conn<'_>) -> error::Result<Option<String>> {
    if exists(conn, EXPIRES_AT.0).await? || tables::owns(conn, INDEXED).await? {
        return Ok(None);
    }
    let role = tables::role(conn).await?;
    Ok(Some(format!(
        "The role {role} is not the owner of {INDEXED}, so that Gatepost's index is not added and each clean-up reads the whole table; let the owner run `{}`.",
        EXPIRES_AT.1
    )))
}

/// Whether Django has migrated this database: its steps were applied one after another, those of a fresh one at once.
pub(crate) async fn is_used_by_django(conn: &mut Conn<'_>) -> error::Result<bool> {
    let (moments,): (i64,) =
        sql!(conn, "SELECT COUNT(DISTINCT applied) FROM django_migrations" => fetch_one (i64,))?;
    Ok(moments > 1)
}

/// Brings the database to this program's tables, all or nothing; says what was there before.
///
/// # Errors
/// Why nothing was changed.
pub(crate) async fn run(db: &Db, adopt: Adopt, now: Moment) -> Result<State, Refusal> {
    transaction(db, move |tx| Box::pin(migrate(tx, adopt, now))).await
}

/// What comes of looking at the tables or of making them.
type Looked<'t> = Pin<Box<dyn Future<Output = Result<State, Refusal>> + Send + 't>>;

/// Runs `steps` in one transaction, of which a refusal leaves nothing.
async fn transaction<F>(db: &Db, steps: F) -> Result<State, Refusal>
where
    F: for<'t, 'c> Fn(&'t mut Tx<'c>) -> Looked<'t> + Copy + Send + Sync + 'static,
{
    let outcome = db.write_patiently(move |tx| {
        Box::pin(async move {
            match steps(tx).await {
                Err(Refusal::Database(error)) => Err(error),
                Err(refusal) => {
                    tx.abandon();
                    Ok(Err(refusal))
                }
                Ok(state) => Ok(Ok(state)),
            }
        })
    });
    outcome.await?
}

async fn migrate(tx: &mut Tx<'_>, adopt: Adopt, now: Moment) -> Result<State, Refusal> {
    if tx.dialect() == Dialect::Postgres {
        // a large table's index takes longer than a request may, and so does another migrator
        sql!(tx, "SET LOCAL statement_timeout = 0" => execute)?;
        sql!(tx, "SET LOCAL lock_timeout = 0" => execute)?;
        // SQLite's BEGIN IMMEDIATE is a lock already; this number is ours alone
        sql!(tx, "SELECT CAST(pg_advisory_xact_lock(7164836201) AS text)" => fetch_one (Option<String>,))?;
    }
    let before = inspect(tx).await?;
    let mut problems = match before {
        State::Empty => Vec::new(),
        State::Django if adopt == Adopt::No => return Err(Refusal::Django),
        State::Django | State::Gatepost { .. } => tables::problems(tx, Whose::Djangos).await?,
    };
    problems.retain(|problem| problem.weight() > Weight::Remark);
    if !matches!(before, State::Gatepost { .. }) {
        problems.extend(tables::to_make(tx).await?);
        if !problems.is_empty() {
            return Err(Refusal::Unfit(problems));
        }
    }
    let dialect = tx.dialect();
    if !matches!(before, State::Gatepost { .. }) {
        sql!(tx, "CREATE TABLE gatepost_migrations (number bigint NOT NULL PRIMARY KEY, name varchar(255) NOT NULL, applied_at varchar(32) NOT NULL, checksum varchar(64) NULL)" => execute)?;
    } else if !has_checksums(tx).await? {
        sql!(tx, "ALTER TABLE gatepost_migrations ADD COLUMN checksum varchar(64) NULL" => execute)?;
        for step in &MIGRATIONS {
            sql!(tx, "UPDATE gatepost_migrations SET checksum = $2 WHERE number = $1", step.number, step.checksum(dialect) => execute)?;
        }
    }
    let pending = pending(tx).await?;
    for step in &pending {
        if before != State::Django || !step.djangos {
            apply(tx, step.sql(dialect)).await?;
        }
        sql!(tx, "INSERT INTO gatepost_migrations (number, name, applied_at, checksum) VALUES ($1, $2, $3, $4)",
            step.number, step.name, now.rfc3339(), step.checksum(dialect) => execute)?;
    }
    if !pending.is_empty() {
        meta::replace(tx, MIGRATED_BY, env!("CARGO_PKG_VERSION")).await?;
    }
    // the settings may be about another table of users than the one that was made
    if before == State::Empty {
        let mut problems = tables::problems(tx, Whose::All).await?;
        problems.retain(Problem::is_fatal);
        problems.extend(tables::without_columns(tx).await?);
        if !problems.is_empty() {
            return Err(Refusal::Unfit(problems));
        }
    }
    // looked for first: on PostgreSQL the attempt alone would wait for every writer
    if problems.is_empty() && !exists(tx, EXPIRES_AT.0).await? && tables::owns(tx, INDEXED).await? {
        sql!(tx, EXPIRES_AT.1 => execute)?;
    }
    if problems.is_empty() && tx.dialect() == Dialect::Postgres {
        search_index::add_to_small(tx).await?;
    }
    Ok(before)
}

async fn inspect(tx: &mut Conn<'_>) -> Result<State, Refusal> {
    if !exists(tx, "gatepost_migrations").await? {
        let djangos = exists(tx, "django_migrations").await? || exists(tx, "auth_user").await?;
        return Ok(if djangos { State::Django } else { State::Empty });
    }
    if exists(tx, "gatepost_copy").await? {
        return Err(Refusal::HalfCopied);
    }
    let last = sql!(tx, "SELECT number, name FROM gatepost_migrations ORDER BY number DESC LIMIT 1" => fetch_optional (i64, String))?;
    let known = MIGRATIONS[MIGRATIONS.len() - 1].number;
    if let Some((number, name)) = last.filter(|(number, _)| *number > known) {
        let version = meta::get(tx, MIGRATED_BY).await?;
        return Err(Refusal::Newer(Newer {
            number,
            name,
            version,
        }));
    }
    if has_checksums(tx).await? {
        let known = sql!(tx, "SELECT number, checksum FROM gatepost_migrations WHERE checksum IS NOT NULL" => fetch_all (i64, String))?;
        let dialect = tx.dialect();
        let has_changed = |step: &&Migration| {
            let known = known.iter().find(|(number, _)| *number == step.number);
            known.is_some_and(|(_, known)| *known != step.checksum(dialect))
        };
        if let Some(step) = MIGRATIONS.iter().find(has_changed) {
            return Err(Refusal::Changed(step.name));
        }
    }
    let pending = pending(tx).await?.len();
    Ok(State::Gatepost { pending })
}

/// The steps that the database does not record.
async fn pending(tx: &mut Conn<'_>) -> error::Result<Vec<&'static Migration>> {
    let applied = sql!(tx, "SELECT number FROM gatepost_migrations" => fetch_all (i64,))?;
    let is_pending = |step: &&Migration| !applied.contains(&(step.number,));
    Ok(MIGRATIONS.iter().filter(is_pending).collect())
}

/// Whether the steps' checksums are recorded: the first servers did not.
async fn has_checksums(tx: &mut Conn<'_>) -> error::Result<bool> {
    let (count,): (i64,) = sql!(tx,
        sqlite: "SELECT COUNT(*) FROM pragma_table_info('gatepost_migrations') WHERE name = 'checksum'";
        postgres: "SELECT COUNT(*) FROM pg_attribute WHERE attrelid = to_regclass('gatepost_migrations') AND attname = 'checksum' AND NOT attisdropped"
        => fetch_one (i64,))?;
    Ok(count > 0)
}

/// Whether there is a table or an index of this name: both databases keep them apart by name alone. On PostgreSQL it is the one
/// that statements find, in whatever schema of the search_path, as for Django.
async fn exists(tx: &mut Conn<'_>, name: &str) -> error::Result<bool> {
    let (count,): (i64,) = sql!(tx,
        sqlite: "SELECT COUNT(*) FROM sqlite_master WHERE name = $1", name;
        postgres: "SELECT COUNT(*) FROM pg_class WHERE relname = $1 AND pg_table_is_visible(oid)", name
        => fetch_one (i64,))?;
    Ok(count > 0)
}

/// Runs the statements of a step, which the database itself takes apart.
async fn apply(tx: &mut Tx<'_>, text: &'static str) -> error::Result<()> {
    match tx.raw()? {
        Raw::Sqlite(handle) => handle.execute_all(text),
        Raw::Postgres(session) => Ok(sqlx::raw_sql(text).execute(session.conn).await.map(drop)?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_step_may_hold_comments_and_any_ends_of_lines() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("db").display());
        let db = Db::open(&url.parse().unwrap(), 1).await.unwrap();
        let applied = db.write(|tx| {
            Box::pin(async move {
                let text = "-- it's a comment; with an end\r\nCREATE TABLE line (\r\n    text varchar(9) -- ; too\r\n);\r\n/* and; this */ INSERT INTO line VALUES ('a;--b');\r\n-- the end";
                apply(tx, text).await?;
                sql!(tx, "SELECT text FROM line" => fetch_all (String,))
            })
        });
        assert_eq!(applied.await, Ok(vec![("a;--b".to_owned(),)]));
    }
}
