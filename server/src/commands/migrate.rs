//! `gatepost-server migrate [--adopt]`: make or update the tables, or add ours to Django's.

use anyhow::{Context, bail};
use clap::Args;

use super::{Common, say};
use crate::accounts;
use crate::app::{OpenError, open_database};
use crate::clock::Clock;
use crate::db::Db;
use crate::db::migrate::{Adopt, State, run};
use crate::entropy::Entropy;
use crate::secret;

#[derive(Args)]
pub(super) struct Migrate {
    /// Add Gatepost's tables to a database that Django has made; needs Django's SECRET_KEY
    #[arg(long)]
    adopt: bool,
    #[command(flatten)]
    common: Common,
}

/// What the server reads and, at login, writes anew.
const READABLE: [&str; 5] = [
    "pbkdf2_sha256",
    "pbkdf2_sha1",
    "argon2",
    "bcrypt_sha256",
    "scrypt",
];

impl Migrate {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let settings = self.common.settings(Vec::new())?;
        let key = secret::given(&settings).map_err(OpenError::from)?;
        if self.adopt && key.is_none() {
            bail!(
                "adopting needs Django's SECRET_KEY, or every session would end; set GATEPOST_SECRET_KEY to it"
            );
        }
        let db = open_database(&settings).await?;
        let adopt = if self.adopt { Adopt::Yes } else { Adopt::No };
        let before = run(&db, adopt, Clock::system().now())
            .await
            .map_err(OpenError::from)?;
        match before {
            State::Empty => say("The tables are made."),
            State::Gatepost { pending: 0 } => say("Nothing to do: the tables are up to date."),
            State::Gatepost { pending } => say(&format!("{pending} steps are applied.")),
            State::Django => {
                say("Gatepost's tables stand beside Django's, which are as they were.");
                count_hashes(&db).await?;
            }
        }
        if before == State::Empty || key.is_some() {
            secret::settle(&settings, &db, before == State::Empty, &Entropy::system())
                .await
                .map_err(OpenError::from)?;
        }
        db.close().await;
        Ok(())
    }
}

async fn count_hashes(db: &Db) -> anyhow::Result<()> {
    let mut conn = db.read().await.context("the database failed")?;
    for (format, users) in accounts::rows::hash_formats(&mut conn)
        .await
        .context("the users could not be counted")?
    {
        let note = match format.as_str() {
            format if READABLE.contains(&format) => "read",
            "!" => "no password: they can't log in, as in Django",
            _ => "can't be read: these users can't log in until their password is set anew",
        };
        let format = if format.is_empty() {
            "an empty password"
        } else {
            &format
        };
        say(&format!("{users} users with {format}: {note}"));
    }
    Ok(())
}
