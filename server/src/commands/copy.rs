//! `gatepost-server copy --to URL`: all rows of a database into an empty one, from SQLite to PostgreSQL or back.

use std::io::{self, IsTerminal};

use anyhow::{anyhow, bail};
use clap::Args;

use super::common::{Common, say};
use super::progress::Progress;
use super::signals::Signals;
use crate::clock::Clock;
use crate::copy::{Copying, When};
use crate::db::migrate::{self, State};
use crate::db::{Db, Moment, Url, UserModel};
use crate::replicas;
use crate::settings::Settings;
use crate::startup::{database_url, keys, no_database};

#[derive(Args)]
pub(super) struct Copy {
    /// The database to copy [default: that of the settings]
    #[arg(long, value_name = "URL")]
    from: Option<String>,
    /// The database to copy into: an empty one, or a copy that was broken off and goes on
    #[arg(long, value_name = "URL")]
    to: String,
    /// Tables to leave behind, such as a project's own whose types can't be copied
    #[arg(long, value_name = "TABLES", value_delimiter = ',')]
    leave: Vec<String>,
    /// How many rows one transaction writes at most
    #[arg(long, value_name = "ROWS", default_value_t = 2000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    batch: u32,
    #[command(flatten)]
    common: Common,
}

impl Copy {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let settings = self.common.settings(Vec::new())?;
        let from = match &self.from {
            Some(url) => parse(url, &settings)?,
            None => database_url(&settings)?,
        };
        let to = parse(&self.to, &settings)?;
        match (&from, &to) {
            (Url::Sqlite(from), Url::Sqlite(_)) => bail!(
                "both databases are SQLite's; `gatepost-server backup FILE --database sqlite:{}` copies the file",
                from.display()
            ),
            (Url::Postgres(_), Url::Postgres(_)) => {
                bail!("both databases are PostgreSQL's; pg_dump and pg_restore copy them")
            }
            (Url::Sqlite(path), _) if !path.exists() => bail!(no_database(path)),
            _ => {}
        }
        // as they are, whatever the settings say of the table of users
        let source = Db::open_to_look(&from, UserModel::djangos()).await?;
        let target = Db::open_with(&to, 2, UserModel::djangos()).await?;
        let now = Clock::system().now();
        refuse_servers(&source, &from, now).await?;
        refuse_servers(&target, &to, now).await?;
        let signals = Signals::listen()?;
        let mut progress = Progress::new(io::stderr().is_terminal());
        let copying = Copying {
            source: &source,
            target: &target,
            leave: &self.leave,
            batch: self.batch,
        };
        let mut tell = |what: &str, done, all| progress.show(done, all, what);
        let copied = tokio::select! {
            copied = copying.run(&settings, now, &mut tell) => copied,
            () = signals.any() => Err(stopped(copying.is_half().await, &to)),
        };
        drop(progress);
        source.close().await;
        target.close().await;
        let copied = copied?;
        let begun = match copied.when {
            When::Now => "Copied",
            When::Further => "Went on with a copy that was broken off, and copied",
            When::Before => "A copy had ended before, of",
        };
        let left = if self.leave.is_empty() {
            String::new()
        } else {
            format!(" Left behind: {}.", self.leave.join(", "))
        };
        say(&format!(
            "{begun} {} rows of {} tables from {from} to {to}: both have the same rows, by count and checksum.{left}",
            copied.rows, copied.tables
        ));
        say(&format!(
            "To go on there, set database.url to it and start the server.{}",
            about_keys(&settings)
        ));
        Ok(())
    }
}

fn stopped(is_half: bool, to: &Url) -> anyhow::Error {
    if is_half {
        anyhow!(
            "stopped by a signal; {to} is half a copy, and the same command goes on with it when it is run again"
        )
    } else {
        anyhow!(
            "stopped by a signal; {to} is not half a copy, and the same command begins when it is run again"
        )
    }
}

/// Which keys the server on the copy needs.
fn about_keys(settings: &Settings) -> String {
    let files = keys::files(settings);
    let names: Vec<_> = (files.iter())
        .map(|file| file.display().to_string())
        .collect();
    if names.is_empty() {
        return " It needs the secret key of before, or every session would end.".to_owned();
    }
    format!(
        " It needs the keys of before, or every session would end: on another machine, copy {} there.",
        names.join(" and ")
    )
}

fn parse(url: &str, settings: &Settings) -> anyhow::Result<Url> {
    let url: Url = url.parse()?;
    Ok(if settings.database.pgbouncer {
        url.behind_pgbouncer()
    } else {
        url
    })
}

/// A database that a server works on changes while it is copied.
async fn refuse_servers(db: &Db, url: &Url, now: Moment) -> anyhow::Result<()> {
    // what else there may be is told later
    if !matches!(migrate::state(db).await, Ok(State::Gatepost { .. })) {
        return Ok(());
    }
    let live = replicas::live(db, now).await?;
    let Some(server) = live.iter().max_by_key(|server| server.left()) else {
        return Ok(());
    };
    bail!(
        "a server works on {url}, heard {} s ago; stop it, then run this again; one that was killed is forgotten in {} s",
        server.ago,
        server.left()
    )
}
