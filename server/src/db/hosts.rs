//! Where PostgreSQL is: one host or several, and which of them will do, as libpq's URLs say it.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection, Row};
use tokio::time::timeout;

use super::codes::POOLER;
use super::encryption::{self, Roots, SYSTEM};
use super::error::{Error, Result};
use super::parameters::{known, seconds};

/// How long one of several hosts may take to let us in, before the next one is asked.
const EACH: Duration = Duration::from_secs(1);

/// The longest time that a start waits for one host, whatever the URL says.
const LONGEST: Duration = Duration::from_mins(1);

/// How long a statement waits for a lock: longer than a deadlock takes to be found.
pub(super) const LOCK_TIMEOUT: (&str, &str) = ("lock_timeout", "2s");

/// Hosts in the order in which they are asked.
#[derive(Clone)]
pub(crate) struct Hosts {
    each: Vec<PgConnectOptions>,
    wanted: Wanted,
    /// Files that are read where a session is opened, with the parameter that names each.
    files: Vec<(String, PathBuf)>,
    /// `connect_timeout`: how long each host may take to let us in.
    patience: Option<Duration>,
    /// Whether PgBouncer stands before them: `database.pgbouncer`.
    is_pooled: bool,
    /// The one that let us in last: it is asked first, so that one that keeps silent costs its time once.
    last: Arc<AtomicUsize>,
}

/// Which server will do: `target_session_attrs`. The values for servers that take no writes are refused: every request
/// but a look needs one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Any,
    ReadWrite,
    Primary,
}

/// What a session is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    Reads,
    Writes,
}

impl Hosts {
    /// Reads a URL; why it is none, without any part of it that may be secret.
    pub(super) fn parse(url: &str) -> std::result::Result<Self, String> {
        // the driver's own message may repeat the URL, and with it the password
        let none = || {
            "the URL is none of PostgreSQL (in a user or a password @ is written %40, : %3A, / %2F, # %23, ? %3F, % %25)"
                .to_owned()
        };
        let (scheme, rest) = url.split_once("://").ok_or_else(none)?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        // then what stands before it is the end of a password
        if rest.contains('@') {
            return Err(none());
        }
        let (user, places) = authority
            .rsplit_once('@')
            .map_or(("", authority), |(user, places)| (user, places));
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (mut wanted, mut patience) = (Wanted::Any, None);
        let (mut hosts, mut addresses, mut ports) = (None, None, None);
        let (mut others, mut files) = (Vec::new(), Vec::new());
        let (mut roots, mut has_mode) = (Roots::Unnamed, false);
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let list = || value.replace("%2C", ",").replace("%2c", ",");
            match name {
                "target_session_attrs" => wanted = wanted_by(value)?,
                "load_balance_hosts" if value != "disable" => {
                    return Err(format!(
                        "load_balance_hosts={value} is not supported: hosts are asked in their order"
                    ));
                }
                "load_balance_hosts" => {}
                "host" => hosts = Some(list()),
                "hostaddr" => addresses = Some(list()),
                "port" => ports = Some(list()),
                // libpq has it as an option of the session
                "search_path" => others.push(format!("options[search_path]={value}")),
                "sslrootcert" | "ssl-root-cert" | "ssl-ca" if value == SYSTEM => {
                    roots = Roots::of_the_system()?;
                }
                "connect_timeout" => patience = Some(seconds(value)?),
                name => {
                    has_mode |= matches!(name, "sslmode" | "ssl-mode");
                    if let Some(file) = known(name, value)? {
                        if matches!(name, "sslrootcert" | "ssl-root-cert" | "ssl-ca") {
                            roots = Roots::File;
                        }
                        files.push((name.to_owned(), file));
                    }
                    others.push(pair.to_owned());
                }
            }
        }
        let split = |list: String| list.split(',').map(str::to_owned).collect::<Vec<_>>();
        let named: Vec<&str> = places.split(',').collect();
        let hosts = addresses.or(hosts).map(split);
        let count = hosts.as_ref().map_or(named.len(), Vec::len);
        let ports = ports.map(split);
        let is_port =
            |port: &String| port.is_empty() || port.parse::<u16>().is_ok_and(|port| port > 0);
        if ports.iter().flatten().any(|port| !is_port(port)) {
            return Err("a port of the database's URL is no number from 1 to 65535".to_owned());
        }
        if let Some(ports) = ports.as_ref().filter(|ports| ports.len() > 1)
            && ports.len() != count
        {
            return Err(format!(
                "the URL has {} ports for {count} hosts; give one port, or one for each host",
                ports.len()
            ));
        }
        let each = (0..count).map(|at| {
            // a host of the query counts more than one before the path, and so does a port
            let place = if hosts.is_some() {
                "localhost"
            } else {
                named[at]
            };
            let mut query: Vec<_> = others.clone();
            let port = ports.as_ref();
            let port = port.and_then(|ports| ports.get(at).or(ports.first()));
            for (name, value) in [
                ("host", hosts.as_ref().map(|hosts| &hosts[at])),
                ("port", port),
            ] {
                let value = value.filter(|value| !value.is_empty());
                query.extend(value.map(|value| format!("{name}={value}")));
            }
            let at = if user.is_empty() { "" } else { "@" };
            let one = format!("{scheme}://{user}{at}{place}{path}?{}", query.join("&"));
            let options = PgConnectOptions::from_str(&one).map_err(|_| none())?;
            let options = without_brackets(options);
            encryption::settle(options, &roots, has_mode)
        });
        let each = each.collect::<std::result::Result<Vec<_>, _>>()?;
        Ok(Self {
            each,
            wanted,
            files,
            patience,
            is_pooled: false,
            last: Arc::default(),
        })
    }

    /// The same hosts, with PgBouncer before them.
    pub(super) fn behind_pgbouncer(mut self) -> Self {
        self.is_pooled = true;
        self
    }

    /// Whether PgBouncer stands before them.
    pub(super) fn is_pooled(&self) -> bool {
        self.is_pooled
    }

    /// Refuses what PgBouncer does not pass on.
    ///
    /// # Errors
    /// A sentence about it.
    pub(super) fn check_options(&self) -> std::result::Result<(), String> {
        let has_options = |host: &PgConnectOptions| host.get_options().is_some();
        if self.is_pooled && self.each.iter().any(has_options) {
            return Err("PgBouncer passes no options of a session on (database.pgbouncer = true); take search_path and options out of the database's URL and PGOPTIONS out of the environment, and let the role have them: ALTER ROLE … SET …".to_owned());
        }
        Ok(())
    }

    /// Looks at the files that the URL names.
    ///
    /// # Errors
    /// A sentence about the one that can't be read.
    pub(super) fn check_files(&self) -> std::result::Result<(), String> {
        for (name, path) in &self.files {
            std::fs::read(path).map_err(|error| {
                format!(
                    "the file {} that {name} of the database's URL names can't be read: {error}; check its path and its permissions",
                    path.display()
                )
            })?;
        }
        Ok(())
    }

    /// The same hosts with other options.
    pub(super) fn map(mut self, change: impl Fn(PgConnectOptions) -> PgConnectOptions) -> Self {
        self.each = self.each.into_iter().map(change).collect();
        self
    }

    /// For a person, without the password.
    pub(super) fn describe(&self) -> String {
        let first = &self.each[0];
        let places: Vec<_> = self
            .each
            .iter()
            .map(|host| match host.get_host() {
                address if address.contains(':') => format!("[{address}]:{}", host.get_port()),
                name => format!("{name}:{}", host.get_port()),
            })
            .collect();
        format!(
            "postgres://{}@{}/{}",
            first.get_username(),
            places.join(","),
            first.get_database().unwrap_or_default()
        )
    }

    /// How long a start waits: as long as every host may take, and a little more.
    pub(super) fn patience(&self) -> Duration {
        let each = self.patience.unwrap_or(EACH).min(LONGEST);
        each * u32::try_from(self.each.len() + 1).unwrap_or(u32::MAX)
    }

    /// A session on the first host that will do, within this time. Whatever is for writes has proved that it may write.
    ///
    /// Of several hosts the one that takes writes is looked for even for reads: a standby may not know yet what was
    /// written a moment ago.
    pub(super) async fn connect(&self, r#use: Use, within: Duration) -> Result<PgConnection> {
        let count = self.each.len();
        let is_one = count == 1;
        // one that keeps silent leaves time for the others
        let share = within / u32::try_from(count + 1).unwrap_or(u32::MAX);
        let patience = if is_one {
            self.patience
        } else {
            Some(self.patience.unwrap_or(EACH).min(share))
        };
        let first = self.last.load(Ordering::Relaxed);
        let mut for_reads = None;
        let mut failure = None;
        for at in (first..count).chain(0..first) {
            let host = &self.each[at];
            let connecting = async {
                let mut conn = encryption::connect(host).await?;
                let is_asked = !is_one || r#use == Use::Writes || self.wanted != Wanted::Any;
                let unfit = if is_asked {
                    self.unfit(standing(&mut conn).await?, r#use)
                } else {
                    None
                };
                Ok::<_, Error>((conn, unfit))
            };
            let connected = match patience {
                None => connecting.await,
                Some(patience) => {
                    let late = |_| Err(Error::Away(format!("{} does not answer", host.get_host())));
                    timeout(patience, connecting).await.unwrap_or_else(late)
                }
            };
            match connected {
                Ok((conn, None)) => {
                    self.last.store(at, Ordering::Relaxed);
                    return Ok(conn);
                }
                Ok((conn, Some(unfit))) => {
                    for_reads = for_reads.or(Some(conn));
                    failure = Some(unfit);
                }
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        match for_reads {
            Some(conn) if r#use == Use::Reads && self.wanted == Wanted::Any => Ok(conn),
            _ => Err(failure.expect("there is a host, and it was of no use")),
        }
    }

    /// Why a session will not do, if so.
    fn unfit(&self, standing: Standing, r#use: Use) -> Option<Error> {
        match self.wanted {
            Wanted::Primary if r#use == Use::Reads && !standing.is_standby => None,
            Wanted::Any | Wanted::ReadWrite | Wanted::Primary => standing.may_write().err(),
        }
    }
}

/// How a session stands to writing.
#[derive(Clone, Copy)]
struct Standing {
    is_read_only: bool,
    is_standby: bool,
}

impl Standing {
    fn may_write(self) -> Result<()> {
        if self.is_standby {
            return Err(refused("it is a standby"));
        }
        if self.is_read_only {
            return Err(refused("transaction_read_only is on"));
        }
        Ok(())
    }
}

/// The brackets around an IPv6 address are the URL's; a look-up does not know them.
fn without_brackets(options: PgConnectOptions) -> PgConnectOptions {
    let host = options.get_host().strip_prefix('[');
    match host.and_then(|host| host.strip_suffix(']').map(str::to_owned)) {
        Some(address) => options.host(&address),
        None => options,
    }
}

fn refused(why: &str) -> Error {
    Error::ReadOnly(format!("PostgreSQL takes no writes: {why}"))
}

/// Looks whether a session has been set as it was asked to be.
///
/// # Errors
/// It has not: a pooler that ignores what a session is to be set to.
pub(super) async fn has_what_was_set(conn: &mut PgConnection) -> Result<()> {
    let row = sqlx::raw_sql("SELECT current_setting('lock_timeout')")
        .fetch_one(conn)
        .await?;
    if row.try_get_unchecked::<&str, _>(0)? == LOCK_TIMEOUT.1 {
        return Ok(());
    }
    Err(Error::Away(format!(
        "it ignores the time-outs that a session asks for; {POOLER}"
    )))
}

/// Asks a session whether it may write.
///
/// # Errors
/// It does not answer, or it may not.
pub(super) async fn prove(conn: &mut PgConnection) -> Result<()> {
    standing(conn).await?.may_write()
}

async fn standing(conn: &mut PgConnection) -> Result<Standing> {
    let asked = sqlx::raw_sql(
        "SELECT current_setting('transaction_read_only'), CAST(pg_is_in_recovery() AS text)",
    );
    let row = asked.fetch_one(conn).await?;
    let (read_only, standby): (&str, &str) = (row.try_get_unchecked(0)?, row.try_get_unchecked(1)?);
    Ok(Standing {
        is_read_only: read_only == "on",
        is_standby: standby == "true",
    })
}

/// Ends a session in order, but waits for nobody who does not answer.
pub(super) async fn close(conn: PgConnection) {
    let closed = timeout(EACH, conn.close()).await;
    if let Err(error) = closed.unwrap_or(Err(sqlx::Error::PoolTimedOut)) {
        tracing::debug!(cause = %error, "a connection to PostgreSQL could not be closed");
    }
}

fn wanted_by(value: &str) -> std::result::Result<Wanted, String> {
    match value {
        "any" => Ok(Wanted::Any),
        "read-write" => Ok(Wanted::ReadWrite),
        "primary" => Ok(Wanted::Primary),
        "read-only" | "standby" | "prefer-standby" => Err(format!(
            "target_session_attrs={value} is not supported: Gatepost writes; use any, read-write or primary"
        )),
        _ => Err("target_session_attrs is none of any, read-write and primary".to_owned()),
    }
}

#[cfg(test)]
mod tests;
