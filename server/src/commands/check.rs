//! `gatepost-server check`: are the settings valid, and what does the database not allow? Nothing is created or changed.

use std::io::Write;

use anyhow::anyhow;
use clap::Args;

use super::common::{Common, say, warn};
use crate::admin;
use crate::clock::Clock;
use crate::db::migrate::{self, State};
use crate::db::search_index::way;
use crate::db::tables::{self, Weight};
use crate::db::{self, Db, Url};
use crate::settings::{Server, Settings};
use crate::startup::{certificate, database_url, keys, remarks, rotation};

#[derive(Args)]
pub(super) struct Check {
    #[command(flatten)]
    common: Common,
}

impl Check {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let mut problems = Vec::new();
        let mut allowed = Vec::new();
        match self.common.settings(Vec::new()) {
            Err(error) => problems.extend_from_slice(error.problems()),
            // keys in files are read as `serve` would read them
            Ok(settings) => {
                let now = Clock::system().now();
                let refusals = [
                    keys::given(&settings).err(),
                    keys::previous(&settings, now).err(),
                    certificate::load(&settings).err(),
                ];
                let refusals = refusals.into_iter().flatten();
                problems.extend(refusals.map(|error| error.to_string()));
                // and those of `keys new`
                if problems.is_empty() {
                    let listed = rotation::list(&settings, now).err();
                    problems.extend(listed.map(|error| error.to_string()));
                }
                // what is wrong comes first
                if problems.is_empty() {
                    for remark in remarks::all(&settings, now) {
                        warn(&remark);
                    }
                    allowed = told(&settings).await;
                }
            }
        }
        let Some(last) = problems.pop() else {
            let valid = "The settings are valid. `gatepost-server settings` shows them.".to_owned();
            let said: Vec<_> = std::iter::once(valid).chain(allowed).collect();
            say(&said.join(" "));
            return Ok(());
        };
        for problem in problems {
            writeln!(std::io::stderr(), "gatepost-server: {problem}")?;
        }
        Err(anyhow!(last))
    }
}

/// What the database allows, or that it does not tell; nothing where there is none yet.
async fn told(settings: &Settings) -> Vec<String> {
    let server = &settings.server;
    let url = database_url(settings).ok();
    let is_there = |url: &Url| !matches!(url, Url::Sqlite(path) if !path.exists());
    let Some(url) = url.filter(|url| is_there(url) && (server.extensions || server.admin)) else {
        return Vec::new();
    };
    let untold = |why: String| vec![format!("What the database allows can't be said: {why}")];
    let db = match Db::open_to_look(&url, settings.users.model()).await {
        Ok(db) => db,
        Err(error) => return untold(error.to_string()),
    };
    let said = look(&db, server).await;
    db.close().await;
    said.unwrap_or_else(|error| untold(error.to_string()))
}

/// How posts are searched, and why there is no admin site where there is none.
async fn look(db: &Db, server: &Server) -> db::Result<Vec<String>> {
    let mut said = Vec::new();
    if !matches!(migrate::state(db).await, Ok(State::Gatepost { .. })) {
        return Ok(said);
    }
    for problem in tables::look(db).await? {
        match problem.weight() {
            Weight::All => said.push(format!("The tables do not fit: {problem}.")),
            Weight::Some => said.push(format!(
                "Some rows will not fit into the tables: {problem}."
            )),
            Weight::Remark => {}
        }
    }
    if server.extensions {
        said.push(db.read(|conn| Box::pin(way(conn))).await?.to_string());
    }
    if server.admin
        && let Some(why) = admin::obstacle(db).await?
    {
        said.push(format!(
            "There is no admin site: {why}; server.admin = false says that none is wanted."
        ));
    }
    Ok(said)
}
