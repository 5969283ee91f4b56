//! What follows from a failure, by the code that PostgreSQL or SQLite gives it.

use rusqlite::ffi;
use sqlx::postgres::{PgDatabaseError, PgSeverity};

/// What follows from a failure of the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It does not answer, or not us.
    Away,
    /// Somebody holds what is needed.
    Busy,
    /// It takes no writes.
    ReadOnly,
    /// There is no room.
    Full,
    /// Another transaction came first: again.
    Conflict,
    /// A row that is referred to is gone: again.
    Dangling,
    /// A table is not what the program takes it for.
    Unfit,
    /// A column of a table does not take a value.
    NotTaken,
    /// A rule that somebody added to a table refuses these values.
    Refused,
    /// A defect.
    Ours,
}

/// SQLSTATEs and their classes (PostgreSQL's appendix A). A code counts more than its class, and what is not here is a
/// defect of ours.
const SQLSTATES: [(&str, Kind); 37] = [
    // a connection, and what a pooler says of one
    ("08", Kind::Away),
    // restrict_violation, foreign_key_violation
    ("23001", Kind::Dangling),
    ("23503", Kind::Dangling),
    // a table, a column, a type or a constraint that is not there, NULL in a column that the program does not know,
    // a text longer than a column that was cut
    ("42P01", Kind::Unfit),
    ("42703", Kind::Unfit),
    ("42804", Kind::Unfit),
    ("42883", Kind::Unfit),
    ("42P10", Kind::Unfit),
    ("42501", Kind::Unfit),
    ("23502", Kind::NotTaken),
    ("22001", Kind::NotTaken),
    // unique_violation, check_violation, exclusion_violation, raise_exception of a trigger: what Django's own may refuse
    // is handled where it may happen
    ("23505", Kind::Refused),
    ("23514", Kind::Refused),
    ("23P01", Kind::Refused),
    ("P0001", Kind::Refused),
    // untranslatable_character: a letter that the database's encoding does not know, which the start asks about
    ("22P05", Kind::Refused),
    // read_only_sql_transaction: a standby, or `default_transaction_read_only`
    ("25006", Kind::ReadOnly),
    // idle_in_transaction_session_timeout, transaction_timeout
    ("25P03", Kind::Away),
    ("25P04", Kind::Busy),
    // a pooler, or DISCARD ALL, forgot what was prepared; or gave us a session in which another prepared the same
    ("26000", Kind::Away),
    ("42P05", Kind::Away),
    // the role may not log in, or the database is not there
    ("28", Kind::Away),
    ("3D000", Kind::Away),
    // serialization_failure, deadlock_detected; but a constraint is ours, and after 40003 nobody knows
    ("40", Kind::Conflict),
    ("40002", Kind::Ours),
    ("40003", Kind::Away),
    // memory, connections, disk_full
    ("53", Kind::Away),
    ("53100", Kind::Full),
    // the database "is not currently accepting connections"; object_in_use; lock_not_available
    ("55000", Kind::Away),
    ("55006", Kind::Busy),
    ("55P03", Kind::Busy),
    // shut down, crashed, starting, dropped, idle for too long; but a statement that was cancelled took too long
    ("57", Kind::Away),
    ("57014", Kind::Busy),
    // io_error, undefined_file; snapshot_too_old; a broken file of settings; damaged data
    ("58", Kind::Away),
    ("72000", Kind::Conflict),
    ("F0", Kind::Away),
    ("XX", Kind::Away),
];

/// SQLite's result codes. The lowest byte tells the kind; an extended code that stands here counts more.
const RESULTS: [(i32, Kind); 21] = [
    (ffi::SQLITE_CONSTRAINT_FOREIGNKEY, Kind::Dangling),
    (ffi::SQLITE_CONSTRAINT_NOTNULL, Kind::NotTaken),
    (ffi::SQLITE_CONSTRAINT_CHECK, Kind::Refused),
    (ffi::SQLITE_CONSTRAINT_DATATYPE, Kind::NotTaken),
    (ffi::SQLITE_CONSTRAINT_UNIQUE, Kind::Refused),
    (ffi::SQLITE_CONSTRAINT_TRIGGER, Kind::Refused),
    (ffi::SQLITE_BUSY, Kind::Busy),
    (ffi::SQLITE_LOCKED, Kind::Busy),
    (ffi::SQLITE_PROTOCOL, Kind::Busy),
    (ffi::SQLITE_INTERRUPT, Kind::Busy),
    (ffi::SQLITE_READONLY, Kind::ReadOnly),
    (ffi::SQLITE_PERM, Kind::ReadOnly),
    // the file is another one now
    (ffi::SQLITE_READONLY_DBMOVED, Kind::Away),
    (ffi::SQLITE_FULL, Kind::Full),
    (ffi::SQLITE_NOLFS, Kind::Full),
    (ffi::SQLITE_IOERR, Kind::Away),
    (ffi::SQLITE_CANTOPEN, Kind::Away),
    (ffi::SQLITE_NOMEM, Kind::Away),
    (ffi::SQLITE_CORRUPT, Kind::Away),
    (ffi::SQLITE_NOTADB, Kind::Away),
    (ffi::SQLITE_SCHEMA, Kind::Conflict),
];

/// What follows from an error that PostgreSQL reports.
pub(super) fn of_postgres(error: &PgDatabaseError) -> Kind {
    // a table was changed under a statement that this connection had prepared: another connection prepares it anew
    let is_stale = error.routine() == Some("RevalidateCachedQuery");
    // whatever it is, it ended the connection
    let is_fatal = matches!(error.severity(), PgSeverity::Fatal | PgSeverity::Panic);
    match of_sqlstate(error.code()) {
        Kind::Ours if is_stale || is_fatal => Kind::Away,
        // the right to connect is none to a table
        Kind::Unfit if is_fatal => Kind::Away,
        // its next number may be free
        Kind::Refused if numbered(error).is_some() => Kind::Conflict,
        kind => kind,
    }
}

/// The table whose row got a number from PostgreSQL that another row has: no statement gives one itself but in a copy.
pub(super) fn numbered(error: &PgDatabaseError) -> Option<&str> {
    // the words are in the server's language, the columns are not
    let is_id = error
        .detail()
        .is_some_and(|detail| detail.contains("(id)=("));
    let is_taken = error.code() == "23505" && is_id;
    error.table().filter(|_| is_taken)
}

/// What is said where a pooler is before PostgreSQL that nobody told of.
pub(super) const POOLER: &str = "a pooler such as PgBouncer stands between and lends PostgreSQL's sessions for a transaction each: set database.pgbouncer = true";

/// What a person is to do about an error that PostgreSQL, or a pooler before it, reports.
pub(super) fn hint(error: &PgDatabaseError) -> Option<&'static str> {
    // a statement that was prepared is not there, or is another's; PgBouncer takes few parameters
    let is_forgotten = matches!(error.code(), "26000" | "42P05");
    let is_pooled = is_forgotten || error.message().starts_with("unsupported startup parameter");
    is_pooled.then_some(POOLER)
}

fn of_sqlstate(code: &str) -> Kind {
    let known = |code: &str| SQLSTATES.iter().find(|(known, _)| *known == code);
    let class = code.get(..2).unwrap_or_default();
    let found = known(code).or_else(|| known(class));
    found.map_or(Kind::Ours, |(_, kind)| *kind)
}

/// What follows from a result code of SQLite.
pub(super) fn of_sqlite(code: i32) -> Kind {
    let known = |code: i32| RESULTS.iter().find(|(known, _)| *known == code);
    let found = known(code).or_else(|| known(code & 0xff));
    found.map_or(Kind::Ours, |(_, kind)| *kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sqlstate_is_judged_by_its_meaning() {
        for (codes, kind) in [
            (
                "08000 08001 08003 08004 08006 08007 08P01 25P03 26000 28000 28P01 3D000 40003 42P05 \
                 53000 53200 53300 53400 55000 57000 57P01 57P02 57P03 57P04 57P05 58000 58030 58P01 F0000 XX000 XX001",
                Kind::Away,
            ),
            ("22P05 23505 23514 23P01 P0001", Kind::Refused),
            ("25P04 55006 55P03 57014", Kind::Busy),
            ("25006", Kind::ReadOnly),
            ("53100", Kind::Full),
            ("40000 40001 40P01", Kind::Conflict),
            ("23001 23503", Kind::Dangling),
            ("22001 23502", Kind::NotTaken),
            ("42501 42703 42804 42883 42P01 42P10", Kind::Unfit),
            ("0A000 25P02 40002 42601 54000 ", Kind::Ours),
        ] {
            for code in codes.split(' ') {
                assert_eq!(of_sqlstate(code), kind, "{code}");
            }
        }
    }

    #[test]
    fn a_result_code_is_judged_by_its_kind() {
        for (code, kind) in [
            (ffi::SQLITE_BUSY_SNAPSHOT, Kind::Busy),
            (ffi::SQLITE_READONLY_ROLLBACK, Kind::ReadOnly),
            (ffi::SQLITE_READONLY_DBMOVED, Kind::Away),
            (ffi::SQLITE_IOERR_FSYNC, Kind::Away),
            (ffi::SQLITE_CORRUPT_INDEX, Kind::Away),
            (ffi::SQLITE_FULL, Kind::Full),
            (ffi::SQLITE_CONSTRAINT_FOREIGNKEY, Kind::Dangling),
            (ffi::SQLITE_CONSTRAINT_NOTNULL, Kind::NotTaken),
            (ffi::SQLITE_CONSTRAINT_UNIQUE, Kind::Refused),
            (ffi::SQLITE_ERROR, Kind::Ours),
        ] {
            assert_eq!(of_sqlite(code), kind, "{code}");
        }
    }
}
