//! SQL that a test put together, run on either database.

use std::str::FromStr;

use sqlx::{Connection, PgConnection, SqliteConnection, sqlite::SqliteConnectOptions};

/// Runs statements on `sqlite:PATH` (made where it is missing) or `postgres://…`, over a connection of their own.
pub async fn execute(database_url: &str, statements: &str) {
    let done = if database_url.starts_with("sqlite:") {
        let mut connection = sqlite(database_url).await;
        let done = sqlx::raw_sql(assembled(statements))
            .execute(&mut connection)
            .await
            .map(drop);
        connection.close().await.and(done)
    } else {
        let mut connection = postgres(database_url).await;
        let done = sqlx::raw_sql(assembled(statements))
            .execute(&mut connection)
            .await
            .map(drop);
        connection.close().await.and(done)
    };
    done.unwrap_or_else(|error| panic!("{database_url}: {error}"));
}

pub(crate) async fn sqlite(database_url: &str) -> SqliteConnection {
    let options = SqliteConnectOptions::from_str(database_url)
        .expect("a URL of SQLite")
        .create_if_missing(true);
    SqliteConnection::connect_with(&options)
        .await
        .unwrap_or_else(|error| panic!("{database_url}: {error}"))
}

pub(crate) async fn postgres(database_url: &str) -> PgConnection {
    PgConnection::connect(database_url)
        .await
        .unwrap_or_else(|error| panic!("{database_url}: {error}"))
}

#[expect(
    clippy::disallowed_types,
    reason = "a dump, or a statement of a test: nothing that came from a request"
)]
fn assembled(statements: &str) -> sqlx::AssertSqlSafe<String> {
    sqlx::AssertSqlSafe(statements.to_owned())
}
