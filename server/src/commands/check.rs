//! `gatepost-server check`: are the settings valid, and how are posts searched? Nothing is created or changed.

use std::io::Write;

use anyhow::anyhow;
use clap::Args;

use super::common::{Common, say, warn};
use crate::clock::Clock;
use crate::db::migrate::{self, State};
use crate::db::search_index::{Way, way};
use crate::db::{Db, Url};
use crate::settings::Settings;
use crate::startup::{certificate, database_url, keys, remarks, rotation};

#[derive(Args)]
pub(super) struct Check {
    #[command(flatten)]
    common: Common,
}

impl Check {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let mut problems = Vec::new();
        let mut search = None;
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
                    search = searched(&settings).await;
                }
            }
        }
        let Some(last) = problems.pop() else {
            let search = search.map(|search| format!(" {search}"));
            say(&format!(
                "The settings are valid. `gatepost-server settings` shows them.{}",
                search.unwrap_or_default()
            ));
            return Ok(());
        };
        for problem in problems {
            writeln!(std::io::stderr(), "gatepost-server: {problem}")?;
        }
        Err(anyhow!(last))
    }
}

/// How posts are searched, or that PostgreSQL does not tell; nothing where they are not, or where there are none yet.
async fn searched(settings: &Settings) -> Option<String> {
    if !settings.server.extensions {
        return None;
    }
    let url = database_url(settings).ok()?;
    if let Url::Sqlite(path) = &url {
        return path.exists().then(|| Way::on_sqlite().to_string());
    }
    let untold = |why: String| format!("How posts are searched can't be said: {why}");
    let db = match Db::open_to_look(&url, settings.users.model()).await {
        Ok(db) => db,
        Err(error) => return Some(untold(error.to_string())),
    };
    let said = match migrate::state(&db).await {
        Ok(State::Gatepost { .. }) => match db.read(|conn| Box::pin(way(conn))).await {
            Ok(way) => Some(way.to_string()),
            Err(error) => Some(untold(error.to_string())),
        },
        _ => None,
    };
    db.close().await;
    said
}
