//! What can go wrong with a database, by what follows from it. The driver's own error stays inside `db/`.

use std::fmt;

/// A failure of the database, with its cause in plain words.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// It cannot be reached, does not answer, is damaged, or is shutting down. It heals by itself, or a person heals it.
    Away(String),
    /// It has too much to do: no connection came in time, or a lock was held too long. It heals by itself.
    Busy(String),
    /// It ended a transaction for another's sake; the transaction may be run again.
    Conflict(String),
    /// It refers to a row that was deleted meanwhile. The transaction may be run again; where that does not help, it is a
    /// defect.
    Dangling(String),
    /// A table is not what the program takes it for: a column is missing, or one that it does not know refuses a row.
    /// It heals when a person mends the table; until then the server is not ready.
    Unfit(String),
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
        matches!(
            self,
            Self::Away(_) | Self::Busy(_) | Self::Conflict(_) | Self::Unfit(_)
        )
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
            | Self::Conflict(why)
            | Self::Dangling(why)
            | Self::Unfit(why)
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
            sqlx::Error::Io(error) => Self::Away(error.to_string()),
            sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => Self::Away(error.to_string()),
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

/// Judges by SQLSTATE (PostgreSQL's appendix A), or by SQLite's result code where a connection is opened.
fn by_code(error: &dyn sqlx::error::DatabaseError) -> Error {
    let why = error.message().to_owned();
    if error.is_foreign_key_violation() {
        return Error::Dangling(why);
    }
    let code = error.code().unwrap_or_default();
    if code.len() != 5 {
        return match code.parse() {
            Ok(code) => by_result_code(code, why),
            Err(_) => Error::Failed(why),
        };
    }
    // a table, a column, a type or a constraint that is not there, NULL in a column that the program does not know, a
    // text longer than a column that was cut
    let unfit = [
        "42P01", "42703", "42P10", "42804", "42883", "23502", "23514", "22001",
    ];
    if unfit.contains(&code.as_ref()) {
        return Error::Unfit(why);
    }
    match &code[..2] {
        _ if matches!(code.as_ref(), "40001" | "40P01") => Error::Conflict(why),
        // connections, resources, shutdown and a cancelled statement
        "08" | "53" | "57" => Error::Away(why),
        _ => Error::Failed(format!("{why} ({code})")),
    }
}

/// Judges by SQLite's result code, whose lowest byte tells the kind.
fn by_result_code(code: i32, why: String) -> Error {
    use rusqlite::ffi;
    match code & 0xff {
        _ if code == ffi::SQLITE_CONSTRAINT_FOREIGNKEY => Error::Dangling(why),
        _ if [
            ffi::SQLITE_CONSTRAINT_NOTNULL,
            ffi::SQLITE_CONSTRAINT_CHECK,
            ffi::SQLITE_CONSTRAINT_DATATYPE,
        ]
        .contains(&code) =>
        {
            Error::Unfit(why)
        }
        ffi::SQLITE_ERROR if names_what_is_missing(&why) => Error::Unfit(why),
        ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED => Error::Busy(why),
        // the disk: full, failing, read-only or gone; and memory
        ffi::SQLITE_FULL
        | ffi::SQLITE_IOERR
        | ffi::SQLITE_READONLY
        | ffi::SQLITE_CANTOPEN
        | ffi::SQLITE_NOMEM => Error::Away(why),
        // and what it holds
        ffi::SQLITE_CORRUPT | ffi::SQLITE_NOTADB => Error::Away(format!(
            "{why}; stop every program that uses the file, keep a copy of it and of its -wal, and put a backup in its place"
        )),
        _ => Error::Failed(format!("{why} ({code})")),
    }
}

/// Whether SQLite, which has one code for every wrong statement, speaks of a table that was changed.
fn names_what_is_missing(why: &str) -> bool {
    why.contains("no such table")
        || why.contains("no such column")
        || why.contains("has no column named")
        || why.contains("ON CONFLICT clause does not match")
}
