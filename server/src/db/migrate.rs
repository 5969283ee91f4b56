//! Making and adopting the tables: one transaction, one migrator at a time.

use sqlx::Executor;

use super::{Db, Dialect, Moment, Tx, sql};

/// One step. Numbers and names are the same on both databases.
struct Migration {
    number: i64,
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
    /// Whether a database that Django has made holds this already.
    djangos: bool,
}

const MIGRATIONS: [Migration; 4] = [
    Migration {
        number: 1,
        name: "django",
        sqlite: include_str!("../../migrations/sqlite/0001_django.sql"),
        postgres: include_str!("../../migrations/postgres/0001_django.sql"),
        djangos: true,
    },
    Migration {
        number: 2,
        name: "django_rows",
        sqlite: include_str!("../../migrations/0002_django_rows.sql"),
        postgres: include_str!("../../migrations/0002_django_rows.sql"),
        djangos: true,
    },
    Migration {
        number: 3,
        name: "gatepost",
        sqlite: include_str!("../../migrations/sqlite/0003_gatepost.sql"),
        postgres: include_str!("../../migrations/postgres/0003_gatepost.sql"),
        djangos: false,
    },
    Migration {
        number: 4,
        name: "cleanup",
        sqlite: include_str!("../../migrations/0004_cleanup.sql"),
        postgres: include_str!("../../migrations/0004_cleanup.sql"),
        djangos: false,
    },
];

/// Our index on a table of Django's, which Django drops where it makes the table anew: looked for at each start
/// but with `--no-migrate`.
const EXPIRES_AT: (&str, &str) = (
    "gatepost_outstanding_expires_at",
    "CREATE INDEX IF NOT EXISTS gatepost_outstanding_expires_at ON token_blacklist_outstandingtoken (expires_at)",
);

/// What was found in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
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
pub enum Adopt {
    /// Leave a database of Django's as it is: [`Refusal::Django`].
    No,
    /// Add Gatepost's tables to it.
    Yes,
}

/// Why nothing was migrated.
#[derive(Debug)]
pub enum Refusal {
    /// These are Django's tables and they were not to be adopted.
    Django,
    /// Django itself has not applied this migration of its own.
    Unmigrated(String),
    /// The database was migrated by a newer Gatepost, as far as this number.
    Newer(i64),
    /// The database failed.
    Database(sqlx::Error),
}

impl From<sqlx::Error> for Refusal {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

/// Looks what the database holds; changes nothing.
///
/// # Errors
/// A newer Gatepost has migrated it, or it fails.
pub async fn state(db: &Db) -> Result<State, Refusal> {
    let mut tx = db.begin().await?;
    inspect(&mut tx).await
}

/// Brings the database to this program's tables, all or nothing; says what was there before.
///
/// # Errors
/// Why nothing was changed.
pub async fn run(db: &Db, adopt: Adopt, now: Moment) -> Result<State, Refusal> {
    let mut tx = db.begin().await?;
    if tx.dialect() == Dialect::Postgres {
        // a large table's index takes longer than a request may
        sql!(&mut tx, "SET LOCAL statement_timeout = 0" => execute)?;
        // SQLite's BEGIN IMMEDIATE is a lock already; this number is ours alone
        sql!(&mut tx, "SELECT CAST(pg_advisory_xact_lock(7164836201) AS text)" => fetch_one (Option<String>,))?;
    }
    let before = inspect(&mut tx).await?;
    if before == State::Django {
        if adopt == Adopt::No {
            return Err(Refusal::Django);
        }
        let missing = missing_in_django(&mut tx).await?;
        if let Some(name) = missing {
            return Err(Refusal::Unmigrated(name));
        }
    }
    if before != (State::Gatepost { pending: 0 }) {
        sql!(&mut tx, "CREATE TABLE IF NOT EXISTS gatepost_migrations (number bigint NOT NULL PRIMARY KEY, name varchar(255) NOT NULL, applied_at varchar(32) NOT NULL)" => execute)?;
        for migration in &MIGRATIONS {
            if !is_applied(&mut tx, migration.number).await? {
                if before != State::Django || !migration.djangos {
                    apply(&mut tx, migration).await?;
                }
                sql!(&mut tx, "INSERT INTO gatepost_migrations (number, name, applied_at) VALUES ($1, $2, $3)",
                    migration.number, migration.name, now.rfc3339() => execute)?;
            }
        }
    }
    // looked for first: on PostgreSQL the attempt alone would wait for every writer
    if !exists(&mut tx, EXPIRES_AT.0).await? {
        sql!(&mut tx, EXPIRES_AT.1 => execute)?;
    }
    tx.commit().await?;
    Ok(before)
}

async fn inspect(tx: &mut Tx) -> Result<State, Refusal> {
    if !exists(tx, "gatepost_migrations").await? {
        let djangos = exists(tx, "django_migrations").await? || exists(tx, "auth_user").await?;
        return Ok(if djangos { State::Django } else { State::Empty });
    }
    let (last, applied): (i64, i64) = sql!(tx, "SELECT COALESCE(MAX(number), 0), COUNT(*) FROM gatepost_migrations" => fetch_one (i64, i64))?;
    let newest = MIGRATIONS[MIGRATIONS.len() - 1].number;
    if last > newest {
        return Err(Refusal::Newer(last));
    }
    let applied = usize::try_from(applied).unwrap_or_default();
    Ok(State::Gatepost {
        pending: MIGRATIONS.len().saturating_sub(applied),
    })
}

/// Whether there is a table or an index of this name: both databases keep them apart by name alone.
async fn exists(tx: &mut Tx, name: &str) -> sqlx::Result<bool> {
    let (count,): (i64,) = sql!(tx,
        sqlite: "SELECT COUNT(*) FROM sqlite_master WHERE name = $1", name;
        postgres: "SELECT COUNT(*) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE nspname = current_schema() AND relname = $1", name
        => fetch_one (i64,))?;
    Ok(count > 0)
}

async fn is_applied(tx: &mut Tx, number: i64) -> sqlx::Result<bool> {
    let found = sql!(tx, "SELECT number FROM gatepost_migrations WHERE number = $1", number => fetch_optional (i64,))?;
    Ok(found.is_some())
}

/// The first of Django's migrations that a database of Django's lacks.
async fn missing_in_django(tx: &mut Tx) -> sqlx::Result<Option<String>> {
    let applied =
        sql!(tx, "SELECT app, name FROM django_migrations" => fetch_all (String, String))?;
    Ok(djangos_migrations()
        .find(|(app, name)| !applied.iter().any(|row| row.0 == *app && row.1 == *name))
        .map(|(app, name)| format!("{app}.{name}")))
}

/// App and name of each of Django's migrations, as our own rows record them.
fn djangos_migrations() -> impl Iterator<Item = (&'static str, &'static str)> {
    MIGRATIONS[1]
        .sqlite
        .lines()
        .filter(|line| line.contains("CURRENT_TIMESTAMP"))
        .filter_map(|line| {
            let mut words = line.split('\'');
            Some((words.nth(1)?, words.nth(1)?))
        })
}

async fn apply(tx: &mut Tx, migration: &Migration) -> sqlx::Result<()> {
    match tx.raw()? {
        super::Raw::Sqlite(conn) => conn
            .execute(sqlx::raw_sql(migration.sqlite))
            .await
            .map(drop),
        super::Raw::Postgres(conn) => conn
            .execute(sqlx::raw_sql(migration.postgres))
            .await
            .map(drop),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn django_s_migrations_are_read_from_our_rows() {
        let all: Vec<_> = djangos_migrations().collect();
        assert_eq!(all.len(), 31);
        assert_eq!(all[0], ("contenttypes", "0001_initial"));
        assert_eq!(
            all[30],
            (
                "token_blacklist",
                "0013_alter_blacklistedtoken_options_and_more"
            )
        );
    }

    #[test]
    fn both_databases_have_the_same_tables_of_ours() {
        let names = |sql: &str| {
            sql.lines()
                .filter_map(|line| line.strip_prefix("CREATE TABLE "))
                .map(|rest| {
                    rest.trim_matches(|c| c == '"' || c == ' ' || c == '(')
                        .to_owned()
                })
                .collect::<std::collections::BTreeSet<_>>()
        };
        for migration in &MIGRATIONS {
            assert_eq!(
                names(migration.sqlite),
                names(migration.postgres),
                "{}",
                migration.name
            );
        }
    }
}
