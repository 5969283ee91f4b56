//! The database behind the server: the statements that rows bring, and what the rows left behind.

use std::time::Duration;

use sqlx::postgres::PgRow;
use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sqlx::{
    Connection as _, Decode, Error, PgConnection, Postgres, Row as _, Sqlite, SqliteConnection,
    TypeInfo as _, ValueRef as _,
};

use super::json::Json;
use gatepost_live::sql::assembled;

/// The tables that are compared, in the words of capture.py.
const TABLES: [(&str, &str); 4] = [
    (
        "users",
        "SELECT id, username, email, first_name, last_name, is_active, is_staff, is_superuser, last_login IS NULL FROM auth_user ORDER BY id",
    ),
    (
        "posts",
        "SELECT id, title, author_id, length(content), created_at <= updated_at FROM posts_post ORDER BY id",
    ),
    (
        "outstanding",
        "SELECT id, user_id, length(jti), created_at IS NULL, expires_at IS NULL FROM token_blacklist_outstandingtoken ORDER BY id",
    ),
    (
        "blacklisted",
        "SELECT token_id FROM token_blacklist_blacklistedtoken ORDER BY token_id",
    ),
];

/// Runs a row's statement on `sqlite:PATH` or `postgres://…`.
pub(super) async fn execute(database: &str, sql: String) -> Result<(), Error> {
    let sql = sqlx::raw_sql(assembled(&sql));
    if let Some(path) = database.strip_prefix("sqlite:") {
        sql.execute(&mut sqlite(path).await?).await?;
    } else {
        sql.execute(&mut PgConnection::connect(database).await?)
            .await?;
    }
    Ok(())
}

/// The tables as a line a row, with one spelling of true and false.
pub(super) async fn tables(database: &str) -> Result<Json, Error> {
    let mut found = Vec::new();
    for (name, sql) in TABLES {
        let rows = cells(database, sql).await?;
        let lines = rows.iter().map(|row| Json::Text(row.join("|")));
        found.push((name.to_owned(), Json::List(lines.collect())));
    }
    Ok(Json::Object(found))
}

/// A query's rows, each as the texts of its columns; null is empty.
pub(crate) async fn cells(database: &str, sql: &str) -> Result<Vec<Vec<String>>, Error> {
    let sql = sqlx::raw_sql(assembled(sql));
    if let Some(path) = database.strip_prefix("sqlite:") {
        let rows = sql.fetch_all(&mut sqlite(path).await?).await?;
        let cells = |row: &SqliteRow| (0..row.len()).map(|at| sqlite_cell(row, at)).collect();
        rows.iter().map(cells).collect()
    } else {
        let rows = sql
            .fetch_all(&mut PgConnection::connect(database).await?)
            .await?;
        let cells = |row: &PgRow| (0..row.len()).map(|at| postgres_cell(row, at)).collect();
        rows.iter().map(cells).collect()
    }
}

/// As Python's sqlite3 opens a file: waits ten seconds for a writer, checks no foreign keys, creates nothing.
async fn sqlite(path: &str) -> Result<SqliteConnection, Error> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(false)
        .busy_timeout(Duration::from_secs(10));
    SqliteConnection::connect_with(&options).await
}

fn sqlite_cell(row: &SqliteRow, column: usize) -> Result<String, Error> {
    let value = row.try_get_raw(column)?;
    if value.is_null() {
        return Ok(String::new());
    }
    let kind = value.type_info().name().to_owned();
    let cell = match kind.as_str() {
        "INTEGER" => <i64 as Decode<Sqlite>>::decode(value).map(|number| number.to_string()),
        _ => <String as Decode<Sqlite>>::decode(value),
    };
    cell.map_err(Error::Decode)
}

/// A statement without parameters is answered in text, so every type reads alike.
fn postgres_cell(row: &PgRow, column: usize) -> Result<String, Error> {
    let value = row.try_get_raw(column)?;
    if value.is_null() {
        return Ok(String::new());
    }
    let bool = value.type_info().name() == "BOOL";
    let text = <&str as Decode<Postgres>>::decode(value).map_err(Error::Decode)?;
    Ok(match text {
        "t" if bool => "1".to_owned(),
        "f" if bool => "0".to_owned(),
        text => text.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::json::SPACED;

    #[tokio::test]
    async fn tables_are_read_as_lines() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db.sqlite3");
        std::fs::write(&path, "").unwrap();
        let database = format!("sqlite:{}", path.display());
        for sql in [
            "CREATE TABLE auth_user (id integer, username text, email text, first_name text, last_name text, is_active bool, is_staff bool, is_superuser bool, last_login datetime)",
            "CREATE TABLE posts_post (id integer, title text, author_id integer, content text, created_at datetime, updated_at datetime)",
            "CREATE TABLE token_blacklist_outstandingtoken (id integer, user_id integer, jti text, created_at datetime, expires_at datetime)",
            "CREATE TABLE token_blacklist_blacklistedtoken (token_id integer REFERENCES auth_user)",
            "INSERT INTO auth_user VALUES (2, 'b', '', 'B', 'b', false, 1, 0, '2026-01-02'), (1, 'é', 'e', 't', 'f', true, 0, 0, NULL)",
            "INSERT INTO posts_post VALUES (1, 't', 2, 'éa', '2026-01-02', '2026-01-03')",
            "INSERT INTO token_blacklist_outstandingtoken VALUES (1, NULL, 'abc', NULL, '2026')",
            "INSERT INTO token_blacklist_blacklistedtoken VALUES (9)",
        ] {
            execute(&database, sql.to_owned()).await.unwrap();
        }
        let wanted = r#"{"users": ["1|é|e|t|f|1|0|0|1", "2|b||B|b|0|1|0|0"], "posts": ["1|t|2|2|1"], "outstanding": ["1||3|1|0"], "blacklisted": ["9"]}"#;
        assert_eq!(tables(&database).await.unwrap().dump(SPACED), wanted);
    }

    #[tokio::test]
    async fn a_missing_file_is_not_created() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("none");
        assert!(
            execute(&format!("sqlite:{}", path.display()), "SELECT 1".to_owned())
                .await
                .is_err()
        );
        assert!(!path.exists());
    }
}
