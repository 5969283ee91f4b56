//! Opening a database: its URL, the pool, and what each connection is set to.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;

use super::conn::Dialect;
use super::error::Error;
use super::faults::Faults;
use super::hosts::{Hosts, LOCK_TIMEOUT};
use super::passfile;
use super::pool::{Db, Kind};
use super::postgres::{Postgres, STATEMENT_TIMEOUT};
use super::sqlite::{Engine, Use, bereft, lack_of_files};
use super::statement::sql;
use super::tables;
use super::user_model::UserModel;
use super::user_table::UserTable;

/// Where the database is: `sqlite:PATH` or `postgres://…`. Printed without its password.
#[derive(Clone)]
pub(crate) enum Url {
    /// A file of SQLite.
    Sqlite(PathBuf),
    /// A database of PostgreSQL.
    Postgres(Hosts),
}

/// Why a database could not be opened, in one sentence for a person.
#[derive(Debug)]
pub(crate) struct ConnectError(String);

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConnectError {}

impl FromStr for Url {
    type Err = ConnectError;

    fn from_str(text: &str) -> Result<Self, ConnectError> {
        let bad = |why: &str| {
            ConnectError(format!(
                "{why}; write sqlite:PATH or postgres://USER:PASSWORD@HOST:PORT/NAME"
            ))
        };
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() {
                return Err(bad("the URL names no file"));
            }
            if path.contains("memory:") || path.contains('?') {
                return Err(bad(
                    "SQLite is used as a file, and its options are Gatepost's",
                ));
            }
            return Ok(Self::Sqlite(PathBuf::from(path)));
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            let hosts = Hosts::parse(text).map_err(|why| bad(&why))?;
            return Ok(Self::Postgres(hosts));
        }
        Err(bad("the URL begins with neither sqlite: nor postgres://"))
    }
}

impl Url {
    /// The same with PgBouncer before PostgreSQL, which lends its sessions for a transaction each.
    pub(crate) fn behind_pgbouncer(self) -> Self {
        match self {
            Self::Sqlite(path) => Self::Sqlite(path),
            Self::Postgres(hosts) => Self::Postgres(hosts.behind_pgbouncer()),
        }
    }

    fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(hosts) => f.write_str(&hosts.describe()),
        }
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn not_looked_at(url: &Url, why: &super::error::Error) -> ConnectError {
    ConnectError(format!(
        "the database {url} failed while the table of its users was looked at: {why}; {}",
        lack_of_files().unwrap_or("see its own log, then start again")
    ))
}

impl Db {
    /// Opens the database with at most `connections` connections (PostgreSQL), or that many to read
    /// with and one to write with (SQLite). A file of SQLite is made where it is missing.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) async fn open(url: &Url, connections: u32) -> Result<Self, ConnectError> {
        Self::open_for(url, connections, Use::Serve, UserTable::default()).await
    }

    /// The same, with the users in this table.
    pub(crate) async fn open_with(
        url: &Url,
        connections: u32,
        users: UserModel,
    ) -> Result<Self, ConnectError> {
        let users = users.table(url.dialect());
        let db = Self::open_for(url, connections, Use::Serve, users).await?;
        db.look_at_users(url).await
    }

    /// Opens the database to be looked at: nothing is made, and nothing in it can be changed.
    pub(crate) async fn open_to_look(url: &Url, users: UserModel) -> Result<Self, ConnectError> {
        let users = users.table(url.dialect());
        let db = Self::open_for(url, 1, Use::Look, users).await?;
        db.look_at_users(url).await
    }

    /// Whether users have names, and whether the table has the columns that a new row is given a value for. A table that
    /// is not there is told by those who look at all of them.
    async fn look_at_users(self, url: &Url) -> Result<Self, ConnectError> {
        self.refuse_encoding(url).await?;
        let users = self.users();
        if users.by_email() && self.has_column(url, "username").await? == Some(false) {
            users.has_no_username();
        }
        let missing = self.read(|conn| Box::pin(tables::without_columns(conn)));
        match missing
            .await
            .map_err(|why| not_looked_at(url, &why))?
            .first()
        {
            Some(problem) => Err(ConnectError(problem.to_string())),
            None => Ok(self),
        }
    }

    /// Refuses a database that does not know every letter that people write, as Django does.
    async fn refuse_encoding(&self, url: &Url) -> Result<(), ConnectError> {
        if self.dialect() == Dialect::Sqlite {
            return Ok(());
        }
        let found = self.read(|conn| {
            Box::pin(async move {
                sql!(conn, postgres: "SELECT current_setting('server_encoding')" => fetch_one (String,))
            })
        });
        let (encoding,) = found.await.map_err(|why| not_looked_at(url, &why))?;
        if encoding == "UTF8" {
            return Ok(());
        }
        Err(ConnectError(format!(
            "the database's encoding is {encoding}, and UTF8 is needed; make another one by `CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0` and restore a dump of this one into it"
        )))
    }

    /// `None` where there is no table of users.
    async fn has_column(
        &self,
        url: &Url,
        column: &'static str,
    ) -> Result<Option<bool>, ConnectError> {
        let table = self.users().name();
        let found = self.read(move |conn| Box::pin(tables::has_column(conn, table, column)));
        found.await.map_err(|why| not_looked_at(url, &why))
    }

    async fn open_for(
        url: &Url,
        connections: u32,
        purpose: Use,
        users: UserTable,
    ) -> Result<Self, ConnectError> {
        if let Url::Sqlite(path) = url
            && let Some(why) = bereft(path)
        {
            return Err(ConnectError(why));
        }
        let faults = Faults::default();
        let kind = match url {
            Url::Sqlite(path) => Engine::open(path, connections as usize, purpose, &faults, users)
                .await
                .map(Kind::Sqlite),
            Url::Postgres(hosts) => {
                hosts.check_files().map_err(ConnectError)?;
                hosts.check_options().map_err(ConnectError)?;
                let set = if hosts.is_pooled() { pooled } else { of_ours };
                let hosts = hosts.clone().map(set);
                let pool = Postgres::open(hosts, connections, &faults, users).await;
                pool.map(Kind::Postgres)
            }
        };
        let kind = kind.map_err(|why| {
            ConnectError(match url {
                Url::Sqlite(path) => format!(
                    "the database file {} can't be opened: {why}; {}",
                    path.display(),
                    lack_of_files().unwrap_or("check its folder and its permissions")
                ),
                Url::Postgres(_) if matches!(why, Error::ReadOnly(_)) => format!(
                    "the database {url} can't be used: {why}; name the server that takes writes, or let this one take them"
                ),
                Url::Postgres(_) => format!("the database {url} can't be reached: {why}{}", advice(&why)),
            })
        })?;
        Ok(Self::new(kind, faults, users))
    }
}

/// What a person is to do, where the cause does not say it already.
fn advice(why: &Error) -> String {
    if why.to_string().contains("; ") {
        return String::new();
    }
    let of_passwords = passfile::passed_over();
    let advice = of_passwords.unwrap_or_else(|| {
        "check that PostgreSQL runs there and that user, password and name are right".to_owned()
    });
    format!("; {advice}")
}

/// A name for lists of sessions, where nobody gave one.
fn named(options: PgConnectOptions) -> PgConnectOptions {
    if options.get_application_name().is_some() {
        return options;
    }
    options.application_name("gatepost")
}

fn of_ours(options: PgConnectOptions) -> PgConnectOptions {
    named(options)
        .options([STATEMENT_TIMEOUT, LOCK_TIMEOUT, ("timezone", "UTC")])
        .disable_statement_logging()
}

/// What PgBouncer lets pass: the rest is set in each transaction.
fn pooled(options: PgConnectOptions) -> PgConnectOptions {
    named(options)
        .extra_float_digits(None)
        .statement_cache_capacity(0)
        .disable_statement_logging()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_read_and_never_shows_its_password() {
        let url: Url = "postgres://ann:hunter2@db.test:5433/gatepost"
            .parse()
            .unwrap();
        assert_eq!(url.to_string(), "postgres://ann@db.test:5433/gatepost");
        assert!(!format!("{url:?}").contains("hunter2"));
        assert_eq!(
            "sqlite:a/b.sqlite3".parse::<Url>().unwrap().to_string(),
            "sqlite:a/b.sqlite3"
        );
        assert_eq!(
            "sqlite:///a/b.db".parse::<Url>().unwrap().to_string(),
            "sqlite:/a/b.db"
        );
    }

    #[test]
    fn a_bad_url_is_refused_in_one_sentence_without_its_password() {
        for bad in [
            "",
            "mysql://x",
            "sqlite:",
            "sqlite::memory:",
            "sqlite:x.db?mode=ro",
            "postgres://ann:hunter2@h:port/x",
            "/tmp/x",
        ] {
            let error = bad.parse::<Url>().unwrap_err().to_string();
            assert!(error.contains("sqlite:PATH or postgres://"), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
