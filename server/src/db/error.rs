//! What can go wrong with a database, by what follows from it. The driver's own error stays inside `db/`.

use std::fmt;

use rusqlite::ffi;
use sqlx::postgres::PgDatabaseError;

use super::codes::{self, Kind};
use super::encryption;

/// A failure of the database, with its cause in plain words.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// It cannot be reached, does not answer, is damaged, or is shutting down. It heals by itself, or a person heals it.
    Away(String),
    /// It has too much to do: no connection came in time, or a lock was held too long. It heals by itself.
    Busy(String),
    /// It takes no writes: a standby, or a file or a disk that may only be read. A person or a failover heals it.
    ReadOnly(String),
    /// There is no room for more. A person heals it.
    Full(String),
    /// It ended a transaction for another's sake; the transaction may be run again.
    Conflict(String),
    /// It refers to a row that was deleted meanwhile. The transaction may be run again; where that does not help, it is a
    /// defect.
    Dangling(String),
    /// A table is not what the program takes it for: a column is missing, or one that it does not know refuses a row.
    /// It heals when a person mends the table; until then the server is not ready.
    Unfit(String),
    /// A column does not take a value: NULL, or a text that is too long for it. As [`Error::Unfit`], but in the admin, where
    /// a person typed it.
    NotTaken(String),
    /// A rule that somebody added to a table, such as a unique index, a CHECK or a trigger, refuses these values.
    Refused(String),
    /// A row that has to be there is not.
    NoRow,
    /// A defect: a statement, a type or a table is not what the program takes it for.
    Failed(String),
}

/// What comes of a statement.
pub(crate) type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// Whether it passes, so that whoever asks is to come again.
    pub(crate) fn is_passing(&self) -> bool {
        self.breaks()
            || matches!(
                self,
                Self::Busy(_) | Self::Conflict(_) | Self::Unfit(_) | Self::NotTaken(_)
            )
    }

    /// Whether the connection is not to be used again: it is gone, or another one may find what this one can't.
    pub(super) fn breaks(&self) -> bool {
        matches!(self, Self::Away(_) | Self::ReadOnly(_) | Self::Full(_))
    }

    /// Whether the transaction may succeed when it is run again.
    pub(super) fn is_retryable(&self) -> bool {
        matches!(self, Self::Conflict(_) | Self::Dangling(_))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Away(why)
            | Self::Busy(why)
            | Self::ReadOnly(why)
            | Self::Full(why)
            | Self::Conflict(why)
            | Self::Dangling(why)
            | Self::Unfit(why)
            | Self::NotTaken(why)
            | Self::Refused(why)
            | Self::Failed(why) => f.write_str(why),
            Self::NoRow => f.write_str("a row that has to be there is missing"),
        }
    }
}

impl std::error::Error for Error {}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::PoolTimedOut => {
                Self::Busy("no connection within the time allowed".to_owned())
            }
            sqlx::Error::Io(error) => {
                Self::Away(encryption::explain(&error).unwrap_or_else(|| error.to_string()))
            }
            sqlx::Error::Tls(error) => Self::Away(encryption::explain_refusal(&*error)),
            // an answer that is none of PostgreSQL's passes as a lost connection does
            sqlx::Error::Protocol(_)
            | sqlx::Error::Configuration(_)
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::Away(error.to_string()),
            sqlx::Error::RowNotFound => Self::NoRow,
            sqlx::Error::Database(error) => by_code(error.as_ref()),
            error => Self::Failed(error.to_string()),
        }
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        match error {
            rusqlite::Error::SqliteFailure(code, why) => {
                let why = why.unwrap_or_else(|| code.to_string());
                by_result_code(code.extended_code, why)
            }
            error => Self::Failed(error.to_string()),
        }
    }
}

/// Judges what PostgreSQL reports, or SQLite where a connection is opened.
fn by_code(error: &dyn sqlx::error::DatabaseError) -> Error {
    let code = error.code().unwrap_or_default();
    if let Some(error) = error.try_downcast_ref::<PgDatabaseError>() {
        let hint = match (codes::hint(error), codes::numbered(error)) {
            (Some(hint), _) => format!("; {hint}"),
            (None, Some(table)) => format!("; {}", behind(table)),
            (None, None) => String::new(),
        };
        return of_kind(codes::of_postgres(error), format!("{error} ({code}){hint}"));
    }
    let why = error.message().to_owned();
    match code.parse() {
        Ok(code) => by_result_code(code, why),
        Err(_) => Error::Failed(why),
    }
}

/// What is the matter where PostgreSQL gives a row a number that another one has, and what mends it.
pub(super) fn behind(table: &str) -> String {
    format!(
        "the sequence that numbers the rows of {table} is behind them, as after a restore of rows alone: let its owner run `SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT MAX(id) FROM {table}))`"
    )
}

/// Judges by SQLite's result code.
fn by_result_code(code: i32, why: String) -> Error {
    let is_damaged = matches!(code & 0xff, ffi::SQLITE_CORRUPT | ffi::SQLITE_NOTADB);
    match codes::of_sqlite(code) {
        Kind::Away if is_damaged => Error::Away(format!(
            "{why}; stop every program that uses the file, keep a copy of it and of its -wal, and put a backup in its place"
        )),
        Kind::Ours if code == ffi::SQLITE_ERROR && names_what_is_missing(&why) => Error::Unfit(why),
        Kind::Ours => Error::Failed(format!("{why} ({code})")),
        kind => of_kind(kind, why),
    }
}

fn of_kind(kind: Kind, why: String) -> Error {
    match kind {
        Kind::Away => Error::Away(why),
        Kind::Busy => Error::Busy(why),
        Kind::ReadOnly => Error::ReadOnly(why),
        Kind::Full => Error::Full(why),
        Kind::Conflict => Error::Conflict(why),
        Kind::Dangling => Error::Dangling(why),
        Kind::Unfit => Error::Unfit(why),
        Kind::NotTaken => Error::NotTaken(why),
        Kind::Refused => Error::Refused(why),
        Kind::Ours => Error::Failed(why),
    }
}

/// Whether SQLite, which has one code for every wrong statement, speaks of a table that was changed.
fn names_what_is_missing(why: &str) -> bool {
    why.contains("no such table")
        || why.contains("no such column")
        || why.contains("has no column named")
        || why.contains("ON CONFLICT clause does not match")
}
