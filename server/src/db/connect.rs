//! Opening a database: its URL, the pool, and what each connection is set to.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;

use super::error::Error;
use super::faults::Faults;
use super::hosts::Hosts;
use super::pool::{Db, Kind};
use super::postgres::Postgres;
use super::sqlite::{Engine, Use};

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

impl Db {
    /// Opens the database with at most `connections` connections (PostgreSQL), or that many to read
    /// with and one to write with (SQLite). A file of SQLite is made where it is missing.
    pub(crate) async fn open(url: &Url, connections: u32) -> Result<Self, ConnectError> {
        Self::open_for(url, connections, Use::Serve).await
    }

    /// Opens the database to be looked at: nothing is made, and nothing in it can be changed.
    pub(crate) async fn open_to_look(url: &Url) -> Result<Self, ConnectError> {
        Self::open_for(url, 1, Use::Look).await
    }

    async fn open_for(url: &Url, connections: u32, purpose: Use) -> Result<Self, ConnectError> {
        let faults = Faults::default();
        let kind = match url {
            Url::Sqlite(path) => Engine::open(path, connections as usize, purpose, &faults)
                .await
                .map(Kind::Sqlite),
            Url::Postgres(hosts) => {
                hosts.check_files().map_err(ConnectError)?;
                let hosts = hosts.clone().map(of_ours);
                let pool = Postgres::open(hosts, connections, &faults).await;
                pool.map(Kind::Postgres)
            }
        };
        let kind = kind.map_err(|why| {
            ConnectError(match url {
                Url::Sqlite(path) => format!(
                    "the database file {} can't be opened: {why}; check its folder and its permissions",
                    path.display()
                ),
                Url::Postgres(_) if matches!(why, Error::ReadOnly(_)) => format!(
                    "the database {url} can't be used: {why}; name the server that takes writes, or let this one take them"
                ),
                Url::Postgres(_) => format!(
                    "the database {url} can't be reached: {why}; check that PostgreSQL runs there and that user, password and name are right"
                ),
            })
        })?;
        Ok(Self::new(kind, faults))
    }
}

fn of_ours(options: PgConnectOptions) -> PgConnectOptions {
    options
        .application_name("gatepost")
        .options([
            ("statement_timeout", "10s"),
            // longer than a deadlock takes to be found
            ("lock_timeout", "2s"),
            ("timezone", "UTC"),
        ])
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
