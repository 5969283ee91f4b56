//! Which types of either database hold what the program needs.

use super::needs::Kind;
use crate::db::conn::Dialect;

/// Whether a column of this type holds such values.
pub(super) fn fits(dialect: Dialect, found: &str, kind: Kind) -> bool {
    let has = |parts: &[&str]| parts.iter().any(|part| found.contains(part));
    match dialect {
        // SQLite goes by parts of a type's name, and only the very name makes a key that it gives itself
        Dialect::Sqlite => match kind {
            Kind::Key => found == "integer",
            Kind::Reference => has(&["int"]),
            Kind::Text(_) | Kind::LongText => has(&["char", "text", "clob"]),
            Kind::Flag => has(&["bool", "int"]),
            Kind::Moment => has(&["date", "timestamp"]),
        },
        Dialect::Postgres => match kind {
            Kind::Key | Kind::Reference => ["integer", "bigint"].contains(&found),
            Kind::Text(length) => match found.strip_prefix("character varying") {
                Some("") => true,
                Some(most) => {
                    let most = most.trim_matches(['(', ')']).parse();
                    most.is_ok_and(|most: u32| most >= length)
                }
                None => found == "text",
            },
            Kind::LongText => ["text", "character varying"].contains(&found),
            Kind::Flag => found == "boolean",
            Kind::Moment => found.starts_with("timestamp") && found.ends_with("with time zone"),
        },
    }
}

/// What is said of a kind.
pub(super) fn wanted(kind: Kind) -> String {
    match kind {
        Kind::Key | Kind::Reference => "a whole number".to_owned(),
        Kind::Text(length) => format!("text of {length} characters"),
        Kind::LongText => "text of any length".to_owned(),
        Kind::Flag => "a truth value".to_owned(),
        Kind::Moment => "a date with time and time zone".to_owned(),
    }
}
