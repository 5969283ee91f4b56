//! The `sql!` macro: a statement written once, run on either database.

use futures_util::TryStreamExt;
use sqlx::Postgres;
use sqlx::postgres::{PgArguments, PgRow};

use super::conn::Session;
use super::error::Result;
use super::row::{FromRow, Row};

/// Runs a statement with `$1` parameters. `execute` gives the number of rows, `fetch_optional` / `fetch_one` /
/// `fetch_all` rows of the type named, `each` hands them on until a closure has enough.
///
/// The number of arguments is compared with the highest `$n` when the program is compiled: SQLite would
/// take a missing one for NULL without a word. Where the two databases need different text, an arm
/// takes one of each; what is asked of PostgreSQL alone has an arm of its own.
macro_rules! sql {
    ($conn:expr, sqlite: $sqlite:expr, $sarg:expr; postgres: $postgres:expr, $parg:expr => each $take:expr) => {{
        const { $crate::db::statement::check_arguments($sqlite, 1) };
        const { $crate::db::statement::check_arguments($postgres, 1) };
        let conn: &mut $crate::db::Conn<'_> = $conn;
        let users = conn.users();
        match conn.raw() {
            Err(error) => Err(error),
            Ok($crate::db::Raw::Sqlite(handle)) => handle.each(users.text($sqlite), &[&$sarg], $take),
            Ok($crate::db::Raw::Postgres(conn)) => $crate::db::statement::each(conn, sqlx::query(users.text($postgres)).bind($parg), $take).await,
        }
    }};
    ($conn:expr, $sql:expr $(, $arg:expr)* => $fetch:ident $($row:ty)?) => {{
        const { $crate::db::statement::check_arguments($sql, $crate::db::sql!(@count $($arg),*)) };
        let conn: &mut $crate::db::Conn<'_> = $conn;
        let users = conn.users();
        match conn.raw() {
            Err(error) => Err(error),
            Ok($crate::db::Raw::Sqlite(handle)) => handle.$fetch$(::<$row>)?(users.text($sql), &[$(&$arg),*]),
            Ok($crate::db::Raw::Postgres(conn)) => $crate::db::statement::$fetch$(::<$row>)?(conn, sqlx::query(users.text($sql))$(.bind($arg))*).await,
        }
    }};
    ($conn:expr, sqlite: $sqlite:expr $(, $sarg:expr)*; postgres: $postgres:expr $(, $parg:expr)* => $fetch:ident $row:ty) => {{
        const { $crate::db::statement::check_arguments($sqlite, $crate::db::sql!(@count $($sarg),*)) };
        const { $crate::db::statement::check_arguments($postgres, $crate::db::sql!(@count $($parg),*)) };
        let conn: &mut $crate::db::Conn<'_> = $conn;
        let users = conn.users();
        match conn.raw() {
            Err(error) => Err(error),
            Ok($crate::db::Raw::Sqlite(handle)) => handle.$fetch::<$row>(users.text($sqlite), &[$(&$sarg),*]),
            Ok($crate::db::Raw::Postgres(conn)) => $crate::db::statement::$fetch::<$row>(conn, sqlx::query(users.text($postgres))$(.bind($parg))*).await,
        }
    }};
    ($conn:expr, postgres: $postgres:expr $(, $parg:expr)* => $fetch:ident $row:ty) => {{
        const { $crate::db::statement::check_arguments($postgres, $crate::db::sql!(@count $($parg),*)) };
        let conn: &mut $crate::db::Conn<'_> = $conn;
        let users = conn.users();
        match conn.raw() {
            Err(error) => Err(error),
            Ok($crate::db::Raw::Sqlite(_)) => Err($crate::db::Error::Failed("a defect: a statement of PostgreSQL's alone".to_owned())),
            Ok($crate::db::Raw::Postgres(conn)) => $crate::db::statement::$fetch::<$row>(conn, sqlx::query(users.text($postgres))$(.bind($parg))*).await,
        }
    }};
    (@count $($arg:expr),*) => { <[&str]>::len(&[$(stringify!($arg)),*]) };
}
pub(crate) use sql;

/// A statement of PostgreSQL with its arguments.
type Query<'q> = sqlx::query::Query<'q, Postgres, PgArguments>;

/// Runs a statement; gives the number of rows that it changed.
pub(crate) async fn execute(conn: Session<'_>, query: Query<'_>) -> Result<u64> {
    let query = query.persistent(conn.keeps);
    Ok(query.execute(conn.conn).await?.rows_affected())
}

/// The first row, if there is one.
pub(crate) async fn fetch_optional<T: for<'r> FromRow<'r>>(
    conn: Session<'_>,
    query: Query<'_>,
) -> Result<Option<T>> {
    let query = query.persistent(conn.keeps);
    let row = query.fetch_optional(conn.conn).await?;
    row.as_ref().map(read).transpose()
}

/// The first row.
pub(crate) async fn fetch_one<T: for<'r> FromRow<'r>>(
    conn: Session<'_>,
    query: Query<'_>,
) -> Result<T> {
    let query = query.persistent(conn.keeps);
    read(&query.fetch_one(conn.conn).await?)
}

/// All rows.
pub(crate) async fn fetch_all<T: for<'r> FromRow<'r>>(
    conn: Session<'_>,
    query: Query<'_>,
) -> Result<Vec<T>> {
    let query = query.persistent(conn.keeps);
    query.fetch_all(conn.conn).await?.iter().map(read).collect()
}

/// Hands on one row after the other until `take` has enough.
pub(crate) async fn each(
    conn: Session<'_>,
    query: Query<'_>,
    mut take: impl FnMut(&mut Row<'_>) -> Result<bool>,
) -> Result<()> {
    let mut rows = query.persistent(conn.keeps).fetch(conn.conn);
    while let Some(row) = rows.try_next().await? {
        if take(&mut Row::of_postgres(&row))? {
            break;
        }
    }
    Ok(())
}

fn read<T: for<'r> FromRow<'r>>(row: &PgRow) -> Result<T> {
    T::from_row(&mut Row::of_postgres(row))
}

/// Stops the build where a statement's highest `$n` is not its number of arguments.
pub(crate) const fn check_arguments(sql: &str, arguments: usize) {
    let bytes = sql.as_bytes();
    let (mut at, mut highest) = (0, 0);
    while at < bytes.len() {
        if bytes[at] == b'$' {
            let mut number = 0;
            while at + 1 < bytes.len() && bytes[at + 1].is_ascii_digit() {
                number = number * 10 + (bytes[at + 1] - b'0') as usize;
                at += 1;
            }
            if number > highest {
                highest = number;
            }
        }
        at += 1;
    }
    assert!(
        highest == arguments,
        "the statement's highest $n is not its number of arguments"
    );
}

#[cfg(test)]
mod tests {
    use super::check_arguments;

    #[test]
    fn the_highest_parameter_is_the_number_of_arguments() {
        check_arguments("SELECT 1", 0);
        check_arguments("SELECT $2, $1, $1", 2);
        check_arguments("SELECT $11", 11);
        assert!(std::panic::catch_unwind(|| check_arguments("SELECT $1, $2", 1)).is_err());
        assert!(std::panic::catch_unwind(|| check_arguments("SELECT $1", 2)).is_err());
    }
}
