//! SQL that a test or the bench put together, run on either database.

use std::str::FromStr;

use sqlx::{Connection, PgConnection, Row, SqliteConnection, sqlite::SqliteConnectOptions};

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

/// The first column of a query's rows, as text; null is empty.
pub async fn query(database_url: &str, query: &str) -> Vec<String> {
    let rows: Result<Vec<Option<String>>, sqlx::Error> = if database_url.starts_with("sqlite:") {
        let mut connection = sqlite(database_url).await;
        let rows = sqlx::raw_sql(assembled(query))
            .fetch_all(&mut connection)
            .await;
        rows.and_then(|rows| rows.iter().map(|row| row.try_get_unchecked(0)).collect())
    } else {
        let mut connection = postgres(database_url).await;
        let rows = sqlx::raw_sql(assembled(query))
            .fetch_all(&mut connection)
            .await;
        rows.and_then(|rows| rows.iter().map(|row| row.try_get_unchecked(0)).collect())
    };
    let rows = rows.unwrap_or_else(|error| panic!("{database_url}: {query}: {error}"));
    rows.into_iter().map(Option::unwrap_or_default).collect()
}

/// An open transaction of another program.
pub enum Open {
    /// On a connection to a file.
    Sqlite(SqliteConnection),
    /// On a connection to a server.
    Postgres(PgConnection),
}

impl Open {
    /// Begins one as Gatepost does, and runs statements in it.
    pub async fn begin(database_url: &str, statements: &str) -> Self {
        let mut open = if database_url.starts_with("sqlite:") {
            Self::Sqlite(sqlite(database_url).await)
        } else {
            Self::Postgres(postgres(database_url).await)
        };
        open.run(match open {
            Self::Sqlite(_) => "BEGIN IMMEDIATE",
            Self::Postgres(_) => "BEGIN",
        })
        .await;
        open.run(statements).await;
        open
    }

    /// Runs statements in it.
    pub async fn run(&mut self, statements: &str) {
        let done = match self {
            Self::Sqlite(connection) => sqlx::raw_sql(assembled(statements))
                .execute(connection)
                .await
                .map(drop),
            Self::Postgres(connection) => sqlx::raw_sql(assembled(statements))
                .execute(connection)
                .await
                .map(drop),
        };
        done.unwrap_or_else(|error| panic!("{statements}: {error}"));
    }

    /// Makes it visible.
    pub async fn commit(mut self) {
        self.run("COMMIT").await;
    }

    /// Undoes it.
    pub async fn rollback(mut self) {
        self.run("ROLLBACK").await;
    }
}

/// A connection to `sqlite:PATH`, whose file is made where it is missing.
pub async fn sqlite(database_url: &str) -> SqliteConnection {
    let options = SqliteConnectOptions::from_str(database_url)
        .expect("a URL of SQLite")
        .create_if_missing(true);
    SqliteConnection::connect_with(&options)
        .await
        .unwrap_or_else(|error| panic!("{database_url}: {error}"))
}

/// A connection to `postgres://…`.
pub async fn postgres(database_url: &str) -> PgConnection {
    PgConnection::connect(database_url)
        .await
        .unwrap_or_else(|error| panic!("{database_url}: {error}"))
}

/// Statements that were put together, as sqlx takes them.
#[expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "a dump, or a statement of a test: nothing that came from a request"
)]
pub fn assembled(statements: &str) -> sqlx::AssertSqlSafe<String> {
    sqlx::AssertSqlSafe(statements.to_owned())
}
